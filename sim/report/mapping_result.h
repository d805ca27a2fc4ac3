// Where a network lies on a chip, as plain values: what `remask map` and report.html show.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace remask {

/// One layer on arrays. Tiles are numbered row by row on the mesh, PEs within their tile.
struct LayerPlace {
    std::string name;
    std::int64_t rows = 0, columns = 0;  ///< of its matrix; of one group where it has groups
    int groups = 1;
    std::int64_t row_tiles = 0, column_tiles = 0;  ///< of one group
    std::int64_t arrays = 0;                       ///< of one replica
    int replicas = 1;
    int round = 0;
    std::int64_t pes = 0, tiles = 0;  ///< of all replicas; a tile may hold other layers too
    double utilisation = 0.0;         ///< used cells / cells of its arrays
    std::int64_t first_tile = 0, first_pe = 0, last_tile = 0, last_pe = 0;
};

/// What an array of a picture holds: share of its rows and columns in use.
struct ArrayPicture {
    int layer = -1;  ///< entry of MappingResult::layers; −1: none
    double rows = 0.0, columns = 0.0;
};

/// Tiles that hold the same.
struct TilePicture {
    std::vector<ArrayPicture> arrays;  ///< PE after PE
    std::vector<std::int64_t> tiles;   ///< in the order in which layers take them
};

/// A chip with its network's arrays.
struct ChipPicture {
    std::int64_t tiles = 0, mesh_width = 1;
    int pes_per_tile = 0, arrays_per_pe = 0;
    std::vector<TilePicture> kinds;  ///< of the tiles in use; empty where they have too many arrays to be drawn
};

struct MappingResult {
    std::string network, hardware;
    int rounds = 1;                               ///< in which the network takes the chip
    std::int64_t arrays = 0, pes = 0, tiles = 0;  ///< in use; tiles in the round that takes most
    std::int64_t chip_tiles = 0;
    double utilisation = 0.0;  ///< used cells / cells of the arrays in use
    std::vector<LayerPlace> layers;
    std::vector<ChipPicture> pictures;  ///< by round
};

}  // namespace remask
