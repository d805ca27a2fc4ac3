// Mask memory in bits: exact arithmetic, section "Mask memory" of docs/cost.md.
#pragma once

#include <cstdint>

#include "mapping/mapping.h"
#include "sim/hardware/mask_unit.h"

namespace remask {

/// Entries that a mask of this granularity has in one slot; column = filter × row tile.
std::int64_t mask_entries(const MappedSlot& slot, Granularity granularity);

/// ceil(log2(levels)): bits of an entry that takes `levels` values (2 = binary).
int bits_of_levels(std::int64_t levels);

/// Sum over all slots of entries × bits_per_entry.
std::int64_t mask_bits(const Mapping& mapping, Granularity granularity, int bits_per_entry);

}  // namespace remask
