// Wear levelled by spare PEs: now and then the next PE in turn moves to the PE that has been spare for longest, and the
// one it leaves becomes spare. Section "Task switch" of docs/cost.md.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace remask {

/// What the cells that lie on one PE go through in a cycle of a schedule; the same number of cells for every PE.
struct PeCells {
    std::vector<std::int16_t> levels;   ///< when the cycle ends; −1: not in use
    std::vector<std::uint16_t> writes;  ///< in the cycle
};

/// What moves to a PE, and the levels that are found there (−1: never in use).
using MoveObserver = std::function<void(std::int64_t pe, const std::vector<std::int16_t>& found)>;

/// Wear over one whole turn, after which everything repeats.
struct LevelledWear {
    std::int64_t writes_max = 0;  ///< of the most-written cell
    std::int64_t cycles = 0;      ///< of the schedule
    double writes_per_cycle() const { return static_cast<double>(writes_max) / static_cast<double>(cycles); }
};

/// `cells`: of each of `pes` PEs. A move comes at the end of every `cycles_per_move`-th cycle and writes the cells
/// whose level differs. `moved`, where given, sees each PE's move once. `spares` ≥ 1.
LevelledWear level_wear(std::int64_t pes, std::int64_t spares, std::int64_t cycles_per_move,
                        const std::function<PeCells(std::int64_t)>& cells, const MoveObserver& moved = {});

}  // namespace remask
