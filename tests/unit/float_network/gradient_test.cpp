// Is backward the derivative of forward? Compared with central differences of an independent forward in double.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "graphs.h"
#include "models/network/float_network.h"
#include "reference_network.h"
#include "sim/base/parallel.h"
#include "sim/base/random.h"

namespace remask {
namespace {

constexpr int batch = 6;
constexpr double step = 1e-6;
constexpr double least_relu_input = 1e-5;    // in size: neither rounding nor a step may cross the kink
constexpr std::size_t checked_elements = 9;  // of each parameter

class Gradient : public testing::TestWithParam<std::size_t> {
protected:
    Gradient() {
        RandomStream random(4, "projection");
        projection_.resize(static_cast<std::size_t>(batch * network_.classes()));
        for (float& value : projection_) value = static_cast<float>(random.normal());
    }

    /// The loss: a random linear function of the logits, so that its gradient is `projection_`.
    double loss(const DoubleMap& parameters, BatchNormMode mode) const {
        const std::vector<double> logits =
            reference_forward(network_, parameters, {images_.begin(), images_.end()}, batch, mode).outputs.back();
        double sum = 0.0;
        for (std::size_t i = 0; i < logits.size(); ++i) sum += logits[i] * static_cast<double>(projection_[i]);
        return sum;
    }

    /// The chosen point must be one where the loss has a derivative.
    void expect_smooth(BatchNormMode mode) const {
        const std::vector<std::vector<double>> outputs =
            reference_forward(network_, to_double(parameters_), {images_.begin(), images_.end()}, batch, mode).outputs;
        for (const Layer& layer : network_.layers) {
            if (layer.kind != LayerKind::relu && layer.kind != LayerKind::hard_sigmoid) continue;
            const double kink = layer.kind == LayerKind::relu ? 0.0 : 3.0;
            for (const double value : outputs[static_cast<std::size_t>(layer.inputs[0])]) {
                ASSERT_GT(std::abs(std::abs(value) - kink), least_relu_input) << "choose another seed: " << layer.name;
            }
        }
    }

    double difference(DoubleMap& parameters, const std::string& name, std::size_t element, BatchNormMode mode) const {
        double& value = parameters.at(name)[element];
        const double before = value;
        value = before + step;
        const double above = loss(parameters, mode);
        value = before - step;
        const double below = loss(parameters, mode);
        value = before;
        return (above - below) / (2.0 * step);
    }

    ParameterMap gradients(BatchNormMode mode, const std::set<std::string>& wanted) {
        FloatNetwork network(network_, pool_);
        ParameterMap parameters = parameters_, result;
        network.forward(images_, batch, parameters, mode, true);
        network.backward(projection_, parameters_, wanted, result);
        return result;
    }

    void expect_derivatives(BatchNormMode mode) {
        expect_smooth(mode);
        const ParameterMap found = gradients(mode, trainable_names(parameters_));
        DoubleMap parameters = to_double(parameters_);
        for (const std::string& name : trainable_names(parameters_)) {
            const std::vector<float>& values = found.at(name).values;
            ASSERT_EQ(found.at(name).shape, parameters_.at(name).shape) << name;
            ASSERT_EQ(values.size(), parameters_.at(name).values.size()) << name;
            double scale = 0.0;  // a gradient of 0 among large ones may be off by their rounding
            for (const float value : values) scale = std::max(scale, std::abs(static_cast<double>(value)));
            const std::size_t stride = std::max<std::size_t>(1, values.size() / checked_elements);
            for (std::size_t i = 0; i < values.size(); i += stride) {
                const double expected = difference(parameters, name, i, mode);
                const double tolerance = 1e-3 * std::abs(expected) + 1e-4 * scale + 1e-5;
                EXPECT_NEAR(values[i], expected, tolerance) << name << ", element " << i;
            }
        }
    }

    const NamedNetwork named_ = small_networks()[GetParam()];
    const Network& network_ = named_.network;
    ParameterMap parameters_ = random_parameters(network_, 2);
    const std::vector<float> images_ = random_images(network_, batch, 3);
    std::vector<float> projection_;
    ThreadPool pool_{2};
};

TEST_P(Gradient, WithStoredStatistics) {
    expect_derivatives(BatchNormMode::evaluate);
}

TEST_P(Gradient, WithBatchStatistics) {
    expect_derivatives(BatchNormMode::train);
}

TEST_P(Gradient, OfOneParameterAloneIsTheSame) {
    const ParameterMap all = gradients(BatchNormMode::train, trainable_names(parameters_));
    for (const std::string& name : trainable_names(parameters_)) {
        const ParameterMap one = gradients(BatchNormMode::train, {name});
        ASSERT_EQ(one.size(), 1u);
        EXPECT_EQ(one.at(name).values, all.at(name).values) << name;
    }
}

std::string network_name(const testing::TestParamInfo<std::size_t>& info) {
    return small_networks()[info.param].name;
}

INSTANTIATE_TEST_SUITE_P(SmallNetworks, Gradient, testing::Range(std::size_t{0}, small_networks().size()),
                         network_name);

}  // namespace
}  // namespace remask
