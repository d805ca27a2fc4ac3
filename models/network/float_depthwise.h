// Depthwise convolution (one input and one output channel a group) without unrolling.
#pragma once

#include "models/network/float_im2col.h"

namespace remask {

bool is_depthwise(const ConvolutionShape& shape);

/// As convolve(), convolution_weight_gradient() and convolution_input_gradient(); sums in a fixed order.
void depthwise_convolve(const ConvolutionShape& shape, const float* weights, const float* input, int images,
                        bool accumulate, float* output);
void depthwise_weight_gradient(const ConvolutionShape& shape, const float* input, const float* output_gradient,
                               int images, float* gradient);
void add_depthwise_input_gradient(const ConvolutionShape& shape, const float* weights, const float* output_gradient,
                                  int images, float* input_gradient);

}  // namespace remask
