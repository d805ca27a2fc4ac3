// What a float network computes in which order and where: worked out once from the graph.
#pragma once

#include <cstdint>
#include <vector>

#include "models/network/network.h"

namespace remask {

/// Everything is indexed by layer. The "value" of a layer is the array that holds its output.
struct FloatPlan {
    std::vector<int> value;               ///< flatten: its input's where nothing moves; otherwise the layer itself
    std::vector<int> absorbs;             ///< relu: the batch_norm or add that is computed together with it; else −1
    std::vector<bool> absorbed;           ///< batch_norm, add: its only reader is a relu, which computes it
    std::vector<bool> executed;           ///< neither input nor a flatten that moves nothing nor absorbed
    std::vector<std::vector<int>> reads;  ///< values that an executed layer reads (of the absorbed layer's inputs)

    /// For inference on a few images at a time: few arrays, used again as soon as nobody reads them any more.
    std::vector<int> slot;                ///< of a value; −1 for the input
    std::vector<std::int64_t> slot_size;  ///< floats for one image
};

FloatPlan make_plan(const Network& network);

}  // namespace remask
