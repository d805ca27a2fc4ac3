// Are the right PEs of XMA2 rewritten, the others' columns scaled, and is that what is counted?
#include <algorithm>
#include <cmath>

#include "models/methods/pe_layout.h"
#include "models/network/float_network.h"
#include "tests/unit/methods/digit_tasks.h"

namespace remask {
namespace {

using test::config_of;
using test::SmallTask;

/// K = 40 in tiles of 18 rows, two groups of 5 filters, 2 filters an array.
ArrayLayer grouped_layer() {
    CrossbarParameters parameters;
    parameters.weight_bits = 8;
    parameters.input_bits = 8;
    parameters.rows = 18;
    parameters.columns = 16;
    parameters.cell_bits = 2;
    parameters.dac_bits = 1;
    ArrayLayer layer;
    layer.groups = 2;
    layer.filters = 10;
    layer.rows = 40;
    layer.geometry = geometry_of(parameters, 40, 5);
    return layer;
}

TEST(PeLayout, FollowsTheArraysOfTheMapping) {
    const ArrayLayer layer = grouped_layer();
    ASSERT_EQ(layer.geometry.logical_columns_per_array, 2);
    for (const int pe_arrays : {1, 4}) {
        const PeLayout layout(layer, pe_arrays);
        int array = 0;
        for (int group = 0; group < 2; ++group) {
            for (int row_begin = 0; row_begin < 40; row_begin += 18) {
                for (int column_begin = 0; column_begin < 5; column_begin += 2, ++array) {
                    for (int row = row_begin; row < std::min(row_begin + 18, 40); ++row) {
                        for (int n = column_begin; n < std::min(column_begin + 2, 5); ++n) {
                            EXPECT_EQ(layout.of(group * 5 + n, row), array / pe_arrays);
                        }
                    }
                }
            }
        }
        EXPECT_EQ(layout.count(), (array + pe_arrays - 1) / pe_arrays);
    }
}

TEST(PeLayout, ChoosesTheHighestWithinTheBudget) {
    EXPECT_EQ(highest({1.0, 4.0, 2.0, 3.0}, 0.5), (std::vector<bool>{false, true, false, true}));
    EXPECT_EQ(highest({1.0, 4.0, 2.0, 3.0}, 0.74), (std::vector<bool>{false, true, false, true}));
    EXPECT_EQ(highest({2.0, 2.0, 2.0}, 0.4), (std::vector<bool>{true, false, false}));
    EXPECT_EQ(highest({2.0, 2.0}, 0.0), (std::vector<bool>{false, false}));
}

/// All columns of one filter of SmallTask lie in one array of 18 rows and 8 filters, so PE = row tile (or group).
struct LearnedGates {
    LearnedGates() {
        MethodConfig config = config_of("xma2");
        config.xma2.criterion = PeCriterion::learned;
        config.xma2.penalty = 0.25;
        config.xma.real = true;
        method = task.method(config);
        own = method->initial();
        std::uint64_t seed = 40;
        for (const ArrayLayer& layer : task.layers) {
            ParameterMap drawn{{"levels", own.at(layer.name + ".mask")}, {"weights", own.at(layer.name + ".rewrite")}};
            test::randomise(drawn, -1.0, 1.0, seed++);
            own[layer.name + ".mask"] = drawn["levels"];
            own[layer.name + ".rewrite"] = drawn["weights"];
            std::vector<float>& gates = own.at(layer.name + ".gate").values;
            for (std::size_t pe = 0; pe < gates.size(); ++pe) gates[pe] = pe % 2 == 0 ? 0.02f : 0.001f;
        }
        for (const std::string& name : method->masked_weights()) gradient[name] = task.backbone.at(name);
        test::randomise(gradient, -1.0, 1.0, 50);
    }
    /// Of a weight: its PE and its column.
    static std::int64_t pe(const ArrayLayer& layer, std::int64_t i) {
        const std::int64_t per_group = layer.filters / layer.groups, tiles = (layer.rows + 17) / 18;
        return i / layer.rows / per_group * tiles + i % layer.rows / 18;
    }
    static std::int64_t column(const ArrayLayer& layer, std::int64_t i) {
        return i / layer.rows * ((layer.rows + 17) / 18) + i % layer.rows / 18;
    }
    SmallTask task;
    std::unique_ptr<Method> method;
    ParameterMap own, gradient;
};

TEST(Xma2, RewritesOpenPesAndScalesTheColumnsOfTheOthers) {
    const LearnedGates gates;
    ParameterMap effective = gates.task.backbone;
    gates.method->effective(gates.own, {}, effective);
    for (const ArrayLayer& layer : gates.task.layers) {
        for (std::int64_t i = 0; i < layer.filters * layer.rows; ++i) {
            const auto at = static_cast<std::size_t>(i);
            const auto column = static_cast<std::size_t>(gates.column(layer, i));
            const float expected = gates.pe(layer, i) % 2 == 0
                                       ? gates.own.at(layer.name + ".rewrite").values[at]
                                       : gates.own.at(layer.name + ".mask").values[column] * layer.backbone->values[at];
            EXPECT_NEAR(effective.at(layer.weight()).values[at], expected, 1e-6) << layer.name << " " << i;
        }
    }
}

TEST(Xma2, GivesEveryParameterTheGradientOfItsPlace) {
    const LearnedGates gates;
    ParameterMap computed;
    gates.method->backward(gates.own, {}, gates.gradient, computed);
    for (const ArrayLayer& layer : gates.task.layers) {
        const std::vector<float>& g = gates.gradient.at(layer.weight()).values;
        const std::vector<float>& w = gates.own.at(layer.name + ".rewrite").values;
        const std::vector<float>& v = gates.own.at(layer.name + ".mask").values;
        std::vector<double> levels(v.size(), 0.0), pes(gates.own.at(layer.name + ".gate").values.size(), 0.25);
        for (std::size_t i = 0; i < g.size(); ++i) {
            const auto index = static_cast<std::int64_t>(i);
            const auto pe = static_cast<std::size_t>(gates.pe(layer, index));
            const auto column = static_cast<std::size_t>(gates.column(layer, index));
            const double w0 = layer.backbone->values[i];
            pes[pe] += g[i] * (w[i] - v[column] * w0);
            if (pe % 2 != 0) levels[column] += g[i] * w0;
            EXPECT_EQ(computed.at(layer.name + ".rewrite").values[i], pe % 2 == 0 ? g[i] : 0.0f);
        }
        for (std::size_t i = 0; i < v.size(); ++i) {
            EXPECT_NEAR(computed.at(layer.name + ".mask").values[i], levels[i], 1e-5) << layer.name << " " << i;
        }
        for (std::size_t pe = 0; pe < pes.size(); ++pe) {
            const double m = gates.own.at(layer.name + ".gate").values[pe];
            const double s = 1.0 / (1.0 + std::exp(-12.0 * (m - 0.005)));
            EXPECT_NEAR(computed.at(layer.name + ".gate").values[pe], 12.0 * s * (1.0 - s) * pes[pe], 1e-4);
        }
    }
}

class Xma2Tasks : public test::DigitTasks {
protected:
    /// 9-row arrays of 8 filters: conv1 2, conv2 12 × 2, conv3 16 × 3 PEs.
    static constexpr int pes = 2 + 24 + 48;

    static std::size_t first_pe(const std::string& layer) { return layer == "conv1" ? 0 : layer == "conv2" ? 2 : 26; }
    static std::size_t pe_of(const std::string& layer, std::size_t i) {
        const std::size_t rows = layer == "conv1" ? 9 : layer == "conv2" ? 108 : 144;
        const std::size_t column_tiles = layer == "conv3" ? 3 : 2;
        return first_pe(layer) + i % rows / 9 * column_tiles + i / rows / 8;
    }
};

TEST_F(Xma2Tasks, RewriteNoMoreThanTheBudgetAndCountIt) {
    for (const PeCriterion criterion : {PeCriterion::saliency, PeCriterion::learned}) {
        MethodConfig config = config_of("xma2");
        config.epochs = 3;
        config.learning_rate = 5e-3;
        config.xma2.criterion = criterion;
        config.xma2.budget = 0.25;
        const TaskParameters task = learn(config);
        std::vector<bool> rewritten(pes, false);
        double rewritten_weights = 0, scaled_columns = 0;
        std::size_t slot = 0;
        for (const std::string layer : {"conv1", "conv2", "conv3"}) {
            const std::vector<float>& before = backbone_->at(layer + ".weight").values;
            const std::vector<float>& cells = task.on_chip.at(layer + ".weight").values;
            const std::vector<float>& effective = task.effective.at(layer + ".weight").values;
            const LayerMask& mask = task.masks[slot++];
            EXPECT_EQ(mask.unit, MaskUnit::shift);
            const std::size_t filters = static_cast<std::size_t>(backbone_->at(layer + ".weight").shape[0]);
            const std::size_t rows = before.size() / filters;
            for (std::size_t i = 0; i < before.size(); ++i) {
                if (cells[i] != before[i]) rewritten[pe_of(layer, i)] = true;
                const double factor = mask.factors[i % rows / 9 * filters + i / rows];
                EXPECT_EQ(effective[i], static_cast<float>(factor * static_cast<double>(cells[i])));
            }
            for (std::size_t i = 0; i < before.size(); ++i) rewritten_weights += rewritten[pe_of(layer, i)] ? 1 : 0;
            for (std::size_t i = 0; i < before.size(); i += 9) scaled_columns += rewritten[pe_of(layer, i)] ? 0 : 1;
        }
        const auto count = std::count(rewritten.begin(), rewritten.end(), true);
        EXPECT_LE(count, pes / 4);
        if (criterion == PeCriterion::saliency) {
            EXPECT_EQ(count, pes / 4);
        }
        EXPECT_EQ(task.mask_bits, pes + 8 * rewritten_weights + 2 * scaled_columns);
    }
}

/// At a rate that drives weights far out: cells of a filter share the backbone's scale and hold no more than its
/// largest.
TEST_F(Xma2Tasks, KeepRewrittenWeightsWithinWhatCellsHold) {
    MethodConfig config = config_of("xma2");
    config.epochs = 2;
    config.learning_rate = 0.1;
    config.xma2.budget = 0.5;
    const TaskParameters task = learn(config);
    int at_the_limit = 0;
    for (const std::string layer : {"conv1", "conv2", "conv3"}) {
        const Tensor& before = backbone_->at(layer + ".weight");
        const std::vector<float>& cells = task.on_chip.at(layer + ".weight").values;
        const std::size_t rows = before.values.size() / static_cast<std::size_t>(before.shape[0]);
        for (std::size_t first = 0; first < cells.size(); first += rows) {
            float largest = 0.0f;
            for (std::size_t i = first; i < first + rows; ++i) largest = std::max(largest, std::fabs(before.values[i]));
            for (std::size_t i = first; i < first + rows; ++i) {
                EXPECT_LE(std::fabs(cells[i]), largest) << layer << " " << i;
                at_the_limit += cells[i] != before.values[i] && std::fabs(cells[i]) == largest ? 1 : 0;
            }
        }
    }
    EXPECT_GT(at_the_limit, 0);
}

/// All rates 0 and one batch of everything: the saliency is |dL/dW · W0| of the start.
TEST_F(Xma2Tasks, RewriteThePesOfTheLargestSaliency) {
    MethodConfig config = config_of("xma2");
    config.epochs = 2;
    config.batch = 10000;
    config.learning_rate = 1e-3;
    config.mask_learning_rate = 0.0;
    config.batch_norm = BatchNormChoice::frozen;
    config.xma2.budget = 0.1;
    const TaskParameters task = learn(config);
    const auto train = digits({5, 6, 7, 8, 9}, Split::train);
    ThreadPool pool(1);
    FloatNetwork runner(*network_, pool);
    ParameterMap start = task_start(*network_, *backbone_, 5, 4);
    const int images = static_cast<int>(train.labels.size());
    const std::vector<float> logits = runner.forward(train.images, images, start, BatchNormMode::evaluate, true);
    std::vector<float> gradient(logits.size());
    softmax_cross_entropy(logits, train.labels, 5, gradient);
    ParameterMap gradients;
    runner.backward(gradient, start, {"conv1.weight", "conv2.weight", "conv3.weight"}, gradients);
    std::vector<double> saliency(pes, 0.0);
    for (const std::string layer : {"conv1", "conv2", "conv3"}) {
        const std::vector<float>& w0 = backbone_->at(layer + ".weight").values;
        for (std::size_t i = 0; i < w0.size(); ++i) {
            saliency[pe_of(layer, i)] +=
                std::fabs(static_cast<double>(gradients.at(layer + ".weight").values[i]) * w0[i]);
        }
    }
    std::vector<double> sorted = saliency;
    std::sort(sorted.rbegin(), sorted.rend());
    for (const std::string layer : {"conv1", "conv2", "conv3"}) {
        const std::vector<float>& before = backbone_->at(layer + ".weight").values;
        const std::vector<float>& cells = task.on_chip.at(layer + ".weight").values;
        for (std::size_t i = 0; i < before.size(); ++i) {
            if (cells[i] != before[i]) {
                EXPECT_GE(saliency[pe_of(layer, i)], sorted[6]);
            }
        }
    }
    EXPECT_NE(task.on_chip.at("conv1.weight").values, backbone_->at("conv1.weight").values)
        << "conv1's few PEs carry the most";
}

}  // namespace
}  // namespace remask
