// Layers of attention modules: hard_sigmoid, gate, multiply, upsample; forward and gradients of a few images.
#pragma once

#include <cstdint>

#include "models/network/network.h"

namespace remask {

/// out = x/6 + 1/2 within [0, 1]; `out` may be `x`.
void hard_sigmoid(const float* x, std::int64_t count, float* out);
/// In place: a sixth of the gradient where the output lies inside (0, 1), else 0.
void through_hard_sigmoid(const float* output, std::int64_t count, float* gradient);

/// out = [x + noise ≥ 0]; `noise` null: none. `out` may be `x`.
void gate(const float* x, const float* noise, std::int64_t count, float* out);
/// In place: times s·(1 − s), s the logistic function of x + noise.
void through_gate(const float* x, const float* noise, std::int64_t count, float* gradient);

/// out = a ⊙ b; an extent of b that is 1 goes for all of a's. `out` may be `a`.
void multiply(const Shape& a_shape, const Shape& b_shape, const float* a, const float* b, int images, float* out);
/// a_gradient += out_gradient ⊙ b
void add_product_gradient(const Shape& a_shape, const Shape& b_shape, const float* b, const float* out_gradient,
                          int images, float* a_gradient);
/// b_gradient += out_gradient ⊙ a, summed over what b's element went for
void add_factor_gradient(const Shape& a_shape, const Shape& b_shape, const float* a, const float* out_gradient,
                         int images, float* b_gradient);

/// out[y][x] = in[y/stride][x/stride]
void upsample(const Layer& layer, const Shape& in, const float* input, int images, float* output);
/// input_gradient += …
void add_upsample_gradient(const Layer& layer, const Shape& in, const float* output_gradient, int images,
                           float* input_gradient);

}  // namespace remask
