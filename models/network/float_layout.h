// Inside FloatNetwork values lie channels last, [image][y][x][channel], as the convolutions want them; outside, and
// after a flatten layer, they lie in planes, [image][channel][y][x].
#pragma once

#include "models/network/network.h"

namespace remask {

/// Do the two orders differ?
inline bool has_layout(const Shape& shape) {
    return shape.channels > 1 && shape.height * shape.width > 1;
}

/// Of `images` images; the arrays must not overlap.
void planes_to_channels_last(const Shape& shape, const float* planes, int images, float* channels_last);
void channels_last_to_planes(const Shape& shape, const float* channels_last, int images, float* planes);

}  // namespace remask
