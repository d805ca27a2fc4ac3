#include "mapping/task_switch.h"

#include <algorithm>
#include <cmath>

#include "mapping/cell_levels.h"
#include "mapping/slot_levels.h"
#include "mapping/slot_weights.h"
#include "mapping/write_tally.h"
#include "sim/base/diagnostics.h"

namespace remask {

namespace {

/// Compares what lies on the arrays with what shall lie there.
class Planner {
public:
    Planner(const Hardware& hardware, const PulseCount& pulses) : hardware_(hardware), tally_(hardware, pulses) {
        from_levels_.resize(static_cast<std::size_t>(cells_per_weight(hardware.crossbar)));
        to_levels_.resize(from_levels_.size());
    }

    void add_slot(const MappedSlot& slot, SlotWeights from, SlotWeights to) {
        const std::int64_t before = tally_.cells_written();
        if (!same_weights(from, to)) {
            const SlotLevels before_levels(hardware_.crossbar, slot.geometry, from);
            const SlotLevels after_levels(hardware_.crossbar, slot.geometry, to);
            tally_.begin_slot(slot.replicas);
            for (const MappedArray& array : slot.arrays) {
                tally_.begin_array();
                for (std::int64_t row = 0; row < array.rows; ++row) {
                    compare_row(slot, array, row, before_levels, after_levels);
                    tally_.end_row();
                }
            }
        }
        tally_.end_slot(before);
        ++write_.slot;
    }

    SwitchPlan finish(const SwitchLoad& load) { return tally_.finish(load); }

private:
    void compare_row(const MappedSlot& slot, const MappedArray& array, std::int64_t row, const SlotLevels& from,
                     const SlotLevels& to) {
        const CrossbarGeometry& geometry = slot.geometry;
        const std::int64_t k = array.row_tile * geometry.rows_per_tile + row;
        const std::int64_t first = (array.group * geometry.rows + k) * geometry.columns + array.first_column;
        write_.group = array.group;
        write_.row = k;
        for (std::int64_t i = first; i < first + array.logical_columns; ++i) {
            const auto index = static_cast<std::size_t>(i);
            if (from.same(index, to)) continue;
            from.read(index, from_levels_);
            to.read(index, to_levels_);
            write_.column = array.first_column + (i - first);
            if (compare_cells()) tally_.add_weight();
        }
    }

    bool compare_cells() {
        bool changed = false;
        for (std::size_t cell = 0; cell < from_levels_.size(); ++cell) {
            if (from_levels_[cell] == to_levels_[cell]) continue;
            changed = true;
            write_.part = static_cast<int>(cell);
            write_.from = from_levels_[cell];
            write_.to = to_levels_[cell];
            tally_.add(write_);
        }
        return changed;
    }

    const Hardware& hardware_;
    WriteTally tally_;
    CellWrite write_;  ///< the one at hand
    std::vector<std::int32_t> from_levels_, to_levels_;
};

}  // namespace

void check_weights(std::span<const std::int64_t> expected, std::span<const SlotWeights> weights) {
    if (weights.size() != expected.size()) throw InternalError("a task switch needs weights for each slot");
    for (std::size_t s = 0; s < weights.size(); ++s) {
        if (!weights[s].empty() && static_cast<std::int64_t>(weights[s].size()) != expected[s]) {
            throw InternalError("a task switch needs " + std::to_string(expected[s]) + " weights in slot " +
                                std::to_string(s) + ", not " + std::to_string(weights[s].size()));
        }
    }
}

bool same_weights(SlotWeights a, SlotWeights b) {
    return a.size() == b.size() && (a.data() == b.data() || std::equal(a.begin(), a.end(), b.begin()));
}

std::map<std::string, Energy> SwitchPlan::energy_by_component() const {
    return {{"set", set_energy},
            {"reset", reset_energy},
            {"verify", verify_energy},
            {"row_select", row_select_energy},
            {"memory_load", load_energy}};
}

ActionCounts SwitchPlan::counts() const {
    ActionCounts counts;
    counts[Action::cell_set] = set_pulses;
    counts[Action::cell_reset] = reset_pulses;
    counts[Action::verify_read] = verify_reads;
    counts[Action::row_select] = row_selects;
    counts[Action::memory_load] = std::llround(std::ceil(bits_loaded));
    return counts;
}

SwitchPlan plan_switch(const Mapping& mapping, const Hardware& hardware, std::span<const SlotWeights> from,
                       std::span<const SlotWeights> to, const SwitchLoad& load, const PulseCount& pulses) {
    std::vector<std::int64_t> sizes;
    for (const MappedSlot& slot : mapping.slots) sizes.push_back(slot.weights());
    check_weights(sizes, from);
    check_weights(sizes, to);
    Planner planner(hardware, pulses);
    for (std::size_t s = 0; s < mapping.slots.size(); ++s) planner.add_slot(mapping.slots[s], from[s], to[s]);
    return planner.finish(load);
}

}  // namespace remask
