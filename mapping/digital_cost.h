// Counts of the layers that lie on no array, and where each layer's output is.
#pragma once

#include <cstdint>
#include <vector>

#include "mapping/mapping.h"
#include "sim/events/action_counts.h"

namespace remask {

/// The tile that holds each layer's output: a mapped layer's home, else the tile of its last input; the image is at
/// tile 0.
std::vector<std::int64_t> home_tiles(const Mapping& mapping, const Network& network);

/// Counts of one image for a layer that lies on no array.
ActionCounts digital_counts(const Mapping& mapping, const Network& network, const Hardware& hardware, int layer,
                            const std::vector<std::int64_t>& homes);

}  // namespace remask
