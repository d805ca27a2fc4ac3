// The places of a chip in the order in which layers take them: arrays in PEs, PEs in tiles, tiles on the mesh.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "sim/base/fields.h"
#include "sim/hardware/hardware.h"

namespace remask {

/// Which way the layers take over the mesh.
enum class TileOrder {
    rows,   ///< every row of the mesh from its first column on
    snake,  ///< every other row backwards, so that one tile follows another beside it
};
template <>
struct EnumWords<TileOrder> {
    static constexpr std::array<std::string_view, 2> words{"rows", "snake"};
};

/// Where one array lies. PEs are counted along the order of the tiles, tiles row by row on the mesh.
struct ArrayPlace {
    std::int64_t pe = 0;
    std::int64_t tile = 0;
};

struct Placement {
    int arrays_per_pe = 1;
    int pes_per_tile = 1;
    std::int64_t tiles = 1;
    std::int64_t mesh_width = 1;
    TileOrder order = TileOrder::rows;

    /// The `position`-th tile that layers take.
    std::int64_t tile_at(std::int64_t position) const;
    std::int64_t tile_of_pe(std::int64_t pe) const { return tile_at(pe / pes_per_tile); }
    /// The `index`-th array of those that begin at PE `first_pe`.
    ArrayPlace place(std::int64_t first_pe, std::int64_t index) const;
    /// PEs that so many arrays take; a PE holds arrays of one layer only.
    std::int64_t pes_for(std::int64_t arrays) const { return (arrays + arrays_per_pe - 1) / arrays_per_pe; }
    std::int64_t tiles_for(std::int64_t pes) const { return (pes + pes_per_tile - 1) / pes_per_tile; }
};

Placement placement_of(const ChipStructure& chip, TileOrder order = TileOrder::rows);

}  // namespace remask
