// What taking a chip in rounds costs a batch of images, as plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/quantity.h"

namespace remask {

struct RoundLine {
    std::string first_layer, last_layer;
    std::int64_t arrays = 0, tiles = 0;
    std::int64_t cells_written = 0;
    Energy programming_energy;  ///< of a batch, with loading the weights
    Time programming_time, transfer_time, running_time;
};

/// All of one batch of images, in the steady state.
struct RoundsResult {
    int images = 0;  ///< of a batch
    std::vector<RoundLine> rounds;
    std::int64_t cells_written = 0, writes_max = 0;  ///< writes of the most-written cell
    double bytes_loaded = 0.0;                       ///< weights
    double bytes_transferred = 0.0;                  ///< values from round to round, both ways
    Energy programming_energy, transfer_energy;
    Time time;
    std::optional<double> life_images;  ///< until the most-written cell is worn out; absent = no cell is written
};

}  // namespace remask
