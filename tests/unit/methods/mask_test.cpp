// Is W_eff what each method's formula says? The formulas are written here once more, from the papers' definitions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/network/float_network.h"
#include "sim/base/parallel.h"
#include "tests/unit/methods/small_task.h"

namespace remask {
namespace {

using test::config_of;
using test::SmallTask;

/// W_eff/W0 of every weight of a layer, in the order of its weights.
std::vector<double> ratios(const SmallTask& task, const ParameterMap& effective, const std::string& layer) {
    const std::vector<float>& before = task.backbone.at(layer + ".weight").values;
    const std::vector<float>& after = effective.at(layer + ".weight").values;
    std::vector<double> result;
    for (std::size_t i = 0; i < before.size(); ++i) result.push_back(static_cast<double>(after[i]) / before[i]);
    return result;
}

class MaskedMethods : public testing::TestWithParam<MethodConfig> {};

TEST_P(MaskedMethods, StartAtTheBackboneToTheLastBit) {
    const SmallTask task(-1);
    const std::unique_ptr<Method> method = task.method(GetParam());
    ParameterMap effective = task.backbone;
    for (const std::string& name : method->masked_weights()) {
        std::fill(effective.at(name).values.begin(), effective.at(name).values.end(), -1.0f);
    }
    method->effective(method->initial(), {}, effective);
    for (const auto& [name, tensor] : task.backbone) EXPECT_EQ(effective.at(name).values, tensor.values) << name;
    EXPECT_EQ(method->masked_weights(),
              (std::set<std::string>{"conv1.weight", "conv2.weight", "conv3.weight", "hidden.weight"}));

    const test::Images images = test::random_images(task.network.input, 4, 5, 1);
    ThreadPool pool(1);
    FloatNetwork runner(task.network, pool);
    const std::vector<float> expected = runner.forward(images.pixels, 4, task.backbone);
    EXPECT_EQ(runner.forward(images.pixels, 4, std::as_const(effective)), expected);
}

std::vector<MethodConfig> masked_methods() {
    std::vector<MethodConfig> configs{config_of("piggyback"), config_of("ksm"), config_of("xbm"), config_of("xma")};
    MethodConfig config = config_of("piggyback");
    config.piggyback.ternary = true;
    configs.push_back(config);
    for (const auto granularity : {KsmGranularity::group_of_8, KsmGranularity::channel, KsmGranularity::element}) {
        config = config_of("ksm");
        config.ksm.granularity = granularity;
        config.ksm.soft = granularity != KsmGranularity::channel;
        configs.push_back(config);
    }
    config = config_of("xma2");
    configs.push_back(config);
    config.xma2.criterion = PeCriterion::learned;  // every gate open, W still W0
    configs.push_back(config);
    config = config_of("xma");
    config.xma.real = true;
    configs.push_back(config);
    return configs;
}
INSTANTIATE_TEST_SUITE_P(All, MaskedMethods, testing::ValuesIn(masked_methods()),
                         [](const auto& each) { return each.param.method + std::to_string(each.index); });

TEST(Piggyback, KeepsAWeightAboveTheThreshold) {
    const SmallTask task;
    ParameterMap effective = task.backbone;
    const auto method = task.method(config_of("piggyback"));
    ParameterMap own = method->initial();
    ASSERT_EQ(own.at("conv1.mask").size(), 4 * 4 * 9);
    own.at("conv1.mask").values[0] = 0.004f;
    own.at("conv1.mask").values[1] = 0.006f;
    own.at("conv1.mask").values[2] = -0.006f;
    method->effective(own, {}, effective);
    std::vector<double> expected(4 * 4 * 9, 1.0);
    expected[0] = expected[2] = 0.0;
    EXPECT_EQ(ratios(task, effective, "conv1"), expected);

    MethodConfig ternary = config_of("piggyback");
    ternary.piggyback.ternary = true;
    task.method(ternary)->effective(own, {}, effective);
    expected[2] = -1.0;
    EXPECT_EQ(ratios(task, effective, "conv1"), expected);
}

TEST(Supsup, KeepsTheLargestScoresOfEveryLayer) {
    const SmallTask task;
    MethodConfig config = config_of("supsup");
    config.supsup.kept = 0.6;
    const auto method = task.method(config);
    ParameterMap own = method->initial(), effective = task.backbone;
    const auto expect_kept = [&](const ArrayLayer& layer, const std::vector<float>& scores) {
        method->effective(own, {}, effective);
        const std::vector<float>& weights = effective.at(layer.weight()).values;
        double smallest_kept = 1e9, largest_dropped = -1e9;
        int kept = 0;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            const bool is_kept = weights[i] != 0.0f;
            EXPECT_EQ(weights[i], is_kept ? layer.backbone->values[i] : 0.0f);
            (is_kept ? smallest_kept : largest_dropped) =
                is_kept ? std::min<double>(smallest_kept, scores[i]) : std::max<double>(largest_dropped, scores[i]);
            kept += is_kept ? 1 : 0;
        }
        EXPECT_EQ(kept, std::nearbyint(0.6 * static_cast<double>(weights.size()))) << layer.name;
        EXPECT_GE(smallest_kept, largest_dropped) << layer.name;
    };
    for (const ArrayLayer& layer : task.layers) {  // at first by the weights' size
        std::vector<float> sizes = layer.backbone->values;
        for (float& size : sizes) size = std::fabs(size);
        expect_kept(layer, sizes);
    }
    for (auto& [name, scores] : own) {  // then by the score, with many equal ones
        for (std::size_t i = 0; i < scores.values.size(); ++i) scores.values[i] = static_cast<float>(i % 3);
    }
    for (const ArrayLayer& layer : task.layers) expect_kept(layer, own.at(layer.name + ".mask").values);
}

TEST(Ksm, ScalesDroppedKernelsByTheirPlaceBetweenTheSmallestAndTheLargest) {
    const SmallTask task(-1);
    const auto method = task.method(config_of("ksm"));
    ParameterMap own = method->initial();
    std::vector<float>& m = own.at("conv1.mask").values;
    ASSERT_EQ(m.size(), 16U);  // 4 filters × 4 input channels
    m[1] = 0.002f;
    m[5] = -0.008f;
    m[6] = 0.004f;
    m[7] = 0.0f;  // dropped and exactly 0: no scale, and neither smallest nor largest
    ParameterMap effective = task.backbone;
    method->effective(own, {}, effective);
    const std::vector<double> seen = ratios(task, effective, "conv1");
    for (std::size_t kernel = 0; kernel < 16; ++kernel) {
        double expected = 1.0;
        if (m[kernel] == 0.0f)
            expected = 0.0;
        else if (m[kernel] < 0.005f)
            expected = 0.5 * (m[kernel] + 0.008) / (0.004 + 0.008);
        for (std::size_t k = 0; k < 9; ++k) {
            EXPECT_NEAR(seen[kernel * 9 + k], expected, 0.5 * 0.5 / 255 + 1e-6) << kernel;
            const double steps = seen[kernel * 9 + k] * 2 * 255;  // multiples of ½/255: 8 bits
            EXPECT_NEAR(steps, std::round(steps), 1e-3) << kernel;
        }
    }
}

TEST(Ksm, GivesEqualDroppedKernelsNoScale) {
    const SmallTask task(-1);
    const auto method = task.method(config_of("ksm"));
    ParameterMap own = method->initial();
    own.at("conv1.mask").values[3] = own.at("conv1.mask").values[4] = 0.001f;
    ParameterMap effective = task.backbone;
    method->effective(own, {}, effective);
    const std::vector<double> seen = ratios(task, effective, "conv1");
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 0.0), 2 * 9);
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 1.0), 14 * 9);
}

TEST(Ksm, IsBinaryWithoutTheSoftPart) {
    const SmallTask task(-1);
    MethodConfig config = config_of("ksm");
    config.ksm.soft = false;
    const auto method = task.method(config);
    ParameterMap own = method->initial();
    test::randomise(own, 0.0, 0.01, 3);
    ParameterMap effective = task.backbone;
    method->effective(own, {}, effective);
    const std::vector<float>& m = own.at("conv1.mask").values;
    const std::vector<double> seen = ratios(task, effective, "conv1");
    for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], m[i / 9] >= 0.005f ? 1.0 : 0.0) << i;
}

TEST(Ksm, AddsTheSameNoiseForTheSameStepAndNoneInEvaluation) {
    const SmallTask task(-1);
    MethodConfig config = config_of("ksm");
    config.ksm.gumbel = true;
    const auto method = task.method(config);
    ParameterMap own = method->initial();
    test::randomise(own, 0.0051, 0.0055, 9);  // kept, but so near the threshold that noise drops many
    ParameterMap first = task.backbone, again = task.backbone, other = task.backbone, evaluated = task.backbone;
    method->effective(own, 5, first);
    method->effective(own, 5, again);
    method->effective(own, 6, other);
    method->effective(own, {}, evaluated);
    EXPECT_EQ(first.at("hidden.weight").values, again.at("hidden.weight").values);
    EXPECT_NE(first.at("hidden.weight").values, other.at("hidden.weight").values);
    EXPECT_EQ(evaluated.at("hidden.weight").values, task.backbone.at("hidden.weight").values);
}

TEST(Xbm, GatesOneFiltersRowsOfOneTile) {
    const SmallTask task;  // conv1: 36 rows = 2 tiles of 18
    const auto method = task.method(config_of("xbm"));
    ParameterMap own = method->initial();
    ASSERT_EQ(own.at("conv1.mask").shape, (std::vector<std::int64_t>{4, 2}));
    own.at("conv1.mask").values[2 * 2 + 1] = 0.0f;  // filter 2, tile 1
    ParameterMap effective = task.backbone;
    method->effective(own, {}, effective);
    const std::vector<double> seen = ratios(task, effective, "conv1");
    for (std::size_t i = 0; i < seen.size(); ++i) {
        const bool gated = i / 36 == 2 && i % 36 >= 18;
        EXPECT_EQ(seen[i], gated ? 0.0 : 1.0) << i;
    }
}

TEST(Xma, RoundsToTheNearestLevelInLog2) {
    const SmallTask task;
    MethodConfig config = config_of("xma");
    config.xma.sign = true;
    const auto plain = task.method(config_of("xma"));
    const auto with_sign = task.method(config);
    struct Case {
        double v, level, signed_level;
    };
    // 0 below ½/2; then boundaries at √(½·1) and √(1·2)
    const double low = std::sqrt(0.5), high = std::sqrt(2.0);
    for (const Case& c : {Case{0.2499, 0, 0},
                          {0.2501, 0.5, 0.5},
                          {low - 1e-4, 0.5, 0.5},
                          {low + 1e-4, 1, 1},
                          {high - 1e-4, 1, 1},
                          {high + 1e-4, 2, 2},
                          {9, 2, 2},
                          {-0.2, 0, 0},
                          {-0.3, 0, -0.5},
                          {-1.5, 0, -2}}) {
        ParameterMap own = plain->initial();
        own.at("conv1.mask").values[0] = static_cast<float>(c.v);
        ParameterMap effective = task.backbone;
        plain->effective(own, {}, effective);
        EXPECT_EQ(ratios(task, effective, "conv1")[0], c.level) << c.v;
        EXPECT_EQ(ratios(task, effective, "conv1")[18], 1.0);
        with_sign->effective(own, {}, effective);
        EXPECT_EQ(ratios(task, effective, "conv1")[0], c.signed_level) << c.v;
    }
}

}  // namespace
}  // namespace remask
