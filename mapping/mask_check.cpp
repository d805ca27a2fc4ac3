#include "mapping/inference_cost.h"
#include "sim/base/diagnostics.h"
#include "sim/hardware/config_fault.h"

namespace remask {

namespace {

void check_kernel_groups(const MappedSlot& slot, const Hardware& hardware) {
    if (slot.kernel_size > 1 && hardware.crossbar.row_packing != RowPacking::kernel) {
        refuse_config("hardware.crossbar.row_packing", "layer '" + slot.name +
                                                           "': row groups can apply kernel masks only where no kernel "
                                                           "straddles two arrays: set row_packing: kernel");
    }
    if (slot.geometry.active_rows != slot.kernel_size) {
        refuse_config("hardware.crossbar.active_rows",
                      "layer '" + slot.name + "': row groups of " + std::to_string(slot.geometry.active_rows) +
                          " rows are no kernels of " + std::to_string(slot.kernel_size) + " rows: set active_rows: " +
                          std::to_string(slot.kernel_size) + " for it, or realisation: reprogram");
    }
}

}  // namespace

void check_realisation(const Mapping& mapping, const Hardware& hardware, Granularity granularity,
                       Realisation realisation) {
    if (granularity == Granularity::none || realisation == Realisation::reprogram) return;
    if (realisation == Realisation::periphery) {
        if (granularity == Granularity::column) return;
        throw ConfigError("realisation: a " + std::string(word_of(granularity)) +
                          " mask cannot be applied at the periphery, which sees whole column sums only: use "
                          "realisation: reprogram" +
                          (granularity == Granularity::kernel ? " or row_groups" : ""));
    }
    if (granularity == Granularity::column) return;
    for (const MappedSlot& slot : mapping.slots) {
        if (granularity == Granularity::kernel) {
            check_kernel_groups(slot, hardware);
        } else if (slot.geometry.active_rows != 1) {
            refuse_config("hardware.crossbar.active_rows",
                          "layer '" + slot.name +
                              "': a weight mask by row groups needs active_rows: 1 (one row "
                              "at a time), or realisation: reprogram");
        }
    }
}

void check_mask(const MappedSlot& slot, const Hardware& hardware, const SlotMask& mask) {
    if (mask.unit == MaskUnit::none) return;
    if (mask.per_row_group && slot.geometry.active_rows != 1) check_kernel_groups(slot, hardware);
    const std::int64_t rows = mask.per_row_group ? slot.geometry.row_groups : slot.geometry.row_tiles;
    const std::int64_t wanted = rows * slot.geometry.columns * slot.groups;
    if (!mask.factors.empty() && static_cast<std::int64_t>(mask.factors.size()) != wanted) {
        throw InternalError("layer '" + slot.name + "': the mask has " + std::to_string(mask.factors.size()) +
                            " factors, the mapping needs " + std::to_string(wanted));
    }
}

}  // namespace remask
