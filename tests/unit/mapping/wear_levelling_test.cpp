// Wear over spare PEs against a simulation of every cycle and every move.
#include "mapping/wear_levelling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <numeric>

#include "mapping/pe_cells.h"
#include "sim/base/random.h"
#include "tests/unit/mapping/examples.h"

namespace remask {
namespace {

std::vector<PeCells> random_pes(RandomStream& random, std::int64_t pes, std::size_t cells) {
    std::vector<PeCells> made(static_cast<std::size_t>(pes));
    for (PeCells& pe : made) {
        for (std::size_t c = 0; c < cells; ++c) {
            const bool used = random.uniform() < 0.8;
            pe.levels.push_back(used ? static_cast<std::int16_t>(random.uniform() * 4) : std::int16_t{-1});
            pe.writes.push_back(used ? static_cast<std::uint16_t>(random.uniform() * 3) : std::uint16_t{0});
        }
    }
    return made;
}

/// A chip of physical PEs, cycle after cycle.
class Simulation {
public:
    Simulation(const std::vector<PeCells>& pes, std::int64_t spares)
        : pes_(pes), levels_(pes.size() + static_cast<std::size_t>(spares)), writes_(levels_.size()) {
        for (auto& levels : levels_) levels.assign(pes[0].levels.size(), 0);
        for (auto& writes : writes_) writes.assign(pes[0].levels.size(), 0);
        for (std::size_t p = 0; p < pes.size(); ++p) {
            place_.push_back(p);
            write(p, p);
        }
        for (std::size_t free = pes.size(); free < levels_.size(); ++free) spare_.push_back(free);
    }

    void cycle() {
        for (std::size_t p = 0; p < pes_.size(); ++p) {
            for (std::size_t c = 0; c < pes_[p].writes.size(); ++c) writes_[place_[p]][c] += pes_[p].writes[c];
        }
    }
    void move() {
        const std::size_t to = spare_.front();
        spare_.pop_front();
        spare_.push_back(place_[next_]);
        place_[next_] = to;
        write(next_, to);
        next_ = (next_ + 1) % pes_.size();
    }
    const std::vector<std::vector<std::int64_t>>& writes() const { return writes_; }

private:
    void write(std::size_t pe, std::size_t to) {
        for (std::size_t c = 0; c < pes_[pe].levels.size(); ++c) {
            if (pes_[pe].levels[c] < 0 || levels_[to][c] == pes_[pe].levels[c]) continue;
            levels_[to][c] = pes_[pe].levels[c];
            ++writes_[to][c];
        }
    }
    const std::vector<PeCells>& pes_;
    std::vector<std::vector<std::int16_t>> levels_;
    std::vector<std::vector<std::int64_t>> writes_;
    std::vector<std::size_t> place_;
    std::deque<std::size_t> spare_;
    std::size_t next_ = 0;
};

TEST(WearLevelling, EqualsASimulationOfEveryCycle) {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        SCOPED_TRACE(seed);
        RandomStream random(seed, "wear levelling");
        const auto draw = [&](int from, int to) { return from + static_cast<int>(random.uniform() * (to - from + 1)); };
        const std::int64_t count = draw(1, 8), spares = draw(1, 6), cycles_per_move = draw(1, 3);
        const std::vector<PeCells> pes = random_pes(random, count, 5);
        const LevelledWear wear = level_wear(count, spares, cycles_per_move,
                                             [&](std::int64_t pe) { return pes[static_cast<std::size_t>(pe)]; });
        Simulation chip(pes, spares);
        const auto run = [&](std::int64_t cycles) {
            for (std::int64_t i = 1; i <= cycles; ++i) {
                chip.cycle();
                if (i % cycles_per_move == 0) chip.move();
            }
        };
        run(2 * wear.cycles);  // what was erased at first is forgotten
        const auto before = chip.writes();
        run(wear.cycles);
        std::int64_t most = 0;
        for (std::size_t pe = 0; pe < before.size(); ++pe) {
            for (std::size_t c = 0; c < before[pe].size(); ++c)
                most = std::max(most, chip.writes()[pe][c] - before[pe][c]);
        }
        EXPECT_EQ(wear.writes_max, most);
    }
}

// Four PEs, one of which is written twice a cycle at one cell, at equal levels: with one spare each physical PE holds
// it for 4 of 20 cycles a turn, 8 writes. Two spares have a divisor in common with four PEs: then half of the physical
// PEs take turns in holding it, for 4 of 12 cycles.
TEST(WearLevelling, SpreadsAHotPeWorkedOutByHand) {
    const auto cells = [](std::int64_t pe) { return PeCells{{1}, {static_cast<std::uint16_t>(pe == 2 ? 2 : 0)}}; };
    const LevelledWear one = level_wear(4, 1, 1, cells);
    EXPECT_EQ(one.cycles, 20);
    EXPECT_EQ(one.writes_max, 8);
    const LevelledWear two = level_wear(4, 2, 1, cells);
    EXPECT_EQ(two.cycles, 12);
    EXPECT_EQ(two.writes_max, 8);
}

// A matrix of 16 × 12 takes three arrays, two PEs of two: [a b] and [c -]. Weights 1 (level 1 of the lower slice's
// positive cell), in c weights 2. With one spare a comes after c on every PE, c after a.
TEST(WearLevelling, MovesWriteTheCellsThatDiffer) {
    const Hardware hardware = examples::small_chip();
    const Network network = examples::one_matrix(16, 12);
    const Mapping mapping = map_network(network, hardware);
    ASSERT_EQ(mapping.pes, 2);
    std::vector<std::int32_t> weights(16 * 12, 1), other(16 * 12, 1);
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (i % 12 >= 8) weights[i] = other[i] = 2;
    }
    other[0] = 5;  // digits 1, 1: one cell more at level 1
    WearCounter wear(mapping, hardware);
    const std::vector<SlotWeights> u{weights}, v{other};
    wear.add(u, v);
    wear.add(v, u);
    const PeCellReader reader(mapping, hardware, wear, u);
    std::int64_t cells = 0;
    const LevelledWear levelled = level_wear(
        2, 1, 1, [&](std::int64_t pe) { return reader.read(pe); },
        [&](std::int64_t pe, const auto& found) { cells += reader.move(pe, found, {}).cells_written(); });
    // a over c: 64 cells from 2 to 1; c over a: back again. b's array is free when c is there and keeps b.
    EXPECT_EQ(cells, 2 * 64);
    EXPECT_EQ(levelled.cycles, 2 * 3);
    // The cell that 5 sets, the positive upper slice, is written twice a cycle, for 2 of 6 cycles; its level is 0 when
    // a cycle ends, so moves do not write it. Every other cell of a is written twice a turn by moves.
    EXPECT_EQ(levelled.writes_max, 4);
}

}  // namespace
}  // namespace remask
