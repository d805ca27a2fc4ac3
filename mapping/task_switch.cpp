#include "mapping/task_switch.h"

#include <algorithm>
#include <cmath>

#include "mapping/cell_levels.h"
#include "mapping/slot_levels.h"
#include "mapping/slot_weights.h"
#include "sim/base/diagnostics.h"
#include "sim/hardware/config_fault.h"

namespace remask {

namespace {

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
    return (a + b - 1) / b;
}

/// What changes in one row of one array.
struct RowChanges {
    std::int64_t set = 0, reset = 0;                    ///< cells
    double most_set_pulses = 0, most_reset_pulses = 0;  ///< of any one cell
    std::int64_t weights = 0;                           ///< with a changed cell
};

/// Pulses by (old level, new level): all energies follow from it.
class Transitions {
public:
    explicit Transitions(int cell_bits)
        : levels_(1 << cell_bits), pulses_(static_cast<std::size_t>(levels_) * levels_) {}
    int levels() const { return levels_; }
    /// Counts, so that the sum of many is exact.
    void add(int from, int to, double pulses) { pulses_[index(from, to)] += pulses; }
    double pulses(int from, int to) const { return pulses_[index(from, to)]; }

private:
    std::size_t index(int from, int to) const { return static_cast<std::size_t>(from) * levels_ + to; }
    int levels_;
    std::vector<double> pulses_;
};

class Planner {
public:
    Planner(const Hardware& hardware, const PulseCount& pulses)
        : hardware_(hardware), pulses_(pulses), transitions_(hardware.crossbar.cell_bits) {
        from_levels_.resize(static_cast<std::size_t>(cells_per_weight(hardware.crossbar)));
        to_levels_.resize(from_levels_.size());
    }

    void add_slot(const MappedSlot& slot, SlotWeights from, SlotWeights to) {
        const std::int64_t before = plan_.cells_written();
        if (!same_weights(from, to)) {
            const SlotLevels before_levels(hardware_.crossbar, slot.geometry, from);
            const SlotLevels after_levels(hardware_.crossbar, slot.geometry, to);
            for (const MappedArray& array : slot.arrays) add_array(slot, array, before_levels, after_levels);
        }
        plan_.cells_by_slot.push_back(plan_.cells_written() - before);
        ++write_.slot;
    }

    SwitchPlan finish(const SwitchLoad& load) {
        add_pulses();
        add_reads();
        add_load(load);
        plan_.writes_max = plan_.cells_written() > 0 ? 1 : 0;
        plan_.write_time = plan_.slowest_array;
        if (const auto& limit = hardware_.write.write_power_limit) {
            plan_.write_time = std::max(plan_.write_time, (plan_.set_energy + plan_.reset_energy) / *limit);
        }
        return plan_;
    }

private:
    /// Without counts of their own all cells take the same number, which is multiplied in at the end.
    double pulses_for(const CellWrite& write) const { return pulses_ ? pulses_(write) : 1.0; }
    double pulse_factor() const { return pulses_ ? 1.0 : hardware_.write.pulses_per_write; }

    void add_array(const MappedSlot& slot, const MappedArray& array, const SlotLevels& from, const SlotLevels& to) {
        Time time;
        for (std::int64_t row = 0; row < array.rows; ++row) {
            const RowChanges changes = compare_row(slot, array, row, from, to);
            plan_.cells_set += changes.set * slot.replicas;
            plan_.cells_reset += changes.reset * slot.replicas;
            plan_.row_selects += ((changes.set > 0 ? 1 : 0) + (changes.reset > 0 ? 1 : 0)) * slot.replicas;
            plan_.weights_rewritten += changes.weights;
            time += row_time(changes);
        }
        plan_.slowest_array = std::max(plan_.slowest_array, time);
    }

    Time row_time(const RowChanges& changes) const {
        const WriteParameters& write = hardware_.write;
        const Time verify = write.verify ? write.verify_time : Time{};
        const auto pass = [&](std::int64_t cells, double pulses, Time pulse) {
            const double most = pulses * pulse_factor();
            return static_cast<double>(ceil_div(cells, write.write_columns)) * most * (pulse + verify);
        };
        return pass(changes.set, changes.most_set_pulses, write.set_pulse) +
               pass(changes.reset, changes.most_reset_pulses, write.reset_pulse);
    }

    RowChanges compare_row(const MappedSlot& slot, const MappedArray& array, std::int64_t row, const SlotLevels& from,
                           const SlotLevels& to) {
        const CrossbarGeometry& geometry = slot.geometry;
        const std::int64_t k = array.row_tile * geometry.rows_per_tile + row;
        const std::int64_t first = (array.group * geometry.rows + k) * geometry.columns + array.first_column;
        RowChanges changes;
        write_.group = array.group;
        write_.row = k;
        for (std::int64_t i = first; i < first + array.logical_columns; ++i) {
            const auto index = static_cast<std::size_t>(i);
            if (from.same(index, to)) continue;
            from.read(index, from_levels_);
            to.read(index, to_levels_);
            write_.column = array.first_column + (i - first);
            changes.weights += compare_cells(changes, slot.replicas) ? 1 : 0;
        }
        return changes;
    }

    bool compare_cells(RowChanges& changes, int replicas) {
        bool changed = false;
        for (std::size_t cell = 0; cell < from_levels_.size(); ++cell) {
            const int from = from_levels_[cell];
            const int to = to_levels_[cell];
            if (from == to) continue;
            changed = true;
            write_.part = static_cast<int>(cell);
            write_.from = from;
            write_.to = to;
            const double pulses = pulses_for(write_);
            transitions_.add(from, to, pulses * replicas);
            ++(to > from ? changes.set : changes.reset);
            double& most = to > from ? changes.most_set_pulses : changes.most_reset_pulses;
            most = std::max(most, pulses);
        }
        return changed;
    }

    /// Energy of one pulse on a cell between two levels.
    Energy pulse_energy(int from, int to) const {
        const WriteParameters& write = hardware_.write;
        const bool set = to > from;
        if (write.model == WriteModel::fixed) return set ? write.set_energy.value() : write.reset_energy.value();
        const double off = 1.0 / hardware_.cell.off_resistance.value().si();
        const double on = 1.0 / hardware_.cell.on_resistance.value().si();
        const double mean_level = (from + to) / 2.0 / (transitions_.levels() - 1);
        const Conductance conductance = Conductance::from_si(off + mean_level * (on - off));
        const Voltage voltage = set ? write.set_voltage.value() : write.reset_voltage.value();
        return voltage * voltage * conductance * (set ? write.set_pulse : write.reset_pulse);
    }

    void add_pulses() {
        double set_pulses = 0.0;
        double reset_pulses = 0.0;
        for (int from = 0; from < transitions_.levels(); ++from) {
            for (int to = 0; to < transitions_.levels(); ++to) {
                if (transitions_.pulses(from, to) == 0.0) continue;
                const double pulses = transitions_.pulses(from, to) * pulse_factor();
                (to > from ? set_pulses : reset_pulses) += pulses;
                (to > from ? plan_.set_energy : plan_.reset_energy) += pulse_energy(from, to) * pulses;
            }
        }
        plan_.set_pulses = std::llround(set_pulses);
        plan_.reset_pulses = std::llround(reset_pulses);
        if (hardware_.write.verify) plan_.verify_reads = plan_.set_pulses + plan_.reset_pulses;
    }

    static Energy priced(std::int64_t count, const std::optional<Energy>& each, const char* action) {
        if (count == 0) return {};
        if (!each) {
            refuse_config(std::string("hardware.energy.") + action,
                          "is missing, but this action was counted " + std::to_string(count) +
                              " times in a task switch: give its energy (0 if it costs none)");
        }
        return *each * static_cast<double>(count);
    }

    void add_reads() {
        plan_.verify_energy = priced(plan_.verify_reads, hardware_.energy.verify_read, "verify_read");
        plan_.row_select_energy = priced(plan_.row_selects, hardware_.energy.row_select, "row_select");
    }

    void add_load(const SwitchLoad& load) {
        const double weight_bits = static_cast<double>(plan_.weights_rewritten) * hardware_.crossbar.weight_bits;
        const auto from = [&](const MemoryParameters& memory, double bits) {
            const DataSize size = DataSize::from_si(bits);
            plan_.bits_loaded += bits;
            plan_.load_energy += size * memory.energy;
            plan_.load_time += size / memory.bandwidth;
        };
        from(hardware_.memory.weight, weight_bits);
        from(hardware_.memory.mask, load.mask_bits);
        from(hardware_.memory.constants, load.constants_bits);
    }

    const Hardware& hardware_;
    const PulseCount& pulses_;
    Transitions transitions_;
    CellWrite write_;  ///< the one at hand
    std::vector<std::int32_t> from_levels_, to_levels_;
    SwitchPlan plan_;
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
