// Layers that need no sums: relu, add, subsample_pad, concatenate.
#pragma once

#include <cstdint>

#include "models/network/network.h"

namespace remask {

/// out = max(x, 0), NaN stays NaN; `out` may be `x`.
void relu(const float* x, std::int64_t count, float* out);
/// gradient = 0 where the relu's output is 0.
void mask_by_relu(const float* output, std::int64_t count, float* gradient);

/// out = a + b, then max(·, 0) where `with_relu`; `out` may be `a` or `b`.
void add(const float* a, const float* b, std::int64_t count, bool with_relu, float* out);
/// to += from
void accumulate(const float* from, std::int64_t count, float* to);

/// Option A shortcut: every stride-th pixel of every stride-th row; (out − in)/2 zero channels before, the rest after.
void subsample_pad(const Layer& layer, const Shape& in, const float* input, int images, float* output);
/// input_gradient += …
void add_subsample_pad_gradient(const Layer& layer, const Shape& in, const float* output_gradient, int images,
                                float* input_gradient);

/// The channels of a, then those of b, at every position.
void concatenate(const Shape& a_shape, const Shape& b_shape, const float* a, const float* b, int images, float* out);
/// part_gradient += the gradients of its channels, which begin at `first_channel` of the output's `channels`.
void add_part_gradient(const Shape& part, int first_channel, int channels, const float* output_gradient, int images,
                       float* part_gradient);

}  // namespace remask
