#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mapping/inference_cost.h"
#include "sim/base/diagnostics.h"
#include "sim/base/random.h"
#include "tests/unit/mapping/examples.h"

namespace remask {
namespace {

using examples::one_convolution;
using examples::one_matrix;
using examples::small_chip;

ActionCounts conv_counts(const Hardware& hardware, const std::vector<SlotMask>& masks = {},
                         const std::vector<SlotActivity>& activities = {}) {
    const Network network = one_convolution({3, 4, 4}, {});
    return inference_counts(map_network(network, hardware), network, hardware, masks, activities)[1];
}

// M = 16, D = 4. Arrays (rows in use × logical columns): 16×4, 16×1, 11×4, 11×1; a logical column is 4 physical ones.
// Ra = 8: 2 row groups in each array.
TEST(InferenceCounts, MatchAHandComputedConvolution) {
    Hardware hardware = small_chip();
    hardware.crossbar.active_rows = 8;
    const ActionCounts counts = conv_counts(hardware);
    EXPECT_EQ(counts[Action::row_drive], 16 * 4 * (16 + 16 + 11 + 11));
    EXPECT_EQ(counts[Action::input_register], counts[Action::row_drive]);  // digits of one bit
    EXPECT_EQ(counts[Action::cell_read], 16 * 4 * (16 * 16 + 16 * 4 + 11 * 16 + 11 * 4));
    EXPECT_EQ(counts[Action::sample_hold], 16 * 4 * 2 * (16 + 4 + 16 + 4));
    EXPECT_EQ(counts[Action::adc_conversion], 16 * 4 * 2 * (16 + 4 + 16 + 4));
    EXPECT_EQ(counts[Action::shift_add], counts[Action::adc_conversion]);
    EXPECT_EQ(counts[Action::output_register], counts[Action::adc_conversion]);
    EXPECT_EQ(counts[Action::tile_add], 16 * 1 * 5);
    EXPECT_EQ(counts[Action::buffer_read], 16 * 27 * 4);
    EXPECT_EQ(counts[Action::buffer_write], 16 * 5 * 8);
    EXPECT_EQ(counts[Action::bus], 16 * 27 * 4 + 16 * 5 * 8);
    EXPECT_EQ(counts[Action::router], 0);  // one tile
    for (const Action none : {Action::input_sum, Action::mask_gate, Action::mask_shift, Action::mask_multiply,
                              Action::mask_read, Action::digital_mac, Action::cell_set}) {
        EXPECT_EQ(counts[none], 0) << action_name(none);
    }
}

TEST(InferenceCounts, AnalogSubtractionConvertsHalfTheColumns) {
    Hardware hardware = small_chip();
    hardware.crossbar.subtract = Subtract::analog;
    const ActionCounts counts = conv_counts(hardware);
    EXPECT_EQ(counts[Action::adc_conversion], 16 * 4 * (8 + 2 + 8 + 2));
    EXPECT_EQ(counts[Action::cell_read], 16 * 4 * (16 * 16 + 16 * 4 + 11 * 16 + 11 * 4));  // all cells are read
}

// Offset: 5 bits in 3 slices, one side: 3 columns a weight, 5 logical columns in 16: one column tile.
TEST(InferenceCounts, OffsetCellsNeedTheSumOfInputs) {
    Hardware hardware = small_chip();
    hardware.crossbar.encoding = Encoding::offset;
    const ActionCounts counts = conv_counts(hardware);
    EXPECT_EQ(counts[Action::input_sum], 16 * 27);
    EXPECT_EQ(counts[Action::cell_read], 16 * 4 * 27 * 15);
    EXPECT_EQ(counts[Action::adc_conversion], 16 * 4 * 2 * 15);
}

TEST(InferenceCounts, DigitalLayersAreCountedPerOutputValue) {
    const Network network = one_convolution({3, 4, 4}, {});
    const Hardware hardware = small_chip();
    const auto counts = inference_counts(map_network(network, hardware), network, hardware);
    ASSERT_EQ(counts.size(), 5u);
    EXPECT_EQ(counts[0], ActionCounts{});
    EXPECT_EQ(counts[2][Action::activation], 5 * 16);
    EXPECT_EQ(counts[3][Action::pool], 5);
    EXPECT_EQ(counts[4][Action::digital_mac], 5 * 3);
    EXPECT_EQ(counts[4][Action::adc_conversion], 0);
}

// What travels between tiles depends on where the replicas lie: InputTraffic.ReplicasGetTheirWindowsInputs.
TEST(InferenceCounts, ReplicasChangeTrafficAlone) {
    const Network network = one_convolution({3, 4, 4}, {});
    const Hardware hardware = small_chip();
    MappingOptions options;
    options.replicas = {4};
    std::vector<ActionCounts> several = inference_counts(map_network(network, hardware, options), network, hardware);
    std::vector<ActionCounts> one = inference_counts(map_network(network, hardware), network, hardware);
    EXPECT_EQ(one[1][Action::router], 0);  // all on one tile
    EXPECT_GT(several[1][Action::router], 0);
    several[1][Action::router] = 0;
    EXPECT_EQ(several, one);
}

TEST(InferenceCounts, AMaskActsOnEveryTileResult) {
    for (const auto& [unit, action] :
         {std::pair{MaskUnit::gate, Action::mask_gate}, std::pair{MaskUnit::shift, Action::mask_shift},
          std::pair{MaskUnit::multiply, Action::mask_multiply}}) {
        Hardware hardware = small_chip();
        const std::vector<SlotMask> masks{{unit, 3, false, {}}};
        ActionCounts counts = conv_counts(hardware, masks);
        EXPECT_EQ(counts[action], 16 * 2 * 5) << action_name(action);
        EXPECT_EQ(counts[Action::mask_read], 16 * 2 * 5 * 3);
        hardware.periphery.mask_registers = true;
        counts = conv_counts(hardware, masks);
        EXPECT_EQ(counts[Action::mask_read], 2 * 5 * 3);
    }
}

// Columns 0 and 4 of tile 0 and column 2 of tile 1 are gated off: 4 physical columns each, with one row group an array.
TEST(InferenceCounts, GatedColumnsAreCreditedAsTheHardwareCan) {
    SlotMask mask{MaskUnit::gate, 1, false, std::vector<double>(10, 1.0)};
    mask.factors[0] = mask.factors[4] = mask.factors[5 + 2] = 0.0;
    Hardware hardware = small_chip();
    const std::int64_t conversions = 16 * 4 * (16 + 4 + 16 + 4);
    const std::int64_t reads = 16 * 4 * (16 * 16 + 16 * 4 + 11 * 16 + 11 * 4);
    ActionCounts counts = conv_counts(hardware, {mask});
    EXPECT_EQ(counts[Action::adc_conversion], conversions);
    hardware.periphery.gating = Gating::skip_conversion;
    counts = conv_counts(hardware, {mask});
    EXPECT_EQ(counts[Action::adc_conversion], conversions - 16 * 4 * 3 * 4);
    EXPECT_EQ(counts[Action::shift_add], counts[Action::adc_conversion]);
    EXPECT_EQ(counts[Action::sample_hold], conversions);
    EXPECT_EQ(counts[Action::cell_read], reads);
    EXPECT_EQ(counts[Action::mask_gate], 16 * 2 * 5);
    hardware.periphery.gating = Gating::source_line;
    counts = conv_counts(hardware, {mask});
    EXPECT_EQ(counts[Action::sample_hold], conversions - 16 * 4 * 3 * 4);
    EXPECT_EQ(counts[Action::cell_read], reads - 16 * 4 * 4 * (16 + 16 + 11));
}

// One kernel at a time: tiles of 9 rows (kernel packing of 16 rows), Ra = 9: one row group in each of 3 tiles.
TEST(InferenceCounts, RowGroupsMultiplyMaskResultsAndConversions) {
    Hardware hardware = small_chip();
    hardware.crossbar.rows = 32;  // 27 rows = 3 kernels in one tile
    hardware.crossbar.row_packing = RowPacking::kernel;
    const std::int64_t together = conv_counts(hardware)[Action::adc_conversion];
    hardware.crossbar.active_rows = 9;
    const ActionCounts counts = conv_counts(hardware, {{MaskUnit::multiply, 8, true, std::vector<double>(15, 0.5)}});
    EXPECT_EQ(counts[Action::mask_multiply], 16 * 3 * 5);
    EXPECT_EQ(counts[Action::mask_read], 16 * 3 * 5 * 8);
    EXPECT_EQ(counts[Action::adc_conversion], 3 * together);
    EXPECT_EQ(counts[Action::tile_add], 0);
}

TEST(InferenceCounts, SkippedZeroInputsNeedTheirShare) {
    Hardware hardware = small_chip();
    hardware.periphery.skip_zero_inputs = true;
    EXPECT_THROW(conv_counts(hardware), ConfigError);
    SlotActivity activity;
    activity.nonzero_digits = 0.25;
    EXPECT_EQ(conv_counts(hardware, {}, {activity})[Action::row_drive], 16 * 4 * 54 / 4);
}

// A quarter of the 16 positions is computed.
TEST(InferenceCounts, SkippedPositionsAreNotCounted) {
    SlotMask mask;
    mask.computed_share = 0.25;
    const ActionCounts all = conv_counts(small_chip()), some = conv_counts(small_chip(), {mask});
    for (const Action action : {Action::row_drive, Action::cell_read, Action::adc_conversion, Action::tile_add,
                                Action::buffer_read, Action::buffer_write}) {
        EXPECT_GT(some[action], 0) << action_name(action);
        EXPECT_EQ(4 * some[action], all[action]) << action_name(action);
    }
}

TEST(InferenceCounts, PhysicalReadsSumConductances) {
    Hardware hardware = small_chip();
    hardware.cell.read_model = CellReadModel::physics;
    EXPECT_THROW(conv_counts(hardware), ConfigError);
    SlotActivity activity;
    activity.mean_level = 0.5;
    activity.mean_square_digit = 0.25;
    // Mean conductance of 1e-4 S and 1e-6 S; a quarter of the reads' squared voltage.
    const double expected = 16.0 * 4 * 540 * (1e-4 + 1e-6) / 2 * 0.25;
    EXPECT_NEAR(conv_counts(hardware, {}, {activity}).read_conductance.si(), expected, expected * 1e-12);
}

// 1/off for each squared voltage, and the rest of 1/on for what the cells' levels have of it; a quarter is computed.
TEST(InferenceCounts, MeasuredReadsGiveTheirConductances) {
    Hardware hardware = small_chip();
    hardware.cell.read_model = CellReadModel::physics;
    SlotActivity activity;
    activity.reads = {1000.0, 300.0};
    const double expected = 1000 * 1e-6 + 300 * (1e-4 - 1e-6);
    EXPECT_NEAR(conv_counts(hardware, {}, {activity}).read_conductance.si(), expected, expected * 1e-12);
    SlotMask mask;
    mask.computed_share = 0.25;
    EXPECT_NEAR(conv_counts(hardware, {mask}, {activity}).read_conductance.si(), expected / 4, expected * 1e-12);
}

/// Counts by doing everything one by one: walks weights, not arrays.
struct Walk {
    std::int64_t rows = 0, cells = 0, held = 0, conversions = 0;
};

Walk walk(const Hardware& h, std::int64_t K, std::int64_t N, const std::vector<double>& factors) {
    const CrossbarParameters& p = h.crossbar;
    const bool differential = p.encoding == Encoding::differential;
    const int slices = differential ? (p.weight_bits - 1 + p.cell_bits - 1) / p.cell_bits
                                    : (p.weight_bits + p.cell_bits - 1) / p.cell_bits;
    const int columns = slices * (differential ? 2 : 1);
    const int codes = differential && p.subtract == Subtract::analog ? slices : columns;
    const std::int64_t per_array = p.columns / columns;
    const std::int64_t active = p.active_rows == 0 ? p.rows : p.active_rows;
    Walk w;
    for (int phase = 0; phase * p.dac_bits < p.input_bits; ++phase) {
        for (std::int64_t k = 0; k < K; ++k) {
            const std::int64_t tile = k / p.rows;
            const bool starts_group = (k % p.rows) % active == 0;
            for (std::int64_t n = 0; n < N; ++n) {
                const bool gated = !factors.empty() && factors[static_cast<std::size_t>(tile * N + n)] == 0.0;
                if (n % per_array == 0) ++w.rows;
                const bool unread = gated && h.periphery.gating == Gating::source_line;
                const bool unconverted = gated && h.periphery.gating != Gating::none;
                if (!unread) w.cells += columns;
                if (starts_group && !unread) w.held += codes;
                if (starts_group && !unconverted) w.conversions += codes;
            }
        }
    }
    return w;
}

TEST(InferenceCounts, MatchAWalkOverTheWeightsForRandomShapes) {
    RandomStream random(7, "shapes");
    for (int trial = 0; trial < 200; ++trial) {
        Hardware h = small_chip();
        CrossbarParameters& p = h.crossbar;
        p.weight_bits = 2 + static_cast<int>(random.below(7));
        p.cell_bits = 1 + static_cast<int>(random.below(4));
        p.input_bits = 1 + static_cast<int>(random.below(8));
        p.dac_bits = 1 + static_cast<int>(random.below(static_cast<std::uint64_t>(p.input_bits)));
        p.rows = 1 + static_cast<int>(random.below(20));
        p.columns = 16 + static_cast<int>(random.below(20));
        p.active_rows = static_cast<int>(random.below(static_cast<std::uint64_t>(p.rows) + 1));
        p.encoding = random.below(2) == 0 ? Encoding::differential : Encoding::offset;
        if (p.encoding == Encoding::differential && random.below(2) == 0) p.subtract = Subtract::analog;
        h.periphery.gating = static_cast<Gating>(random.below(3));
        h.chip.tiles = 10000;
        const int K = 1 + static_cast<int>(random.below(40));
        const int N = 1 + static_cast<int>(random.below(20));
        SlotMask mask{MaskUnit::gate, 1, false, {}};
        const std::int64_t tiles = (K + p.rows - 1) / p.rows;
        for (std::int64_t i = 0; i < tiles * N; ++i) mask.factors.push_back(random.below(3) == 0 ? 0.0 : 1.0);
        const Network network = one_matrix(K, N);
        const std::vector<SlotMask> masks{mask};
        const ActionCounts counts = inference_counts(map_network(network, h), network, h, masks)[2];
        const Walk expected = walk(h, K, N, mask.factors);
        EXPECT_EQ(counts[Action::row_drive], expected.rows);
        EXPECT_EQ(counts[Action::cell_read], expected.cells);
        EXPECT_EQ(counts[Action::sample_hold], expected.held);
        EXPECT_EQ(counts[Action::adc_conversion], expected.conversions);
        EXPECT_EQ(counts[Action::tile_add], (tiles - 1) * N);
        if (HasFailure()) FAIL() << "trial " << trial << ": K " << K << " N " << N << " rows " << p.rows;
    }
}

TEST(ActionCounts, HaveANameEach) {
    std::set<std::string_view> names;
    for (const Action action : all_actions()) names.insert(action_name(action));
    EXPECT_EQ(names.size(), action_count);
    EXPECT_FALSE(names.contains(""));
    EXPECT_EQ(action_name(Action::adc_conversion), "adc_conversion");
    EXPECT_EQ(action_name(Action::memory_load), "memory_load");
    EXPECT_EQ(action_name(Action::row_drive), "row_drive");
}

TEST(ActionCounts, Add) {
    ActionCounts a;
    a[Action::pool] = 2;
    a.read_conductance = Conductance::from_si(1.0);
    ActionCounts b = a;
    b[Action::router] = 5;
    const ActionCounts sum = total(std::vector<ActionCounts>{a, b});
    EXPECT_EQ(sum[Action::pool], 4);
    EXPECT_EQ(sum[Action::router], 5);
    EXPECT_DOUBLE_EQ(sum.read_conductance.si(), 2.0);
}

}  // namespace
}  // namespace remask
