// How a tile's buffer is shared out among the layers whose inputs it holds.
#pragma once

#include "sim/hardware/hardware.h"
#include "sim/schedule/stage_graph.h"

namespace remask {

/// Bits of the rows that a layer on arrays needs at a time, in the buffer of one of its tiles.
std::int64_t window_bits(const StageEdge& edge, const RowMessage& message);

/// Sets StageEdge::capacity of the layers on arrays: each tile's buffer is shared out in proportion to the rows that
/// its layers need at a time. Without chip.buffer_capacity there is room for any number. Throws ConfigError at
/// hardware.chip.buffer_capacity where a tile's layers do not fit.
void share_buffers(StageGraph& graph, const Hardware& hardware);

}  // namespace remask
