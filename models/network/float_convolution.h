// Convolution of a few images as matrix products: forward and both gradients.
#pragma once

#include <vector>

#include "models/network/float_im2col.h"
#include "models/network/float_network.h"

namespace remask {

/// Memory that one thread uses again and again.
struct ConvolutionScratch {
    std::vector<float> columns;
    std::vector<float> values;
};

/// output (+)= weights ∗ input + bias. `weights` [out, in/groups, kh, kw]; `bias` [out] or null.
void convolve(const ConvolutionShape& shape, Arithmetic arithmetic, const float* weights, const float* bias,
              const float* input, int images, bool accumulate, float* output, ConvolutionScratch& scratch);

/// `gradient` [groups][in/groups·kh·kw][out/groups] (transposed: the faster product) = sum over the images;
/// overwritten.
void convolution_weight_gradient(const ConvolutionShape& shape, Arithmetic arithmetic, const float* input,
                                 const float* output_gradient, int images, float* gradient,
                                 ConvolutionScratch& scratch);

/// What convolution_input_gradient needs besides the weights; made once for all images. Empty where nothing is needed.
std::vector<float> input_gradient_weights(const ConvolutionShape& shape, const float* weights);

/// input_gradient (+)= the transposed convolution of output_gradient.
void convolution_input_gradient(const ConvolutionShape& shape, Arithmetic arithmetic, const float* weights,
                                const std::vector<float>& prepared, const float* output_gradient, int images,
                                bool accumulate, float* input_gradient, ConvolutionScratch& scratch);

}  // namespace remask
