// Pooling of a few images: forward and input gradient.
#pragma once

#include "models/network/network.h"

namespace remask {

/// max_pool, average_pool (padding is in neither the maximum nor the mean) and global_average_pool.
void pool(const Layer& layer, const Shape& in, const float* input, int images, float* output);

/// input_gradient += …; of equal maxima the first one (row-major) receives the gradient. `input` is read by max_pool
/// only.
void add_pool_gradient(const Layer& layer, const Shape& in, const float* input, const float* output_gradient,
                       int images, float* input_gradient);

}  // namespace remask
