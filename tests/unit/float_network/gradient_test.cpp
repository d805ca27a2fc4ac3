// Is backward the derivative of forward? Compared with central differences of an independent forward in double.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
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

/// dL/d(factor) of a column is the sum over its weights of dL/dW_eff times the weight, whose derivatives the tests
/// above check; some factors are 0, where the outputs say nothing of the column's sum.
TEST_P(Gradient, OfColumnsIsThatOfTheirWeightsTimesTheWeights) {
    constexpr std::size_t rows = 5;
    const ParameterMap backbone = parameters_;
    FloatNetwork columnwise(network_, pool_);
    std::map<std::string, std::vector<float>> factors;
    std::set<std::string> weights, columns;
    RandomStream random(5, "factors");
    for (const Layer& layer : network_.layers) {
        if (layer.kind != LayerKind::convolution || layer.groups > 1) continue;
        const std::string name = layer.name + ".weight";
        std::vector<float>& scaled = parameters_.at(name).values;
        const std::size_t filter = scaled.size() / static_cast<std::size_t>(layer.out_channels);
        const std::size_t per_filter = (filter + rows - 1) / rows;
        std::vector<float>& own = factors[layer.name];
        for (std::size_t i = 0; i < per_filter * static_cast<std::size_t>(layer.out_channels); ++i) {
            own.push_back(i % 4 == 1 ? 0.0f : static_cast<float>(0.5 + random.uniform()));
        }
        for (std::size_t i = 0; i < scaled.size(); ++i) scaled[i] *= own[i / filter * per_filter + i % filter / rows];
        columnwise.compute_columns(layer.name, rows, backbone.at(name).values);
        columnwise.scale_columns(layer.name, own);
        weights.insert(name);
        columns.insert(layer.name + ".columns");
    }
    if (factors.empty()) return;  // a network without such convolutions
    for (const BatchNormMode mode : {BatchNormMode::evaluate, BatchNormMode::train}) {
        const ParameterMap expected = gradients(mode, weights);
        ParameterMap parameters = parameters_, found;
        columnwise.forward(images_, batch, parameters, mode, true);
        columnwise.backward(projection_, parameters_, columns, found);
        ASSERT_EQ(found.size(), columns.size());
        for (const auto& [layer, own] : factors) {
            const Tensor& weight = expected.at(layer + ".weight");
            const std::size_t filters = static_cast<std::size_t>(weight.shape[0]);
            const std::size_t filter = weight.values.size() / filters, per_filter = own.size() / filters;
            std::vector<double> sums(own.size());
            double scale = 0.0;
            for (std::size_t i = 0; i < weight.values.size(); ++i) {
                const double term = static_cast<double>(weight.values[i]) * backbone.at(layer + ".weight").values[i];
                sums[i / filter * per_filter + i % filter / rows] += term;
                scale = std::max(scale, std::abs(term));
            }
            const Tensor& column = found.at(layer + ".columns");
            ASSERT_EQ(column.shape,
                      (std::vector<std::int64_t>{weight.shape[0], static_cast<std::int64_t>(per_filter)}));
            for (std::size_t i = 0; i < sums.size(); ++i) {
                EXPECT_NEAR(column.values[i], sums[i], 1e-3 * std::abs(sums[i]) + 1e-4 * scale + 1e-5) << layer << i;
            }
        }
    }
}

std::string network_name(const testing::TestParamInfo<std::size_t>& info) {
    return small_networks()[info.param].name;
}

INSTANTIATE_TEST_SUITE_P(SmallNetworks, Gradient, testing::Range(std::size_t{0}, small_networks().size()),
                         network_name);

}  // namespace
}  // namespace remask
