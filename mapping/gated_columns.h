// Which columns a mask gates off, and how an array's columns are shared by its ADCs.
#pragma once

#include <cstdint>

#include "mapping/inference_cost.h"

namespace remask {

/// Throws where the mask cannot be realised on this slot or has the wrong size.
void check_mask(const MappedSlot& slot, const Hardware& hardware, const SlotMask& mask);

/// Is logical column `column` of the array's group gated off in the array's row group `row_group`?
bool is_gated(const MappedSlot& slot, const MappedArray& array, const SlotMask& mask, std::int64_t row_group,
              std::int64_t column);

/// How many of the array's logical columns are gated off in that row group.
std::int64_t gated_columns(const MappedSlot& slot, const MappedArray& array, const SlotMask& mask,
                           std::int64_t row_group);

}  // namespace remask
