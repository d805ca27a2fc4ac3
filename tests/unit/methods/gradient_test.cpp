// Are the masks' gradients those of their definitions? L = Σ G·W_eff with random G, so that dL/dW_eff = G.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>
#include <string>

#include "tests/unit/methods/small_task.h"

namespace remask {
namespace {

using test::config_of;
using test::SmallTask;

struct Gradients {
    ParameterMap own, weight, computed;
};

Gradients gradients_of(const SmallTask& task, const MethodConfig& config, double low, double high) {
    const auto method = task.method(config);
    Gradients g;
    g.own = method->initial();
    test::randomise(g.own, low, high, 21);
    for (const std::string& name : method->masked_weights()) g.weight[name] = task.backbone.at(name);
    test::randomise(g.weight, -1.0, 1.0, 22);
    method->backward(g.own, {}, g.weight, g.computed);
    return g;
}

/// d/dm of Σ over layers and weights of G·f(m of the weight's segment)·W0, f differentiated centrally; compares all of
/// them.
template <class Function>
void expect_gradient(const SmallTask& task, const Gradients& g, const Function& f,
                     const std::function<std::int64_t(const ArrayLayer&)>& segment_rows) {
    constexpr double h = 1e-5;
    for (const ArrayLayer& layer : task.layers) {
        const std::int64_t segment = segment_rows(layer);
        const std::int64_t per_filter = (layer.rows + segment - 1) / segment;
        const std::vector<float>& own = g.own.at(layer.name + ".mask").values;
        ASSERT_EQ(static_cast<std::int64_t>(own.size()), layer.filters * per_filter) << layer.name;
        std::vector<double> expected(own.size(), 0.0);
        for (std::int64_t i = 0; i < layer.filters * layer.rows; ++i) {
            const auto entry = static_cast<std::size_t>(i / layer.rows * per_filter + i % layer.rows / segment);
            const auto at = static_cast<std::size_t>(i);
            const double slope = (f(own[entry] + h) - f(own[entry] - h)) / (2 * h);
            expected[entry] += slope * g.weight.at(layer.weight()).values[at] * layer.backbone->values[at];
        }
        const std::vector<float>& computed = g.computed.at(layer.name + ".mask").values;
        for (std::size_t i = 0; i < expected.size(); ++i) {
            EXPECT_NEAR(computed[i], expected[i], 1e-5 * (1.0 + std::fabs(expected[i]))) << layer.name << " " << i;
        }
    }
}

double identity(double m) {
    return m;
}
double sigmoid_gate(double m) {
    return 1.0 / (1.0 + std::exp(-12.0 * (m - 0.005)));
}

TEST(Gradient, PiggybackPassesStraightThroughToEveryWeight) {
    const SmallTask task;
    expect_gradient(task, gradients_of(task, config_of("piggyback"), -0.01, 0.02), identity,
                    [](const ArrayLayer&) { return 1; });
}

TEST(Gradient, SupsupPassesStraightThroughToEveryScore) {
    const SmallTask task;
    expect_gradient(task, gradients_of(task, config_of("supsup"), 0.0, 2.0), identity,
                    [](const ArrayLayer&) { return 1; });
}

TEST(Gradient, KsmGoesThroughTheLogisticGateOfTheKernel) {
    const SmallTask task(-1);
    for (const bool soft : {true, false}) {
        MethodConfig config = config_of("ksm");
        config.ksm.soft = soft;  // the soft part is detached
        expect_gradient(task, gradients_of(task, config, -0.3, 0.3), sigmoid_gate,
                        [](const ArrayLayer& layer) { return layer.kernel_size; });
    }
}

TEST(Gradient, KsmSumsOverFiltersAndGroupsOfEightChannels) {
    const SmallTask task(-1);
    MethodConfig config = config_of("ksm");
    config.ksm.granularity = KsmGranularity::channel;
    expect_gradient(task, gradients_of(task, config, -0.3, 0.3), sigmoid_gate,
                    [](const ArrayLayer& layer) { return layer.rows; });
    config.ksm.granularity = KsmGranularity::group_of_8;
    expect_gradient(task, gradients_of(task, config, -0.3, 0.3), sigmoid_gate,
                    [](const ArrayLayer& layer) { return 8 * layer.kernel_size; });
}

TEST(Gradient, XbmSumsOverTheColumn) {
    const SmallTask task;
    expect_gradient(task, gradients_of(task, config_of("xbm"), -0.3, 0.3), sigmoid_gate,
                    [](const ArrayLayer&) { return 18; });
}

TEST(Gradient, XmaPassesStraightThroughEverywhere) {
    const SmallTask task;
    expect_gradient(task, gradients_of(task, config_of("xma"), -1.0, 4.0), identity,
                    [](const ArrayLayer&) { return 18; });
}

TEST(Gradient, RealXmaIsTheDerivativeOfItsForward) {
    const SmallTask task;
    MethodConfig config = config_of("xma");
    config.xma.real = true;
    const Gradients g = gradients_of(task, config, 0.2, 3.0);
    const auto method = task.method(config);
    const auto loss = [&](const ParameterMap& own) {
        ParameterMap effective = task.backbone;
        method->effective(own, {}, effective);
        double sum = 0.0;
        for (const auto& [name, gradient] : g.weight) {
            for (std::size_t i = 0; i < gradient.values.size(); ++i) {
                sum += static_cast<double>(gradient.values[i]) * effective.at(name).values[i];
            }
        }
        return sum;
    };
    for (const auto& [name, computed] : g.computed) {
        for (std::size_t i = 0; i < computed.values.size(); ++i) {
            constexpr double h = 0.0625;
            ParameterMap up = g.own, down = g.own;
            up.at(name).values[i] += static_cast<float>(h);
            down.at(name).values[i] -= static_cast<float>(h);
            EXPECT_NEAR(computed.values[i], (loss(up) - loss(down)) / (2 * h), 2e-4) << name << " " << i;
        }
    }
}

/// The factors are those of W_eff, and their gradients lead to the same gradients of the mask as the weights' do.
TEST(Gradient, OfColumnsFactorsDoesForTheWeights) {
    const SmallTask task(0, 64);  // conv1's filters of 36 weights are one column; conv2 has groups, the rest 1×1
    MethodConfig channels = config_of("ksm");
    channels.ksm.granularity = KsmGranularity::channel;
    for (const MethodConfig& config : {config_of("xma"), config_of("xbm"), channels}) {
        const auto method = task.method(config);
        Gradients g = gradients_of(task, config, -0.3, 1.5);
        ParameterMap effective = task.backbone;
        method->effective(g.own, {}, effective);
        std::set<std::string> cut;
        for (const ColumnFactors& columns : method->column_factors(g.own, {})) {
            const ArrayLayer& layer = *columns.layer;
            cut.insert(layer.name);
            ASSERT_GE(columns.rows, layer.rows);
            Tensor& gradient = g.weight[layer.columns()];
            gradient.values.assign(columns.factors.size(), 0.0f);
            for (std::int64_t i = 0; i < layer.filters * layer.rows; ++i) {
                const auto at = static_cast<std::size_t>(i), column = static_cast<std::size_t>(i / layer.rows);
                const float weight = layer.backbone->values[at];
                EXPECT_FLOAT_EQ(effective.at(layer.weight()).values[at], columns.factors[column] * weight);
                gradient.values[column] += g.weight.at(layer.weight()).values[at] * weight;
            }
            g.weight.erase(layer.weight());
        }
        EXPECT_EQ(cut, (std::set<std::string>{"conv1"})) << config.method;
        ParameterMap found;
        method->backward(g.own, {}, g.weight, found);
        for (const auto& [name, expected] : g.computed) {
            for (std::size_t i = 0; i < expected.values.size(); ++i) {
                EXPECT_NEAR(found.at(name).values[i], expected.values[i], 1e-5) << config.method << " " << name << i;
            }
        }
    }
    EXPECT_TRUE(task.method(config_of("piggyback"))->column_factors({}, {}).empty());
}

}  // namespace
}  // namespace remask
