#include "models/network/quantized_inputs.h"

#include <cmath>

namespace remask {

namespace {

/// Codes rint(x/scale) half to even, clipped to [0, 2^bits − 1] or ±(2^(bits−1) − 1), of one line of an image.
template <class T>
void quantize_line(const float* values, int count, double scale, double low, double high, T* codes) {
    // Adding and subtracting 1.5·2^52 rounds a double below 2^51 to the nearest integer, half to even.
    constexpr double kRound = 6755399441055744.0;
    for (int i = 0; i < count; ++i) {
        double x = static_cast<double>(values[i]) / scale;
        x = x > low ? x : low;
        x = x < high ? x : high;
        codes[i] = static_cast<T>(static_cast<std::int32_t>((x + kRound) - kRound));
    }
}

}  // namespace

double largest_code(int bits, bool is_signed) {
    return std::ldexp(1.0, is_signed ? bits - 1 : bits) - 1.0;
}

void quantize_inputs(std::span<const float> values, const QuantizedLayer& layer, const WindowGeometry& geometry,
                     int bits, PaddedCodes& codes) {
    const double high = largest_code(bits, layer.input_signed), low = layer.input_signed ? -high : 0.0;
    const auto images = static_cast<std::int64_t>(values.size()) / geometry.in.size();
    codes.reset(geometry, images, bits, layer.input_signed);
    const float* line = values.data();
    for (std::int64_t image = 0; image < images; ++image) {
        for (int c = 0; c < geometry.in.channels; ++c) {
            for (int y = 0; y < geometry.in.height; ++y, line += geometry.in.width) {
                const auto at = static_cast<std::size_t>(codes.line(image, c, y));
                if (codes.narrow()) {
                    quantize_line(line, geometry.in.width, layer.input_scale, low, high, codes.bytes.data() + at);
                } else {
                    quantize_line(line, geometry.in.width, layer.input_scale, low, high, codes.words.data() + at);
                }
            }
        }
    }
}

}  // namespace remask
