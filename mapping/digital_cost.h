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

/// The tile from which a layer gets an input: the producer's home, or tile 0 where it comes from an earlier round.
class InputSources {
public:
    InputSources(const Mapping& mapping, const Network& network);
    std::int64_t home(int layer) const { return homes_[static_cast<std::size_t>(layer)]; }
    std::int64_t source(int producer, int layer) const;

private:
    std::vector<std::int64_t> homes_;
    std::vector<int> rounds_;
};

/// Counts of one image for a layer that lies on no array.
ActionCounts digital_counts(const Mapping& mapping, const Network& network, const Hardware& hardware, int layer,
                            const InputSources& sources);

}  // namespace remask
