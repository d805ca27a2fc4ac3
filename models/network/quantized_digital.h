// Inside the folder only: what the digital periphery computes, in a fixed order, so that its bits are the same
// everywhere.
#pragma once

#include <span>
#include <vector>

#include "models/network/network.h"

namespace remask {

/// y[c] = gain[c]·x + shift[c], in doubles.
struct ChannelAffine {
    std::vector<double> gain, shift;
};

/// What evaluation-mode batch-norm `layer` does: gain = gamma/sqrt(variance + epsilon), shift = beta − mean·gain.
ChannelAffine batch_norm_affine(const Layer& layer, const ParameterMap& parameters);

struct DigitalInput {
    const Shape& shape;
    const float* values;
};

/// One image through any layer without weights but batch-norm. `b` only where there are two inputs.
void apply_digital(const Layer& layer, const DigitalInput& a, const DigitalInput& b, float* output);

void apply_affine(const ChannelAffine& affine, const Shape& shape, const float* input, float* output);

/// weight·x + bias with sums in doubles, in the order of the inputs.
void apply_linear(const Tensor& weight, const Tensor& bias, const float* input, float* output);

/// The layer's convolution with sums in doubles, by input channel, then kernel position; `end` after the sum.
void apply_convolution(const Layer& layer, const Shape& input_shape, const Tensor& weight, const ChannelAffine& end,
                       const float* input, float* output);

}  // namespace remask
