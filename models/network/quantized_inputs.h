// Inside the folder only: a crossbar layer's inputs as integer codes.
#pragma once

#include <span>

#include "models/network/quantized_network.h"
#include "models/network/unrolled_inputs.h"

namespace remask {

/// 2^bits − 1, or 2^(bits−1) − 1 for signed codes.
double largest_code(int bits, bool is_signed);

/// `values`: images in planes, [image][channel][y][x]. Codes: rint(value/layer.input_scale) half to even, clipped.
void quantize_inputs(std::span<const float> values, const QuantizedLayer& layer, const WindowGeometry& geometry,
                     int bits, PaddedCodes& codes);

}  // namespace remask
