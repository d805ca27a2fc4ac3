#include "mapping/rounds.h"

#include <algorithm>
#include <map>
#include <set>

#include "mapping/array_cells.h"
#include "mapping/slot_weights.h"
#include "mapping/write_tally.h"

namespace remask {

namespace {

/// The cells of one array of the chip as the rounds leave them.
struct ArrayCells {
    std::vector<std::uint8_t> levels;   ///< [rows, columns]
    std::vector<std::uint16_t> writes;  ///< the same
};

class RoundPlanner {
public:
    RoundPlanner(const Mapping& mapping, const Hardware& hardware, std::span<const SlotWeights> weights,
                 const PulseCount& pulses)
        : mapping_(mapping), hardware_(hardware), weights_(weights), pulses_(pulses) {}

    /// All rounds once, from what is on the chip.
    std::vector<SwitchPlan> pass() {
        std::vector<SwitchPlan> plans;
        for (int round = 0; round < mapping_.rounds; ++round) {
            WriteTally tally(hardware_, pulses_);
            for (std::size_t s = 0; s < mapping_.slots.size(); ++s) {
                const std::int64_t before = tally.cells_written();
                if (mapping_.slots[s].round == round) program(s, tally);
                tally.end_slot(before);
            }
            plans.push_back(tally.finish({}));
        }
        return plans;
    }

    void forget_writes() {
        for (auto& entry : cells_) std::fill(entry.second.writes.begin(), entry.second.writes.end(), std::uint16_t{0});
    }

    std::int64_t most_writes() const {
        std::int64_t most = 0;
        for (const auto& entry : cells_) {
            for (const std::uint16_t writes : entry.second.writes) most = std::max<std::int64_t>(most, writes);
        }
        return most;
    }

private:
    ArrayCells& cells_of(const MappedSlot& slot, std::size_t array) {
        const auto first = slot.first_pe * mapping_.placement.arrays_per_pe;
        ArrayCells& cells = cells_[first + static_cast<std::int64_t>(array)];
        const auto size = static_cast<std::size_t>(cells_of_array(hardware_.crossbar));
        cells.levels.resize(size);
        cells.writes.resize(size);
        return cells;
    }

    void program(std::size_t s, WriteTally& tally) {
        const MappedSlot& slot = mapping_.slots[s];
        const SlotLevels wanted(hardware_.crossbar, slot.geometry, weights_[s]);
        tally.begin_slot(1);
        write_.slot = static_cast<std::int64_t>(s);
        for (std::size_t i = 0; i < slot.arrays.size(); ++i) {
            tally.begin_array();
            ArrayCells& cells = cells_of(slot, i);
            for (std::int64_t row = 0; row < slot.arrays[i].rows; ++row) {
                program_row(slot, slot.arrays[i], row, wanted, cells, tally);
                tally.end_row();
            }
        }
    }

    void program_row(const MappedSlot& slot, const MappedArray& array, std::int64_t row, const SlotLevels& wanted,
                     ArrayCells& cells, WriteTally& tally) {
        std::size_t last_weight = none;
        write_.group = array.group;
        for_each_cell(hardware_.crossbar, slot, array, row, wanted, [&](const ArrayCell& cell) {
            if (cells.levels[cell.index] == cell.level) return;
            write_.row = cell.k;
            write_.column = cell.column;
            write_.part = static_cast<int>(cell.part);
            write_.from = cells.levels[cell.index];
            write_.to = cell.level;
            tally.add(write_);
            cells.levels[cell.index] = static_cast<std::uint8_t>(cell.level);
            ++cells.writes[cell.index];
            if (cell.weight != last_weight) tally.add_weight();
            last_weight = cell.weight;
        });
    }

    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    const Mapping& mapping_;
    const Hardware& hardware_;
    std::span<const SlotWeights> weights_;
    const PulseCount& pulses_;
    CellWrite write_;                           ///< the one at hand
    std::map<std::int64_t, ArrayCells> cells_;  ///< by array, counted along the PEs
};

}  // namespace

std::vector<int> layer_rounds(const Mapping& mapping, const Network& network) {
    std::vector<int> rounds(network.layers.size(), -1);
    for (const MappedSlot& slot : mapping.slots) rounds[static_cast<std::size_t>(slot.layer)] = slot.round;
    for (std::size_t i = 0; i < rounds.size(); ++i) {
        if (rounds[i] >= 0) continue;
        rounds[i] = 0;
        for (const int input : network.layers[i].inputs) {
            rounds[i] = std::max(rounds[i], rounds[static_cast<std::size_t>(input)]);
        }
    }
    return rounds;
}

RoundsPlan plan_rounds(const Mapping& mapping, const Hardware& hardware, std::span<const SlotWeights> weights,
                       const PulseCount& pulses) {
    std::vector<std::int64_t> sizes;
    for (const MappedSlot& slot : mapping.slots) sizes.push_back(slot.weights());
    check_weights(sizes, weights);
    RoundPlanner planner(mapping, hardware, weights, pulses);
    planner.pass();  // the first programming, from erased cells
    planner.forget_writes();
    RoundsPlan plan;
    plan.rounds = planner.pass();  // every batch after it is like this one
    plan.writes_max = planner.most_writes();
    return plan;
}

std::vector<RoundTraffic> round_traffic(const Mapping& mapping, const Network& network, const Hardware& hardware) {
    const std::vector<int> rounds = layer_rounds(mapping, network);
    std::vector<RoundTraffic> traffic(static_cast<std::size_t>(mapping.rounds));
    std::set<std::pair<int, int>> read;  // layer, round
    std::set<int> written;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        for (const int input : network.layers[i].inputs) {
            const int from = rounds[static_cast<std::size_t>(input)], to = rounds[i];
            if (from == to) continue;
            const std::int64_t bits =
                network.layers[static_cast<std::size_t>(input)].output.size() * hardware.chip.output_bits;
            if (written.insert(input).second) traffic[static_cast<std::size_t>(from)].written += bits;
            if (read.insert({input, to}).second) traffic[static_cast<std::size_t>(to)].read += bits;
        }
    }
    return traffic;
}

}  // namespace remask
