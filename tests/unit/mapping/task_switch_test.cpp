#include "mapping/task_switch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "sim/base/diagnostics.h"
#include "sim/base/random.h"
#include "tests/unit/mapping/examples.h"

namespace remask {
namespace {

using examples::one_matrix;
using examples::small_chip;
using Weights = std::vector<std::int32_t>;

SwitchPlan plan(const Hardware& hardware, const Network& network, const Weights& from, const Weights& to,
                const SwitchLoad& load = {}, const PulseCount& pulses = {}, int replicas = 1) {
    MappingOptions options;
    options.replicas = {replicas};
    const Mapping mapping = map_network(network, hardware, options);
    const std::vector<SlotWeights> before{from};
    const std::vector<SlotWeights> after{to};
    return plan_switch(mapping, hardware, before, after, load, pulses);
}

// 2 rows × 2 columns, weights of two base-4 digits. 6 = (2,1) → 9 = (1,2): low digit 2→1 RESET, high 1→2 SET. 3 = (3,0)
// → −3: positive 3→0 RESET, negative 0→3 SET. 0 → 0 and 7 → 7 stay.
TEST(TaskSwitch, CountsHandMadeDigits) {
    const SwitchPlan p = plan(small_chip(), one_matrix(2, 2), {6, 3, 0, 7}, {9, -3, 0, 7});
    EXPECT_EQ(p.cells_set, 2);
    EXPECT_EQ(p.cells_reset, 2);
    EXPECT_EQ(p.cells_written(), 4);
    EXPECT_EQ(p.set_pulses, 2);
    EXPECT_EQ(p.reset_pulses, 2);
    EXPECT_EQ(p.weights_rewritten, 2);
    EXPECT_EQ(p.row_selects, 2);  // one row, a SET and a RESET pass
    EXPECT_EQ(p.verify_reads, 0);
    EXPECT_EQ(p.writes_max, 1);
    EXPECT_EQ(p.cells_by_slot, std::vector<std::int64_t>{4});
    EXPECT_NEAR(p.set_energy.si(), 2 * 2e-12, 1e-24);
    EXPECT_NEAR(p.reset_energy.si(), 2 * 3e-12, 1e-24);
    EXPECT_NEAR(p.row_select_energy.si(), 2 * 1e-13, 1e-24);
    EXPECT_NEAR(p.write_time.si(), 50e-9 + 30e-9, 1e-18);
    EXPECT_DOUBLE_EQ(p.bits_loaded, 2 * 5);
    EXPECT_NEAR(p.load_energy.si(), 10 * 2e-13, 1e-24);
    EXPECT_NEAR(p.load_time.si(), 10 / 2e9, 1e-20);
    EXPECT_EQ(p.counts()[Action::cell_set], 2);
    EXPECT_EQ(p.counts()[Action::memory_load], 10);
}

TEST(TaskSwitch, NothingChangedCostsOnlyWhatIsLoaded) {
    const Weights w{6, 3, 0, 7};
    const SwitchPlan p = plan(small_chip(), one_matrix(2, 2), w, w, {.mask_bits = 100, .constants_bits = 40});
    EXPECT_EQ(p.cells_written(), 0);
    EXPECT_EQ(p.writes_max, 0);
    EXPECT_EQ(p.row_selects, 0);
    EXPECT_DOUBLE_EQ(p.write_time.si(), 0.0);
    EXPECT_NEAR(p.energy().si(), 100 * 1e-13 + 40 * 4e-13, 1e-24);
    EXPECT_NEAR(p.time().si(), 100 / 1e9 + 40 / 4e9, 1e-18);
    EXPECT_DOUBLE_EQ(p.bytes_loaded(), 140.0 / 8);
}

// Erased is level 0: in differential cells only non-zero digits are written; in offset cells weight 0 is 16 = digits
// 0,0,1.
TEST(TaskSwitch, FirstProgrammingStartsFromErasedCells) {
    Hardware hardware = small_chip();
    SwitchPlan p = plan(hardware, one_matrix(2, 2), {}, {0, 1, 5, -15});
    EXPECT_EQ(p.cells_set, 0 + 1 + 2 + 2);
    EXPECT_EQ(p.cells_reset, 0);
    EXPECT_EQ(p.weights_rewritten, 3);
    hardware.crossbar.encoding = Encoding::offset;
    p = plan(hardware, one_matrix(2, 2), {}, {0, 0, 0, 0});
    EXPECT_EQ(p.cells_set, 4);
    p = plan(hardware, one_matrix(2, 2), {0, 0, 0, 0}, {});
    EXPECT_EQ(p.cells_reset, 4);
}

/// Digits by division, side by side: level[side][slice].
std::vector<int> digits(const CrossbarParameters& p, bool erased, int weight) {
    std::vector<int> levels;
    const int base = 1 << p.cell_bits;
    const bool differential = p.encoding == Encoding::differential;
    const int bits = differential ? p.weight_bits - 1 : p.weight_bits;
    for (int side = 0; side < (differential ? 2 : 1); ++side) {
        int value = differential ? std::max(side == 0 ? weight : -weight, 0)
                                 : weight + static_cast<int>(std::lround(std::pow(2, p.weight_bits - 1)));
        if (erased) value = 0;
        for (int covered = 0; covered < bits; covered += p.cell_bits) {
            levels.push_back(value % base);
            value /= base;
        }
    }
    return levels;
}

TEST(TaskSwitch, MatchesABruteForceCountOverRandomMatrices) {
    RandomStream random(3, "switch");
    for (int trial = 0; trial < 100; ++trial) {
        Hardware h = small_chip();
        h.chip.tiles = 1000;
        h.crossbar.weight_bits = 2 + static_cast<int>(random.below(7));
        h.crossbar.cell_bits = 1 + static_cast<int>(random.below(3));
        h.crossbar.columns = 16 + static_cast<int>(random.below(16));
        h.crossbar.rows = 1 + static_cast<int>(random.below(9));
        h.crossbar.encoding = random.below(2) == 0 ? Encoding::differential : Encoding::offset;
        h.write.write_columns = 1 + static_cast<int>(random.below(6));
        h.write.pulses_per_write = 1.0 + static_cast<double>(random.below(3));
        const int K = 1 + static_cast<int>(random.below(20));
        const int N = 1 + static_cast<int>(random.below(12));
        const std::int64_t top = (1 << (h.crossbar.weight_bits - 1)) - 1;
        const bool erased = random.below(4) == 0;
        Weights from, to;
        for (int i = 0; i < K * N; ++i) {
            const auto draw = [&] {
                return static_cast<int>(static_cast<std::int64_t>(random.below(2 * top + 1)) - top);
            };
            from.push_back(draw());
            to.push_back(random.below(3) == 0 ? draw() : from.back());
        }
        const SwitchPlan p = plan(h, one_matrix(K, N), erased ? Weights{} : from, to);

        std::int64_t set = 0, reset = 0, weights = 0;
        double slowest = 0.0;
        const int per_array = h.crossbar.columns / static_cast<int>(digits(h.crossbar, false, 0).size());
        for (int tile = 0; tile * h.crossbar.rows < K; ++tile) {
            for (int first = 0; first < N; first += per_array) {
                double time = 0.0;
                for (int k = tile * h.crossbar.rows; k < std::min(K, (tile + 1) * h.crossbar.rows); ++k) {
                    int row_set = 0, row_reset = 0;
                    for (int n = first; n < std::min(N, first + per_array); ++n) {
                        const auto i = static_cast<std::size_t>(k * N + n);
                        const auto before = digits(h.crossbar, erased, from[i]);
                        const auto after = digits(h.crossbar, false, to[i]);
                        for (std::size_t c = 0; c < before.size(); ++c) {
                            row_set += after[c] > before[c];
                            row_reset += after[c] < before[c];
                        }
                        weights += before != after;
                    }
                    const int wide = h.write.write_columns;
                    time += h.write.pulses_per_write *
                            ((row_set + wide - 1) / wide * 50e-9 + (row_reset + wide - 1) / wide * 30e-9);
                    set += row_set;
                    reset += row_reset;
                }
                slowest = std::max(slowest, time);
            }
        }
        EXPECT_EQ(p.cells_set, set);
        EXPECT_EQ(p.cells_reset, reset);
        EXPECT_EQ(p.weights_rewritten, weights);
        EXPECT_EQ(p.set_pulses, set * static_cast<std::int64_t>(h.write.pulses_per_write));
        EXPECT_NEAR(p.slowest_array.si(), slowest, 1e-12 * slowest + 1e-20);
        EXPECT_DOUBLE_EQ(p.write_time.si(), p.slowest_array.si());
        if (HasFailure()) FAIL() << "trial " << trial;
    }
}

// SET of level 0 → 3 at 2 V for 50 ns: mean of 1e-6 S and 1e-4 S; RESET 2 → 1 at 1.5 V for 30 ns: G = 1e-6 +
// level/3·99e-6.
TEST(TaskSwitch, PhysicalPulsesUseTheMeanConductance) {
    Hardware hardware = small_chip();
    hardware.write.model = WriteModel::physics;
    const SwitchPlan p = plan(hardware, one_matrix(1, 2), {0, 2}, {3, 1});
    const double set = 2.0 * 2.0 * (1e-6 + 1e-4) / 2 * 50e-9;
    const double reset = 1.5 * 1.5 * (1e-6 + 99e-6 * 1.5 / 3) * 30e-9;
    EXPECT_NEAR(p.set_energy.si(), set, set * 1e-12);
    EXPECT_NEAR(p.reset_energy.si(), reset, reset * 1e-12);
}

TEST(TaskSwitch, EveryVerifiedPulseIsRead) {
    Hardware hardware = small_chip();
    hardware.write.pulses_per_write = 8.5;
    hardware.write.verify = true;
    hardware.write.verify_time = Time::from_si(20e-9);
    EXPECT_THROW(plan(hardware, one_matrix(1, 2), {0, 0}, {3, 1}), ConfigError);  // no energy.verify_read
    hardware.energy.verify_read = Energy::from_si(1e-12);
    const SwitchPlan p = plan(hardware, one_matrix(1, 2), {0, 0}, {3, 1});
    EXPECT_EQ(p.set_pulses, 17);
    EXPECT_EQ(p.verify_reads, 17);
    EXPECT_NEAR(p.verify_energy.si(), 17e-12, 1e-24);
    EXPECT_NEAR(p.set_energy.si(), 17 * 2e-12, 1e-24);
    EXPECT_NEAR(p.write_time.si(), 8.5 * 70e-9, 1e-18);
}

TEST(TaskSwitch, CountedPulsesMakeARowAsSlowAsItsSlowestCell) {
    const Hardware hardware = small_chip();
    const auto pulses = [](const CellWrite& write) { return write.to == 3 ? 6.0 : 2.0; };
    const SwitchPlan p = plan(hardware, one_matrix(1, 2), {0, 0}, {3, 1}, {}, pulses);
    EXPECT_EQ(p.set_pulses, 8);
    EXPECT_NEAR(p.write_time.si(), 6 * 50e-9, 1e-18);
    EXPECT_NEAR(p.set_energy.si(), 8 * 2e-12, 1e-24);
}

// Weight 6 is (2,1) and −3 is (3,0) on the negative side: parts are side·slices + slice.
TEST(TaskSwitch, AsksForThePulsesOfEachCellThatIsWritten) {
    std::vector<std::array<std::int64_t, 7>> asked;
    const auto pulses = [&](const CellWrite& w) {
        asked.push_back({w.slot, w.group, w.row, w.column, w.part, w.from, w.to});
        return 1.0;
    };
    plan(small_chip(), one_matrix(2, 2), {0, 0, 0, 0}, {6, 0, 0, -3}, {}, pulses);
    const std::vector<std::array<std::int64_t, 7>> expected{
        {0, 0, 0, 0, 0, 0, 2}, {0, 0, 0, 0, 1, 0, 1}, {0, 0, 1, 1, 2, 0, 3}};
    EXPECT_EQ(asked, expected);
}

TEST(TaskSwitch, ThePowerLimitStretchesTheTime) {
    Hardware hardware = small_chip();
    const Weights from(64, 0), to(64, 5);  // 16 rows × 4 columns, two SETs each
    const SwitchPlan free = plan(hardware, one_matrix(16, 4), from, to);
    hardware.write.write_power_limit = Power::from_si(1.0);  // far above
    EXPECT_DOUBLE_EQ(plan(hardware, one_matrix(16, 4), from, to).write_time.si(), free.write_time.si());
    hardware.write.write_power_limit = Power::from_si(1e-6);
    const SwitchPlan limited = plan(hardware, one_matrix(16, 4), from, to);
    EXPECT_NEAR(limited.write_time.si(), 128 * 2e-12 / 1e-6, 1e-15);
    EXPECT_DOUBLE_EQ(limited.energy().si(), free.energy().si());
}

TEST(TaskSwitch, ReplicasMultiplyCellsAndNotTime) {
    const Hardware hardware = small_chip();
    const SwitchPlan one = plan(hardware, one_matrix(2, 2), {6, 3, 0, 7}, {9, -3, 1, 7});
    const SwitchPlan three = plan(hardware, one_matrix(2, 2), {6, 3, 0, 7}, {9, -3, 1, 7}, {}, {}, 3);
    EXPECT_EQ(three.cells_set, 3 * one.cells_set);
    EXPECT_EQ(three.cells_reset, 3 * one.cells_reset);
    EXPECT_EQ(three.row_selects, 3 * one.row_selects);
    EXPECT_NEAR(three.set_energy.si(), 3 * one.set_energy.si(), 1e-24);
    EXPECT_DOUBLE_EQ(three.write_time.si(), one.write_time.si());
    EXPECT_DOUBLE_EQ(three.bits_loaded, one.bits_loaded);  // a weight is loaded once
}

TEST(TaskSwitch, MoreWriteColumnsAreNeverSlower) {
    RandomStream random(5, "write columns");
    Weights from, to;
    for (int i = 0; i < 40 * 12; ++i) {
        from.push_back(static_cast<int>(random.below(31)) - 15);
        to.push_back(static_cast<int>(random.below(31)) - 15);
    }
    Hardware hardware = small_chip();
    double last = std::numeric_limits<double>::infinity();
    for (const int wide : {1, 2, 4, 8, 16, 32}) {
        hardware.write.write_columns = wide;
        const double time = plan(hardware, one_matrix(40, 12), from, to).time().si();
        EXPECT_LE(time, last) << wide;
        last = time;
    }
}

TEST(TaskSwitch, RefusesWeightsOfAWrongSizeOrRange) {
    EXPECT_THROW(plan(small_chip(), one_matrix(2, 2), {1, 2, 3}, {1, 2, 3, 4}), InternalError);
    EXPECT_THROW(plan(small_chip(), one_matrix(2, 2), {1, 2, 3, 4}, {1, 2, 3, 16}), InternalError);
}

}  // namespace
}  // namespace remask
