// Which input elements a part of a layer's rows needs, and the bits that travel for it.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "mapping/mapping.h"

namespace remask {

/// What one tile of the chip holds of one of a slot's replicas.
struct ReplicaShare {
    std::map<int, std::vector<bool>> rows;  ///< of each group: which of its K rows
    std::int64_t columns = 0;               ///< logical columns, each once
};

/// What one tile of the chip holds of a slot, by replica.
using TileShare = std::map<int, ReplicaShare>;

/// By tile.
std::map<std::int64_t, TileShare> shares_of(const Mapping& mapping, const MappedSlot& slot);

/// Of the products first, first+1, … first+count−1, dealt out to the replicas in turn, those that one replica gets.
std::int64_t products_of(std::int64_t first, std::int64_t count, std::int64_t replica, std::int64_t replicas);

/// Results that a tile has of those products, one for each column of the replicas that computes them.
std::int64_t results_of(const TileShare& share, int replicas, std::int64_t first, std::int64_t count);

/// Input elements of one image (padding excluded) that a tile needs for its replicas' products, each once, by row of
/// the input image; a linear layer's inputs are one row.
std::vector<std::int64_t> needed_by_row(const Network& network, const MappedSlot& slot, const TileShare& share);

/// touched_elements() by row of the input image.
std::vector<std::int64_t> touched_by_row(const Network& network, int layer, const std::vector<bool>& rows);

/// Input elements of one image (padding excluded) that the rows k with rows[k] read, over all output positions. `rows`:
/// K of one group.
std::int64_t touched_elements(const Network& network, int layer, const std::vector<bool>& rows);

/// buffer_read of one image in bits, with or without chip.window_reuse.
std::int64_t input_bits_fetched(const Network& network, const MappedSlot& slot, const Hardware& hardware);

/// Bits × hops of one image for a slot: its inputs from tile `source` to each tile that needs them for one of its
/// replicas, and results from the other tiles to the slot's home.
std::int64_t routed_bits(const Mapping& mapping, const Network& network, const MappedSlot& slot,
                         const Hardware& hardware, std::int64_t source);

}  // namespace remask
