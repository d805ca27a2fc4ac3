#include "mapping/mask_memory.h"

namespace remask {

std::int64_t mask_entries(const MappedSlot& slot, Granularity granularity) {
    switch (granularity) {
        case Granularity::none:
            return 0;
        case Granularity::weight:
            return slot.weights();
        case Granularity::kernel:
            return slot.weights() / slot.kernel_size;
        case Granularity::column:
            return slot.geometry.row_tiles * slot.geometry.columns * slot.groups;
    }
    return 0;
}

int bits_of_levels(std::int64_t levels) {
    int bits = 0;
    while ((std::int64_t{1} << bits) < levels) ++bits;
    return bits;
}

std::int64_t mask_bits(const Mapping& mapping, Granularity granularity, int bits_per_entry) {
    std::int64_t bits = 0;
    for (const MappedSlot& slot : mapping.slots) bits += mask_entries(slot, granularity) * bits_per_entry;
    return bits;
}

}  // namespace remask
