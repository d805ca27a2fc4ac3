// Networks that take the chip in rounds: who is on it when, what programming costs, what travels.
#include "mapping/rounds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <tuple>

#include "mapping/cell_levels.h"
#include "sim/base/diagnostics.h"
#include "sim/base/random.h"
#include "tests/unit/mapping/examples.h"

namespace remask {
namespace {

using examples::layer;
using examples::small_chip;
using Weights = std::vector<std::vector<std::int32_t>>;

/// input [widths[0]] → linear widths[1] → … → classifier of 2 (digital).
Network chain(const std::vector<int>& widths) {
    Network network = examples::one_matrix(widths[0], widths[1]);
    Layer classifier = network.layers.back();
    network.layers.pop_back();
    for (std::size_t i = 2; i < widths.size(); ++i) {
        Layer hidden =
            layer("hidden" + std::to_string(i), LayerKind::linear, {static_cast<int>(network.layers.size()) - 1});
        hidden.out_channels = widths[i];
        network.layers.push_back(hidden);
    }
    classifier.inputs = {static_cast<int>(network.layers.size()) - 1};
    network.layers.push_back(classifier);
    finish(network);
    return network;
}

Mapping in_rounds(const Network& network, const Hardware& hardware) {
    MappingOptions options;
    options.in_rounds = true;
    return map_network(network, hardware, options);
}

std::vector<SlotWeights> spans(const Weights& weights) {
    return {weights.begin(), weights.end()};
}

Hardware chip_of_one_pe() {
    Hardware hardware = small_chip();
    hardware.chip.tiles = 1;
    hardware.chip.pes_per_tile = 1;
    return hardware;
}

// Two matrices, 16 × 4 and 4 × 4, an array each, on a chip of one PE: two rounds on the same array. All weights of the
// first are 1, of the second 2: in the positive column's lower slice, levels 1 and 2. From the second batch on the 4 ×
// 4 cells that both use go from 1 to 2 (SET, 2 pJ) and back (RESET, 3 pJ); rows 4 to 15 keep the first matrix's level.
TEST(Rounds, WriteTheCellsThatDifferWorkedOutByHand) {
    const Hardware hardware = chip_of_one_pe();
    const Network network = chain({16, 4, 4});
    const Mapping mapping = in_rounds(network, hardware);
    ASSERT_EQ(mapping.rounds, 2);
    EXPECT_EQ(mapping.tiles, 1);
    EXPECT_EQ(mapping.slots[1].first_pe, 0);
    const Weights weights{std::vector<std::int32_t>(64, 1), std::vector<std::int32_t>(16, 2)};
    const RoundsPlan plan = plan_rounds(mapping, hardware, spans(weights));
    ASSERT_EQ(plan.rounds.size(), 2u);
    EXPECT_EQ(plan.rounds[0].cells_reset, 16);
    EXPECT_EQ(plan.rounds[0].cells_set, 0);
    EXPECT_EQ(plan.rounds[1].cells_set, 16);
    EXPECT_EQ(plan.rounds[1].cells_reset, 0);
    EXPECT_EQ(plan.writes_max, 2);
    // Four rows selected at 0.1 pJ; 16 weights of 5 bits loaded at 0.2 pJ a bit.
    EXPECT_DOUBLE_EQ(plan.rounds[0].energy().si(), 16 * 3e-12 + 4 * 1e-13 + 80 * 2e-13);
    EXPECT_DOUBLE_EQ(plan.rounds[1].energy().si(), 16 * 2e-12 + 4 * 1e-13 + 80 * 2e-13);
    // Four cells at a time, so a row a pulse of 30 or 50 ns; 80 bits at 2 Gbit/s.
    EXPECT_DOUBLE_EQ(plan.rounds[0].time().si(), 4 * 30e-9 + 80 / 2e9);
    EXPECT_DOUBLE_EQ(plan.rounds[1].time().si(), 4 * 50e-9 + 80 / 2e9);
    // The first matrix's 4 results of 8 bits leave after its round and come back for the second.
    const std::vector<RoundTraffic> traffic = round_traffic(mapping, network, hardware);
    EXPECT_EQ(traffic[0].written, 32);
    EXPECT_EQ(traffic[0].read, 0);
    EXPECT_EQ(traffic[1].written, 0);
    EXPECT_EQ(traffic[1].read, 32);
}

/// Cells written in a batch, and by the most-written one: every batch is played on a plain map of cells, three times.
std::pair<std::int64_t, std::int64_t> play(const Mapping& mapping, const Hardware& hardware, const Weights& weights) {
    std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t>, std::pair<int, std::int64_t>>
        cells;  // level, writes
    std::int64_t written = 0;
    std::vector<std::int32_t> levels(4);  // 2 slices, 2 sides
    for (int batch = 0; batch < 3; ++batch) {
        written = 0;
        for (auto& entry : cells) entry.second.second = 0;
        for (std::size_t s = 0; s < weights.size(); ++s) {
            const MappedSlot& slot = mapping.slots[s];
            const std::int64_t column_tiles = slot.geometry.column_tiles;
            for (std::int64_t k = 0; k < slot.geometry.rows; ++k) {
                for (std::int64_t n = 0; n < slot.geometry.columns; ++n) {
                    cell_levels(hardware.crossbar, weights[s][static_cast<std::size_t>(k * slot.geometry.columns + n)],
                                levels);
                    const std::int64_t array =
                        slot.first_pe * hardware.chip.arrays_per_pe + k / 16 * column_tiles + n / 4;
                    for (int part = 0; part < 4; ++part) {
                        auto& [level, writes] = cells[{array, k % 16, n % 4 * 4 + part}];
                        // Where a part lies within its weight does not matter here, as long as it is always the same.
                        if (level == levels[static_cast<std::size_t>(part)]) continue;
                        level = levels[static_cast<std::size_t>(part)];
                        ++writes;
                        ++written;
                    }
                }
            }
        }
    }
    std::int64_t most = 0;
    for (const auto& entry : cells) most = std::max(most, entry.second.second);
    return {written, most};
}

TEST(Rounds, EqualACellByCellPlayOverRandomNetworks) {
    for (std::uint64_t seed = 0; seed < 25; ++seed) {
        SCOPED_TRACE(seed);
        RandomStream random(seed, "rounds");
        const auto draw = [&](int from, int to) { return from + static_cast<int>(random.uniform() * (to - from + 1)); };
        Hardware hardware = small_chip();
        hardware.chip.tiles = draw(1, 3);
        hardware.chip.pes_per_tile = 4;
        std::vector<int> widths{draw(1, 40)};
        for (int i = draw(2, 5); i > 0; --i) widths.push_back(draw(1, 20));
        const Network network = chain(widths);
        Mapping mapping;
        try {
            mapping = in_rounds(network, hardware);
        } catch (const ConfigError&) {
            continue;  // a layer larger than the chip
        }
        Weights weights;
        for (const MappedSlot& slot : mapping.slots) {
            weights.emplace_back();
            for (std::int64_t i = 0; i < slot.weights(); ++i) weights.back().push_back(draw(-15, 15));
        }
        const RoundsPlan plan = plan_rounds(mapping, hardware, spans(weights));
        std::int64_t written = 0;
        for (const SwitchPlan& round : plan.rounds) written += round.cells_written();
        const auto [expected, most] = play(mapping, hardware, weights);
        EXPECT_EQ(written, expected);
        EXPECT_EQ(plan.writes_max, most);
        if (mapping.rounds == 1) {
            EXPECT_EQ(written, 0);
        }
    }
}

// PEs of 2 arrays: 16 × 4 takes one array (1 PE), 4 × 8 two (1 PE), 8 × 12 three (2 PEs), 12 × 4 one (1 PE). A chip of
// three PEs holds the first two and not the third with them, then the third and the fourth.
TEST(Rounds, HoldAsManyLayersAsFitInTheirOrder) {
    Hardware hardware = small_chip();
    hardware.chip.tiles = 3;
    hardware.chip.pes_per_tile = 1;
    const Mapping mapping = in_rounds(chain({16, 4, 8, 12, 4}), hardware);
    std::vector<int> rounds;
    std::vector<std::int64_t> first;
    for (const MappedSlot& slot : mapping.slots) {
        rounds.push_back(slot.round);
        first.push_back(slot.first_pe);
    }
    EXPECT_EQ(rounds, (std::vector<int>{0, 0, 1, 1}));
    EXPECT_EQ(first, (std::vector<std::int64_t>{0, 1, 0, 2}));
    EXPECT_EQ(mapping.rounds, 2);
    EXPECT_EQ(mapping.tiles, 3);
    EXPECT_EQ(mapping.pes, 5);
    hardware.chip.tiles = 5;
    EXPECT_EQ(in_rounds(chain({16, 4, 8, 12, 4}), hardware).rounds, 1);
}

TEST(Rounds, ALayerLargerThanTheChipIsRefused) {
    Hardware hardware = chip_of_one_pe();
    try {
        in_rounds(chain({16, 4, 4, 48, 4}), hardware);
        FAIL();
    } catch (const ConfigError& error) {
        EXPECT_EQ(error.diagnostics()[0].path, "hardware.chip.tiles");
        EXPECT_THAT(error.what(), testing::HasSubstr("layer 'hidden3' alone needs 6 tiles"));
    }
}

}  // namespace
}  // namespace remask
