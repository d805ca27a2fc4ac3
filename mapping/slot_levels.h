// The levels of all cells of one slot: step 2 of docs/crossbar.md for a whole weight matrix.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mapping/task_switch.h"

namespace remask {

/// What a slot's cells hold for some weights, [groups][K,N]; without weights they are erased, all at level 0. Keeps a
/// reference to `parameters` and `weights`.
class SlotLevels {
public:
    SlotLevels(const CrossbarParameters& parameters, const CrossbarGeometry& geometry, SlotWeights weights);

    /// levels[side·slices + slice] of the weight with this index.
    void read(std::size_t index, std::span<std::int32_t> levels) const;
    /// Bit side·slices + slice: that cell of the weight holds the complement (crossbar.column_flip).
    std::uint32_t flips(std::size_t index) const;
    /// Do the cells of this weight hold the same levels?
    bool same(std::size_t index, const SlotLevels& other) const;

private:
    const CrossbarParameters& parameters_;
    CrossbarGeometry geometry_;
    SlotWeights weights_;
    std::vector<std::uint32_t> flips_;  ///< [groups][row groups][N]; empty: none
};

}  // namespace remask
