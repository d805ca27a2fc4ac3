#include "models/network/float_layout.h"

#include <algorithm>
#include <cstdint>

namespace remask {

namespace {

/// to [columns][rows] = transposed from [rows][columns], in tiles that stay in the first-level cache.
void transpose(const float* from, std::int64_t rows, std::int64_t columns, float* to) {
    constexpr std::int64_t tile = 16;
    for (std::int64_t row = 0; row < rows; row += tile) {
        const std::int64_t last_row = std::min(rows, row + tile);
        for (std::int64_t column = 0; column < columns; column += tile) {
            const std::int64_t last_column = std::min(columns, column + tile);
            for (std::int64_t r = row; r < last_row; ++r) {
                for (std::int64_t c = column; c < last_column; ++c) to[c * rows + r] = from[r * columns + c];
            }
        }
    }
}

}  // namespace

void planes_to_channels_last(const Shape& shape, const float* planes, int images, float* channels_last) {
    const std::int64_t positions = static_cast<std::int64_t>(shape.height) * shape.width;
    for (int image = 0; image < images; ++image) {
        transpose(planes + image * shape.size(), shape.channels, positions, channels_last + image * shape.size());
    }
}

void channels_last_to_planes(const Shape& shape, const float* channels_last, int images, float* planes) {
    const std::int64_t positions = static_cast<std::int64_t>(shape.height) * shape.width;
    for (int image = 0; image < images; ++image) {
        transpose(channels_last + image * shape.size(), positions, shape.channels, planes + image * shape.size());
    }
}

}  // namespace remask
