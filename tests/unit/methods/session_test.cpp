// Do the chip's weights with the periphery's factors make the effective weights?
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/methods/task_session.h"
#include "tests/unit/methods/small_task.h"

namespace remask {
namespace {

using test::config_of;
using test::SmallTask;

LearningInput input_of(const SmallTask& task) {
    return {.network = task.network,
            .backbone = task.backbone,
            .images = {},
            .labels = {},
            .classes = 3,
            .geometry = task.geometry};
}

/// on_chip × the factor of each weight's row tile or row group, found the long way round: from the row to its tile to
/// its group.
void expect_periphery_gives_effective(const SmallTask& task, const TaskParameters& result) {
    for (const ArrayLayer& layer : task.layers) {
        const LayerMask& mask = result.masks[static_cast<std::size_t>(layer.slot)];
        const CrossbarGeometry& g = layer.geometry;
        const std::int64_t filters = layer.filters / layer.groups;
        const std::int64_t units = mask.per_row_group ? g.row_groups : g.row_tiles;
        ASSERT_EQ(static_cast<std::int64_t>(mask.factors.size()), layer.groups * units * filters) << layer.name;
        for (std::int64_t i = 0; i < layer.filters * layer.rows; ++i) {
            const std::int64_t filter = i / layer.rows, row = i % layer.rows, tile = row / g.rows_per_tile;
            std::int64_t unit = tile;
            if (mask.per_row_group) {
                unit = row % g.rows_per_tile / g.active_rows;
                for (std::int64_t before = 0; before < tile; ++before) unit += g.tile_groups(before);
            }
            const std::int64_t at = (filter / filters * units + unit) * filters + filter % filters;
            const double factor = mask.factors[static_cast<std::size_t>(at)];
            const auto weight = static_cast<std::size_t>(i);
            const float on_chip = result.on_chip.at(layer.weight()).values[weight];
            EXPECT_EQ(on_chip, layer.backbone->values[weight]);
            EXPECT_EQ(result.effective.at(layer.weight()).values[weight], static_cast<float>(factor * on_chip))
                << layer.name << " " << i;
        }
        EXPECT_FALSE(result.reprogrammed[static_cast<std::size_t>(layer.slot)]);
    }
}

TEST(TaskParameters, AreAppliedByThePeripheryPerTileAndPerRowGroup) {
    for (const char* name : {"xbm", "xma"}) {
        const SmallTask task;
        expect_periphery_gives_effective(task, assume_task(config_of(name), input_of(task), 0.4));
    }
    const SmallTask by_kernel(-1);
    const TaskParameters ksm = assume_task(config_of("ksm"), input_of(by_kernel), 0.4);
    expect_periphery_gives_effective(by_kernel, ksm);
    EXPECT_EQ(ksm.masks[0].unit, MaskUnit::multiply);
    EXPECT_TRUE(ksm.masks[0].per_row_group);
    MethodConfig config = config_of("ksm");
    config.ksm.granularity = KsmGranularity::group_of_8;
    expect_periphery_gives_effective(by_kernel, assume_task(config, input_of(by_kernel), 0.4));
    const SmallTask by_row(1);
    config = config_of("piggyback");
    config.realisation = Realisation::row_groups;
    expect_periphery_gives_effective(by_row, assume_task(config, input_of(by_row), 0.4));
}

TEST(TaskParameters, AreInTheCellsWhereReprogrammed) {
    const SmallTask task;
    for (const char* name : {"piggyback", "ksm", "xma", "finetune"}) {
        MethodConfig config = config_of(name);
        config.realisation = Realisation::reprogram;
        const TaskParameters result = assume_task(config, input_of(task), 0.4);
        for (const ArrayLayer& layer : task.layers) {
            const auto slot = static_cast<std::size_t>(layer.slot);
            EXPECT_TRUE(result.reprogrammed[slot]);
            EXPECT_EQ(result.masks[slot].unit, MaskUnit::none);
            EXPECT_TRUE(result.masks[slot].factors.empty());
            EXPECT_GT(result.masks[slot].bits, 0.0);
            EXPECT_EQ(result.on_chip.at(layer.weight()).values, result.effective.at(layer.weight()).values);
            EXPECT_NE(result.on_chip.at(layer.weight()).values, layer.backbone->values);
        }
    }
}

TEST(TaskParameters, OfTheClassifierAloneLeaveAllArraysAlone) {
    const SmallTask task;
    const TaskParameters result = assume_task(config_of("classifier"), input_of(task), 0.4);
    EXPECT_EQ(result.label, "classifier");
    EXPECT_EQ(result.reprogrammed, std::vector<bool>(4, false));
    for (const ArrayLayer& layer : task.layers) {
        EXPECT_EQ(result.on_chip.at(layer.weight()).values, layer.backbone->values);
    }
    EXPECT_EQ(result.effective.at("fc.weight").shape, (std::vector<std::int64_t>{3, 8}));
    check_parameters(task_network(task.network, 3), result.effective, "test");
    check_parameters(task_network(task.network, 3), result.on_chip, "test");
}

TEST(TaskParameters, RewriteAClassifierOnArrays) {
    const SmallTask task;
    const Network network = task_network(task.network, 3);
    LearningInput input = input_of(task);
    input.classifier_on_crossbar = true;
    input.geometry = test::geometry_on(network, 18, 0, true);
    const TaskParameters result = assume_task(config_of("xbm"), input, 0.4);
    EXPECT_EQ(result.reprogrammed, (std::vector<bool>{false, false, false, false, true}));
    EXPECT_EQ(result.masks[4].unit, MaskUnit::none);
    EXPECT_EQ(result.masks[4].bits, 0.0);
    EXPECT_EQ(result.constants_bits, 32.0 * (2 * 14 + 3));  // batch-norms, and the classifier's bias
}

TEST(TaskStart, DrawsAClassifierWithinOneOverRootFanIn) {
    const SmallTask task;
    const ParameterMap start = task_start(task.network, task.backbone, 40, 5);
    const std::vector<float>& weight = start.at("fc.weight").values;
    const auto [low, high] = std::minmax_element(weight.begin(), weight.end());
    const double bound = 1.0 / std::sqrt(8.0);
    EXPECT_GE(*low, -bound);
    EXPECT_LE(*high, bound);
    EXPECT_LT(*low, -0.9 * bound);  // 320 uniform numbers come this near except with probability 0.95^320 < 1e-7
    EXPECT_GT(*high, 0.9 * bound);
    EXPECT_EQ(start.at("conv1.weight").values, task.backbone.at("conv1.weight").values);
    EXPECT_NE(task_start(task.network, task.backbone, 40, 6).at("fc.weight").values, weight);
}

}  // namespace
}  // namespace remask
