#include "sim/app/costing/describe_mapping.h"

#include <algorithm>
#include <map>

namespace remask {

namespace {

LayerPlace place_of(const MappedSlot& slot, const Placement& placement) {
    LayerPlace place;
    place.name = slot.name;
    place.rows = slot.geometry.rows;
    place.columns = slot.geometry.columns;
    place.groups = slot.groups;
    place.row_tiles = slot.geometry.row_tiles;
    place.column_tiles = slot.geometry.column_tiles;
    place.arrays = static_cast<std::int64_t>(slot.arrays.size());
    place.replicas = slot.replicas;
    place.round = slot.round;
    place.pes = slot.pes;
    const std::int64_t last_pe = slot.first_pe + slot.pes - 1;
    place.tiles = last_pe / placement.pes_per_tile - slot.first_pe / placement.pes_per_tile + 1;
    place.utilisation = slot.utilisation;
    place.first_tile = slot.first_tile;
    place.first_pe = slot.first_pe % placement.pes_per_tile;
    place.last_tile = slot.last_tile;
    place.last_pe = last_pe % placement.pes_per_tile;
    return place;
}

constexpr std::int64_t most_arrays = 1 << 22;  // of all tiles in use: more are not drawn

/// What each tile holds in one round, in the order in which layers take them; nothing where that is too much to draw.
std::vector<TilePicture> tiles_in_use(const Mapping& mapping, const CrossbarParameters& crossbar, int round) {
    const Placement& placement = mapping.placement;
    const std::int64_t arrays_of_tile = std::int64_t{placement.arrays_per_pe} * placement.pes_per_tile;
    std::int64_t pes = 0;
    for (const MappedSlot& slot : mapping.slots) pes += slot.round == round ? slot.pes : 0;
    const std::int64_t used = placement.tiles_for(pes);
    if (arrays_of_tile > most_arrays / std::max<std::int64_t>(1, used)) return {};
    std::vector<TilePicture> tiles(static_cast<std::size_t>(used));
    for (std::size_t position = 0; position < tiles.size(); ++position) {
        tiles[position].arrays.resize(static_cast<std::size_t>(arrays_of_tile));
        tiles[position].tiles = {placement.tile_at(static_cast<std::int64_t>(position))};
    }
    for (std::size_t s = 0; s < mapping.slots.size(); ++s) {
        const MappedSlot& slot = mapping.slots[s];
        if (slot.round != round) continue;
        const std::int64_t first = slot.first_pe * placement.arrays_per_pe;
        for (std::int64_t i = 0; i < slot.total_arrays(); ++i) {
            const MappedArray& array = slot.arrays[static_cast<std::size_t>(i) % slot.arrays.size()];
            const auto columns = static_cast<double>(physical_columns(slot.geometry, array.logical_columns));
            const auto tile = static_cast<std::size_t>((first + i) / arrays_of_tile);
            tiles[tile].arrays[static_cast<std::size_t>((first + i) % arrays_of_tile)] = {
                static_cast<int>(s), static_cast<double>(array.rows) / crossbar.rows, columns / crossbar.columns};
        }
    }
    return tiles;
}

std::vector<std::vector<double>> key_of(const TilePicture& tile) {
    std::vector<std::vector<double>> key;
    for (const ArrayPicture& array : tile.arrays) {
        key.push_back({static_cast<double>(array.layer), array.rows, array.columns});
    }
    return key;
}

/// Tiles that hold the same become one kind, in the order of the first of them.
std::vector<TilePicture> kinds_of(const std::vector<TilePicture>& tiles) {
    std::vector<TilePicture> kinds;
    std::map<std::vector<std::vector<double>>, std::size_t> known;
    for (const TilePicture& tile : tiles) {
        const auto [found, fresh] = known.insert({key_of(tile), kinds.size()});
        if (fresh) {
            kinds.push_back(tile);
        } else {
            kinds[found->second].tiles.push_back(tile.tiles[0]);
        }
    }
    return kinds;
}

}  // namespace

MappingResult describe_mapping(const Mapping& mapping, const Hardware& hardware, const std::string& network) {
    MappingResult result;
    result.network = network;
    result.hardware = hardware.name;
    result.arrays = mapping.arrays;
    result.pes = mapping.pes;
    result.tiles = mapping.tiles;
    result.chip_tiles = hardware.chip.tiles;
    result.utilisation = mapping.utilisation;
    for (const MappedSlot& slot : mapping.slots) result.layers.push_back(place_of(slot, mapping.placement));
    result.rounds = mapping.rounds;
    for (int round = 0; round < mapping.rounds; ++round) {
        result.pictures.push_back({hardware.chip.tiles, mapping.placement.mesh_width, hardware.chip.pes_per_tile,
                                   hardware.chip.arrays_per_pe,
                                   kinds_of(tiles_in_use(mapping, hardware.crossbar, round))});
    }
    return result;
}

}  // namespace remask
