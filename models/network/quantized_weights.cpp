#include <algorithm>
#include <cmath>

#include "models/network/quantized_network.h"
#include "sim/base/diagnostics.h"

namespace remask {
namespace {

double largest_code(int bits) {
    return std::ldexp(1.0, bits - 1) - 1.0;
}

}  // namespace

QuantizedLayer QuantizedLayer::without_weights() const {
    return {layer, rows, columns, groups, kernel_size, {}, weight_scale, input_scale, input_signed};
}

std::vector<double> weight_scales(const Tensor& reference, int bits) {
    const auto channels = static_cast<std::size_t>(reference.shape.at(0));
    const std::size_t per_channel = reference.values.size() / channels;
    std::vector<double> scale(channels);
    for (std::size_t c = 0; c < channels; ++c) {
        double largest = 0.0;
        for (std::size_t i = 0; i < per_channel; ++i) {
            largest = std::max(largest, std::abs(static_cast<double>(reference.values[c * per_channel + i])));
        }
        scale[c] = largest > 0.0 ? largest / largest_code(bits) : 1.0;
    }
    return scale;
}

std::vector<std::int32_t> quantize_weights(const Tensor& weights, int groups, std::span<const double> scale, int bits) {
    const std::size_t channels = scale.size();
    const std::size_t rows = weights.values.size() / channels;
    const std::size_t columns = channels / static_cast<std::size_t>(groups);
    if (static_cast<std::int64_t>(channels) != weights.shape.at(0)) throw InternalError("one weight scale a channel");
    const double limit = largest_code(bits);
    std::vector<std::int32_t> result(weights.values.size());
    for (std::size_t c = 0; c < channels; ++c) {
        const std::size_t group = c / columns, column = c % columns;
        for (std::size_t k = 0; k < rows; ++k) {
            // nearbyint in the default rounding mode: half to even
            const double code = std::nearbyint(static_cast<double>(weights.values[c * rows + k]) / scale[c]);
            result[(group * rows + k) * columns + column] = static_cast<std::int32_t>(std::clamp(code, -limit, limit));
        }
    }
    return result;
}

}  // namespace remask
