// Does every layer compute what it is defined to compute?
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "graphs.h"
#include "models/network/float_network.h"
#include "reference_network.h"
#include "sim/base/parallel.h"

namespace remask {
namespace {

constexpr int batch = 11;  // not a multiple of any chunk

void expect_near(std::span<const float> values, const std::vector<double>& expected, const std::string& what) {
    ASSERT_EQ(values.size(), expected.size()) << what;
    for (std::size_t i = 0; i < values.size(); ++i) {
        ASSERT_NEAR(values[i], expected[i], 1e-4 * (1.0 + std::abs(expected[i]))) << what << ", element " << i;
    }
}

class Forward : public testing::TestWithParam<std::size_t> {
protected:
    const NamedNetwork named_ = small_networks()[GetParam()];
    const Network& network_ = named_.network;
    ParameterMap parameters_ = random_parameters(network_, 1);
    const std::vector<float> images_ = random_images(network_, batch, 2);
    ThreadPool pool_{2};

    ReferenceResult reference(BatchNormMode mode) const {
        return reference_forward(network_, to_double(parameters_), {images_.begin(), images_.end()}, batch, mode);
    }
};

TEST_P(Forward, InferenceEqualsTheDefinition) {
    FloatNetwork network(network_, pool_);
    const ParameterMap& constant = parameters_;
    const std::vector<float> logits = network.forward(images_, batch, constant);
    expect_near(logits, reference(BatchNormMode::evaluate).outputs.back(), named_.name);
}

TEST_P(Forward, EveryKeptActivationEqualsTheDefinition) {
    for (const BatchNormMode mode : {BatchNormMode::evaluate, BatchNormMode::train}) {
        const ReferenceResult expected = reference(mode);
        FloatNetwork network(network_, pool_);
        ParameterMap parameters = parameters_;
        const std::vector<float> logits = network.forward(images_, batch, parameters, mode, true);
        expect_near(logits, expected.outputs.back(), named_.name);
        for (std::size_t i = 0; i < network_.layers.size(); ++i) {
            expect_near(network.activation(static_cast<int>(i)), expected.outputs[i], network_.layers[i].name);
        }
    }
}

TEST_P(Forward, TrainingMovesTheRunningStatistics) {
    const ReferenceResult expected = reference(BatchNormMode::train);
    FloatNetwork network(network_, pool_);
    ParameterMap parameters = parameters_;
    network.forward(images_, batch, parameters, BatchNormMode::train, false);
    for (const auto& [name, tensor] : parameters_) {
        if (!name.ends_with(".mean") && !name.ends_with(".variance")) {
            EXPECT_EQ(parameters[name].values, tensor.values) << name;
        }
    }
    for (const Layer& layer : network_.layers) {
        if (layer.kind != LayerKind::batch_norm) continue;
        const double count = static_cast<double>(batch) * layer.output.height * layer.output.width;
        for (std::size_t c = 0; c < static_cast<std::size_t>(layer.output.channels); ++c) {
            const double mean = expected.batch_mean.at(layer.name)[c];
            const double variance = expected.batch_variance.at(layer.name)[c] * count / (count - 1.0);
            const auto before = [&](const char* what) {
                return static_cast<double>(parameters_[layer.name + what].values[c]);
            };
            EXPECT_NEAR(parameters[layer.name + ".mean"].values[c], 0.9 * before(".mean") + 0.1 * mean, 1e-5);
            EXPECT_NEAR(parameters[layer.name + ".variance"].values[c], 0.9 * before(".variance") + 0.1 * variance,
                        1e-5);
        }
    }
}

std::string network_name(const testing::TestParamInfo<std::size_t>& info) {
    return small_networks()[info.param].name;
}

INSTANTIATE_TEST_SUITE_P(SmallNetworks, Forward, testing::Range(std::size_t{0}, small_networks().size()), network_name);

}  // namespace
}  // namespace remask
