// Which input elements a part of a layer's rows needs, and the bits that travel for it.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "mapping/mapping.h"

namespace remask {

/// What one tile of the chip holds of a slot's first replica.
struct TileShare {
    std::map<int, std::vector<bool>> rows;  ///< of each group: which of its K rows
    std::int64_t columns = 0;               ///< logical columns, each once
};

/// By tile.
std::map<std::int64_t, TileShare> shares_of(const MappedSlot& slot);

/// touched_elements() by row of the layer's input image; a linear layer's inputs are one row.
std::vector<std::int64_t> touched_by_row(const Network& network, int layer, const std::vector<bool>& rows);

/// Input elements of one image (padding excluded) that the rows k with rows[k] read, over all output positions. `rows`:
/// K of one group.
std::int64_t touched_elements(const Network& network, int layer, const std::vector<bool>& rows);

/// buffer_read of one image in bits, with or without chip.window_reuse.
std::int64_t input_bits_fetched(const Network& network, const MappedSlot& slot, const Hardware& hardware);

/// Bits × hops of one image for a slot: its inputs from tile `source` to each tile that needs them, and results from
/// the other tiles to the slot's home.
std::int64_t routed_bits(const Mapping& mapping, const Network& network, const MappedSlot& slot,
                         const Hardware& hardware, std::int64_t source);

}  // namespace remask
