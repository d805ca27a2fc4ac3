// Adds up what writing cells costs, row by row and array by array: pulses, energy, time. Inside the folder only.
#pragma once

#include <cstdint>
#include <vector>

#include "mapping/task_switch.h"

namespace remask {

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

class WriteTally {
public:
    /// `pulses`: of each cell; empty = write.pulses_per_write. Keeps references to both.
    WriteTally(const Hardware& hardware, const PulseCount& pulses);

    /// The arrays that follow are there so many times.
    void begin_slot(int replicas) { replicas_ = replicas; }
    void begin_array();
    /// A cell that is rewritten: write.from and write.to differ.
    void add(const CellWrite& write);
    /// A weight of this row has a rewritten cell.
    void add_weight() { ++plan_.weights_rewritten; }
    void end_row();

    std::int64_t cells_written() const { return plan_.cells_written(); }
    void end_slot(std::int64_t cells_before) { plan_.cells_by_slot.push_back(plan_.cells_written() - cells_before); }
    /// The whole, with what is loaded.
    SwitchPlan finish(const SwitchLoad& load);

private:
    /// What changes in one row of one array.
    struct RowChanges {
        std::int64_t set = 0, reset = 0;                    ///< cells
        double most_set_pulses = 0, most_reset_pulses = 0;  ///< of any one cell
    };

    double pulse_factor() const { return pulses_ ? 1.0 : hardware_.write.pulses_per_write; }
    Time row_time() const;
    Energy pulse_energy(int from, int to) const;
    void add_pulses();
    void add_reads();
    void add_load(const SwitchLoad& load);

    const Hardware& hardware_;
    const PulseCount& pulses_;
    Transitions transitions_;
    int replicas_ = 1;
    RowChanges row_;
    Time array_time_;
    SwitchPlan plan_;
};

}  // namespace remask
