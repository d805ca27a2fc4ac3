// Small helpers on the integer weights of slots.
#pragma once

#include <cstdint>
#include <span>

#include "mapping/task_switch.h"

namespace remask {

/// Throws InternalError where `weights` are not one entry per slot, each empty or of the expected size.
void check_weights(std::span<const std::int64_t> expected, std::span<const SlotWeights> weights);

/// True if no cell can differ.
bool same_weights(SlotWeights a, SlotWeights b);

}  // namespace remask
