// The levels of the cells that hold one weight: step 2 of docs/crossbar.md.
#pragma once

#include <cstdint>
#include <span>

#include "sim/hardware/crossbar_parameters.h"

namespace remask {

/// Cells of one weight: slices × sides.
int cells_per_weight(const CrossbarParameters& parameters);

/// levels[side·slices + slice], slices from the least significant; side 1 is the negative column of a differential
/// pair.
void cell_levels(const CrossbarParameters& parameters, std::int32_t weight, std::span<std::int32_t> levels);

}  // namespace remask
