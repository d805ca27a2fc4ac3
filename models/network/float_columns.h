// Inside FloatNetwork: convolutions computed column by column. Not for other folders.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/linalg/column_convolution.h"

namespace remask {

/// A convolution whose weights are `weights` times a factor a column.
struct ColumnLayer {
    ColumnConvolution convolution;
    std::vector<float> weights, factors;  ///< packed
    std::vector<float> sums;              ///< of the last forward: chunk by chunk, `chunk_floats` each
    std::int64_t chunk_floats = 0;

    ColumnLayer(const ConvolutionSize& size, std::int64_t rows, std::span<const float> plain_weights)
        : convolution(size, rows), weights(convolution.pack_weights(plain_weights)) {}
};

}  // namespace remask
