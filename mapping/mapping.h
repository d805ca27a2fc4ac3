// Where a network's weights lie: every layer cut into arrays, the arrays placed on PEs and tiles of the chip.
//
// A PE holds arrays of one layer only; layers follow one another along the tiles, in the order of placement.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mapping/placement.h"
#include "models/network/network.h"
#include "sim/hardware/hardware.h"

namespace remask {

/// One array in use (of the layer's first replica).
struct MappedArray {
    int group = 0;  ///< group of a grouped convolution
    std::int64_t row_tile = 0;
    std::int64_t column_tile = 0;
    std::int64_t rows = 0;             ///< rows in use
    std::int64_t row_groups = 0;       ///< groups of these rows that are driven one after another
    std::int64_t first_column = 0;     ///< first logical column, within the group
    std::int64_t logical_columns = 0;  ///< logical columns in use
    std::int64_t pe = 0;               ///< PE of the chip that holds it
    std::int64_t tile = 0;             ///< tile of the chip that holds it
};

/// One layer whose weights lie on arrays; slots are in the order of crossbar_layers().
struct MappedSlot {
    int layer = 0;              ///< index in the network
    std::string name;           ///< the layer's
    CrossbarGeometry geometry;  ///< of one group's [K,N] matrix
    int groups = 1;
    int kernel_size = 1;       ///< kernel height × width
    std::int64_t vectors = 0;  ///< M: matrix-vector products for one image
    int replicas = 1;
    int round = 0;                    ///< in which it is on the chip
    std::vector<MappedArray> arrays;  ///< of one replica; replica r follows at once on the next array places
    std::int64_t first_pe = 0;
    std::int64_t pes = 0;         ///< of all replicas, one after another
    std::int64_t first_tile = 0;  ///< the layer's home: its results are accumulated here
    std::int64_t last_tile = 0;
    double utilisation = 0.0;  ///< used cells / cells of its arrays

    std::int64_t total_arrays() const { return static_cast<std::int64_t>(arrays.size()) * replicas; }
    /// K·N·groups.
    std::int64_t weights() const { return geometry.rows * geometry.columns * groups; }
};

struct Mapping {
    std::vector<MappedSlot> slots;
    bool classifier_on_crossbar = false;
    int rounds = 1;                    ///< parts of the network that take the chip one after the other
    std::int64_t arrays = 0, pes = 0;  ///< in use, of all rounds
    std::int64_t tiles = 0;            ///< in use, in the round that takes most
    Placement placement;
    double utilisation = 0.0;  ///< used cells / cells of the arrays in use

    /// Manhattan distance between two tiles.
    std::int64_t hops(std::int64_t tile_a, std::int64_t tile_b) const;
    /// Where entry `array` of a slot's arrays lies in replica `replica`.
    ArrayPlace place_of(const MappedSlot& slot, int replica, std::size_t array) const;
};

struct MappingOptions {
    bool classifier_on_crossbar = false;
    TileOrder order = TileOrder::rows;
    bool in_rounds = false;        ///< a network larger than the chip takes it in rounds; else it is an error
    std::vector<int> replicas;     ///< per slot; empty = 1 each
    std::vector<int> active_rows;  ///< per slot, in place of crossbar.active_rows (0 = as there); empty = as there
};

/// Maps all crossbar layers. In rounds, each takes as many of the next layers as the chip holds, which gives the fewest
/// rounds. Throws ConfigError where a layer cannot be mapped or the chip has too few tiles.
Mapping map_network(const Network& network, const Hardware& hardware, const MappingOptions& options = {});

/// Physical columns of an array with `logical_columns` in use.
std::int64_t physical_columns(const CrossbarGeometry& geometry, std::int64_t logical_columns);
/// Columns converted: half of the physical ones where pairs are subtracted before the ADC.
std::int64_t converted_columns(const CrossbarParameters& parameters, const CrossbarGeometry& geometry,
                               std::int64_t logical_columns);

}  // namespace remask
