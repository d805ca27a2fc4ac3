// Do results depend on threads, on what is kept, or on the neighbours in the batch?
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "graphs.h"
#include "models/network/builders.h"
#include "models/network/float_network.h"
#include "sim/base/parallel.h"

namespace remask {
namespace {

constexpr int batch = 37;  // several chunks, the last one smaller

struct Step {
    std::vector<float> logits;
    ParameterMap parameters, gradients;
};

class Determinism : public testing::TestWithParam<const char*> {
protected:
    const Network network_ = build_network(GetParam(), {{3, 16, 20}, 10, 0.5});
    const ParameterMap initial_ = random_parameters(network_, 1);
    const std::vector<float> images_ = random_images(network_, batch, 2);

    /// Two training steps' forward and backward on the same object, so that buffers are used again.
    Step train(int threads) const {
        ThreadPool pool(threads);
        FloatNetwork network(network_, pool);
        Step step{{}, initial_, {}};
        for (int i = 0; i < 2; ++i) {
            step.logits = network.forward(images_, batch, step.parameters, BatchNormMode::train, true);
            network.backward(step.logits, step.parameters, trainable_names(initial_), step.gradients);
        }
        return step;
    }

    std::vector<float> infer(int threads, std::span<const float> images) const {
        ThreadPool pool(threads);
        FloatNetwork network(network_, pool);
        const auto count = static_cast<int>(static_cast<std::int64_t>(images.size()) / network_.input.size());
        return network.forward(images, count, initial_);
    }
};

void expect_same(const ParameterMap& a, const ParameterMap& b) {
    ASSERT_EQ(a.size(), b.size());
    for (const auto& [name, tensor] : a) EXPECT_EQ(tensor.values, b.at(name).values) << name;
}

double largest_difference(std::span<const float> a, std::span<const float> b) {
    double largest = 0.0, scale = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        largest = std::max(largest, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
        scale = std::max(scale, std::abs(static_cast<double>(a[i])));
    }
    return largest / std::max(scale, 1.0);
}

TEST_P(Determinism, TrainingDoesNotDependOnThreads) {
    const Step one = train(1);
    for (const int threads : {2, 5}) {
        const Step many = train(threads);
        EXPECT_EQ(one.logits, many.logits);
        expect_same(one.parameters, many.parameters);
        expect_same(one.gradients, many.gradients);
    }
}

TEST_P(Determinism, InferenceDoesNotDependOnThreads) {
    EXPECT_EQ(infer(1, images_), infer(3, images_));
}

TEST_P(Determinism, LogitsOfAnImageHardlyDependOnItsNeighbours) {
    const std::vector<float> together = infer(2, images_);
    const auto size = static_cast<std::size_t>(network_.input.size());
    for (const std::size_t image : {0u, 5u, 36u}) {
        const std::vector<float> alone = infer(1, std::span<const float>(images_).subspan(image * size, size));
        EXPECT_LT(
            largest_difference(alone, std::span<const float>(together).subspan(image * alone.size(), alone.size())),
            1e-5);
    }
}

TEST_P(Determinism, KeepingActivationsHardlyChangesALogit) {
    ThreadPool pool(2);
    FloatNetwork network(network_, pool);
    ParameterMap parameters = initial_;
    EXPECT_LT(largest_difference(network.forward(images_, batch, parameters, BatchNormMode::evaluate, true),
                                 infer(2, images_)),
              1e-5);
    expect_same(parameters, initial_);
}

INSTANTIATE_TEST_SUITE_P(Networks, Determinism, testing::Values("resnet8", "resnet20"),
                         [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace remask
