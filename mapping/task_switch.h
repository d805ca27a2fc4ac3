// What a task switch costs: cells rewritten, pulses, energy, time, bits loaded, wear. Section "Task switch" of
// docs/cost.md.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "mapping/mapping.h"
#include "sim/events/action_counts.h"

namespace remask {

/// Integer weights of one slot, [groups][K,N] row-major; empty = erased (every cell at level 0).
using SlotWeights = std::span<const std::int32_t>;

/// One physical cell that is written (the same in all replicas).
struct CellWrite {
    std::int64_t slot = 0;
    int group = 0;
    std::int64_t row = 0;     ///< k of the group's [K,N] matrix
    std::int64_t column = 0;  ///< logical column n
    int part = 0;             ///< side·slices + slice
    int from = 0, to = 0;     ///< levels
};

/// Pulses that a cell takes, ≥ 1, as programming with write-verify gives them. Empty = write.pulses_per_write each.
using PulseCount = std::function<double(const CellWrite&)>;

/// Bits that a switch loads besides the weights of rewritten cells.
struct SwitchLoad {
    double mask_bits = 0.0;
    double constants_bits = 0.0;
};

struct SwitchPlan {
    std::int64_t cells_set = 0, cells_reset = 0;  ///< physical cells, all replicas
    std::int64_t set_pulses = 0, reset_pulses = 0;
    std::int64_t verify_reads = 0;
    std::int64_t row_selects = 0;        ///< one per row and pass
    std::int64_t weights_rewritten = 0;  ///< with at least one changed cell
    double bits_loaded = 0.0;
    Energy set_energy, reset_energy, verify_energy, row_select_energy, load_energy;
    Time slowest_array;                       ///< of all arrays
    Time write_time;                          ///< max(slowest array, pulse energy / write_power_limit)
    Time load_time;                           ///< one memory after the other, before writing
    std::int64_t writes_max = 0;              ///< writes of the most-written cell: 0 or 1 for one switch
    std::vector<std::int64_t> cells_by_slot;  ///< cells written per slot

    std::int64_t cells_written() const { return cells_set + cells_reset; }
    Energy energy() const { return set_energy + reset_energy + verify_energy + row_select_energy + load_energy; }
    Time time() const { return write_time + load_time; }
    double bytes_loaded() const { return bits_loaded / 8.0; }
    /// "set", "reset", "verify", "row_select", "memory_load"
    std::map<std::string, Energy> energy_by_component() const;
    ActionCounts counts() const;
};

/// From what task u left to what task v needs. `from` and `to`: per slot (as many as the mapping has).
/// Throws ConfigError where the hardware lacks an energy that is needed, InternalError where sizes do not match.
SwitchPlan plan_switch(const Mapping& mapping, const Hardware& hardware, std::span<const SlotWeights> from,
                       std::span<const SlotWeights> to, const SwitchLoad& load = {}, const PulseCount& pulses = {});

/// Throws ConfigError where the hardware lacks an energy that every write of cells needs.
void check_write_energies(const Hardware& hardware);

/// Writes per cell over a schedule of switches.
class WearCounter {
public:
    WearCounter(const Mapping& mapping, const Hardware& hardware);
    /// Counts one switch.
    void add(std::span<const SlotWeights> from, std::span<const SlotWeights> to);
    std::int64_t max_writes() const;
    /// Of one cell: part = side·slices + slice of this weight.
    std::uint16_t writes(std::size_t slot, std::size_t weight, std::size_t part) const;
    /// entry w = used cells (all replicas) that were written w times.
    std::vector<std::int64_t> histogram() const;

private:
    struct Slot {
        int replicas = 1;
        std::int64_t weights = 0;
        CrossbarGeometry geometry;
        std::vector<std::uint16_t> writes;  // [weight][side·slices + slice]; replicas are alike
    };
    CrossbarParameters parameters_;
    std::vector<Slot> slots_;
};

/// Days until the most-written cell is worn out; infinite where nothing is written.
double life_days(double endurance, double writes_per_switch_max, double switches_per_day);

}  // namespace remask
