#include "mapping/placement.h"

#include <algorithm>

namespace remask {

std::int64_t Placement::tile_at(std::int64_t position) const {
    const std::int64_t row = position / mesh_width, column = position % mesh_width;
    if (order == TileOrder::rows || row % 2 == 0) return position;
    const std::int64_t first = row * mesh_width;
    const std::int64_t in_row = std::max(column + 1, std::min(mesh_width, tiles - first));  // the last may be shorter
    return first + in_row - 1 - column;
}

ArrayPlace Placement::place(std::int64_t first_pe, std::int64_t index) const {
    const std::int64_t pe = first_pe + index / arrays_per_pe;
    return {pe, tile_of_pe(pe)};
}

Placement placement_of(const ChipStructure& chip, TileOrder order) {
    return {chip.arrays_per_pe, chip.pes_per_tile, chip.tiles, chip.width(), order};
}

}  // namespace remask
