#include "mapping/gated_columns.h"

#include <algorithm>
#include <set>
#include <vector>

namespace remask {

namespace {

/// Row of the factors that belongs to an array's row group.
std::int64_t factor_row(const MappedSlot& slot, const MappedArray& array, const SlotMask& mask,
                        std::int64_t row_group) {
    const CrossbarGeometry& geometry = slot.geometry;
    if (!mask.per_row_group) return array.group * geometry.row_tiles + array.row_tile;
    std::int64_t row = array.group * geometry.row_groups;
    for (std::int64_t tile = 0; tile < array.row_tile; ++tile) row += geometry.tile_groups(tile);
    return row + row_group;
}

/// The most converted columns of one ADC in one row group. The cells of logical column i lie side by side: physical
/// column (i·S + slice)·sides + side; a pair that is subtracted before the ADC is converted where its first column
/// lies.
std::int64_t busiest_adc(const MappedSlot& slot, const MappedArray& array, const Hardware& hardware,
                         const SlotMask& mask, std::int64_t row_group) {
    const CrossbarGeometry& geometry = slot.geometry;
    const std::int64_t physical = physical_columns(geometry, array.logical_columns);
    const std::int64_t per_logical = physical_columns(geometry, 1);
    const std::int64_t step = physical / converted_columns(hardware.crossbar, geometry, array.logical_columns);
    const std::int64_t adcs = hardware.periphery.adcs_per_array;
    const std::int64_t width = (hardware.crossbar.columns + adcs - 1) / adcs;
    std::vector<std::int64_t> load(static_cast<std::size_t>(adcs));
    for (std::int64_t column = 0; column < physical; column += step) {
        const std::int64_t logical = array.first_column + column / per_logical;
        if (hardware.periphery.gating_saves_time && is_gated(slot, array, mask, row_group, logical)) continue;
        ++load[static_cast<std::size_t>(column / width)];
    }
    return *std::max_element(load.begin(), load.end());
}

}  // namespace

bool is_gated(const MappedSlot& slot, const MappedArray& array, const SlotMask& mask, std::int64_t row_group,
              std::int64_t column) {
    if (mask.unit == MaskUnit::none || mask.factors.empty()) return false;
    const std::int64_t index = factor_row(slot, array, mask, row_group) * slot.geometry.columns + column;
    return mask.factors[static_cast<std::size_t>(index)] == 0.0;
}

std::int64_t gated_columns(const MappedSlot& slot, const MappedArray& array, const SlotMask& mask,
                           std::int64_t row_group) {
    if (mask.unit == MaskUnit::none || mask.factors.empty()) return 0;
    const std::int64_t first = factor_row(slot, array, mask, row_group) * slot.geometry.columns + array.first_column;
    const auto begin = mask.factors.begin() + first;
    return std::count(begin, begin + array.logical_columns, 0.0);
}

std::int64_t conversions_per_adc(const MappedSlot& slot, const Hardware& hardware, const SlotMask& mask) {
    const bool gates = hardware.periphery.gating_saves_time;
    if (gates) check_mask(slot, hardware, mask);
    std::int64_t most = 0;
    std::set<std::int64_t> seen;  // without gating, arrays with as many columns are alike
    for (const MappedArray& array : slot.arrays) {
        if (!gates && !seen.insert(array.logical_columns).second) continue;
        const std::int64_t groups = gates && mask.per_row_group ? array.row_groups : 1;
        for (std::int64_t group = 0; group < groups; ++group) {
            most = std::max(most, busiest_adc(slot, array, hardware, mask, group));
        }
    }
    return most;
}

}  // namespace remask
