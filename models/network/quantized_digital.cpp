#include "models/network/quantized_digital.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/base/diagnostics.h"

namespace remask {
namespace {

/// Calls visit(value) for every pixel under the window at output (y, x) that is not padding.
template <class Visit>
void visit_window(const Layer& layer, const Shape& in, const float* plane, int y, int x, const Visit& visit) {
    const int top = y * layer.stride - layer.padding.top, left = x * layer.stride - layer.padding.left;
    for (int iy = std::max(top, 0); iy < std::min(top + layer.kernel_height, in.height); ++iy) {
        for (int ix = std::max(left, 0); ix < std::min(left + layer.kernel_width, in.width); ++ix) {
            visit(plane[static_cast<std::int64_t>(iy) * in.width + ix]);
        }
    }
}

void pool(const Layer& layer, const Shape& in, const float* input, float* output) {
    const bool maximum = layer.kind == LayerKind::max_pool;
    for (int c = 0; c < in.channels; ++c) {
        const float* plane = input + static_cast<std::int64_t>(c) * in.height * in.width;
        for (int y = 0; y < layer.output.height; ++y) {
            for (int x = 0; x < layer.output.width; ++x) {
                float largest = -std::numeric_limits<float>::infinity();
                double sum = 0.0;
                int count = 0;
                visit_window(layer, in, plane, y, x, [&](float value) {
                    largest = std::max(largest, value);
                    sum += value;
                    ++count;
                });
                *output++ = maximum ? largest : static_cast<float>(sum / count);
            }
        }
    }
}

void global_average(const Shape& in, const float* input, float* output) {
    const std::int64_t pixels = static_cast<std::int64_t>(in.height) * in.width;
    for (int c = 0; c < in.channels; ++c, input += pixels) {
        double sum = 0.0;
        for (std::int64_t i = 0; i < pixels; ++i) sum += input[i];
        output[c] = static_cast<float>(sum / static_cast<double>(pixels));
    }
}

void subsample_pad(const Layer& layer, const Shape& in, const float* input, float* output) {
    const int before = (layer.output.channels - in.channels) / 2;
    const std::int64_t plane = static_cast<std::int64_t>(layer.output.height) * layer.output.width;
    std::fill_n(output, layer.output.size(), 0.0f);
    output += before * plane;
    for (int c = 0; c < in.channels; ++c) {
        for (int y = 0; y < in.height; y += layer.stride) {
            const float* row = input + (static_cast<std::int64_t>(c) * in.height + y) * in.width;
            for (int x = 0; x < in.width; x += layer.stride) *output++ = row[x];
        }
    }
}

void multiply(const Shape& shape, const Shape& factor, const float* input, const float* factors, float* output) {
    for (int c = 0; c < shape.channels; ++c) {
        for (int y = 0; y < shape.height; ++y) {
            const int row = (factor.channels > 1 ? c : 0) * factor.height + (factor.height > 1 ? y : 0);
            const float* of_row = factors + static_cast<std::int64_t>(row) * factor.width;
            for (int x = 0; x < shape.width; ++x) *output++ = *input++ * of_row[factor.width > 1 ? x : 0];
        }
    }
}

void upsample(const Layer& layer, const Shape& in, const float* input, float* output) {
    for (int c = 0; c < in.channels; ++c) {
        for (int y = 0; y < layer.output.height; ++y) {
            const float* row = input + (static_cast<std::int64_t>(c) * in.height + y / layer.stride) * in.width;
            for (int x = 0; x < layer.output.width; ++x) *output++ = row[x / layer.stride];
        }
    }
}

}  // namespace

ChannelAffine batch_norm_affine(const Layer& layer, const ParameterMap& parameters) {
    const auto& gamma = parameters.at(layer.name + ".gamma").values;
    const auto& beta = parameters.at(layer.name + ".beta").values;
    const auto& mean = parameters.at(layer.name + ".mean").values;
    const auto& variance = parameters.at(layer.name + ".variance").values;
    ChannelAffine affine{std::vector<double>(gamma.size()), std::vector<double>(gamma.size())};
    for (std::size_t c = 0; c < gamma.size(); ++c) {
        const double deviation = std::sqrt(static_cast<double>(variance[c]) + static_cast<double>(layer.epsilon));
        affine.gain[c] = static_cast<double>(gamma[c]) / deviation;
        affine.shift[c] = static_cast<double>(beta[c]) - static_cast<double>(mean[c]) * affine.gain[c];
    }
    return affine;
}

void apply_digital(const Layer& layer, const DigitalInput& a, const DigitalInput& b, float* output) {
    const Shape& input = a.shape;
    const float *first = a.values, *second = b.values;
    const std::int64_t size = input.size();
    switch (layer.kind) {
        case LayerKind::relu:
            for (std::int64_t i = 0; i < size; ++i) output[i] = first[i] > 0.0f ? first[i] : 0.0f;
            return;
        case LayerKind::add:
            for (std::int64_t i = 0; i < size; ++i) output[i] = first[i] + second[i];
            return;
        case LayerKind::flatten:
            std::copy_n(first, size, output);
            return;
        case LayerKind::max_pool:
        case LayerKind::average_pool:
            return pool(layer, input, first, output);
        case LayerKind::global_average_pool:
            return global_average(input, first, output);
        case LayerKind::subsample_pad:
            return subsample_pad(layer, input, first, output);
        case LayerKind::hard_sigmoid:
            for (std::int64_t i = 0; i < size; ++i) output[i] = std::clamp(first[i] / 6.0f + 0.5f, 0.0f, 1.0f);
            return;
        case LayerKind::gate:
            for (std::int64_t i = 0; i < size; ++i) output[i] = first[i] >= 0.0f ? 1.0f : 0.0f;
            return;
        case LayerKind::multiply:
            return multiply(input, b.shape, first, second, output);
        case LayerKind::upsample:
            return upsample(layer, input, first, output);
        case LayerKind::concatenate:
            std::copy_n(second, b.shape.size(), std::copy_n(first, size, output));
            return;
        default:
            throw InternalError("layer '" + layer.name + "' is not a digital layer");
    }
}

void apply_affine(const ChannelAffine& affine, const Shape& shape, const float* input, float* output) {
    const std::int64_t pixels = static_cast<std::int64_t>(shape.height) * shape.width;
    for (std::size_t c = 0; c < affine.gain.size(); ++c, input += pixels, output += pixels) {
        for (std::int64_t i = 0; i < pixels; ++i) {
            output[i] = static_cast<float>(affine.gain[c] * static_cast<double>(input[i]) + affine.shift[c]);
        }
    }
}

void apply_linear(const Tensor& weight, const Tensor& bias, const float* input, float* output) {
    const auto inputs = static_cast<std::size_t>(weight.shape[1]);
    for (std::size_t o = 0; o < bias.values.size(); ++o) {
        const float* row = weight.values.data() + o * inputs;
        double sum = 0.0;
        for (std::size_t i = 0; i < inputs; ++i) sum += static_cast<double>(row[i]) * static_cast<double>(input[i]);
        output[o] = static_cast<float>(sum + static_cast<double>(bias.values[o]));
    }
}

namespace {

/// sums[p] += w·x at every output position p whose window has (ky, kx) inside the image.
void add_products(const Layer& layer, const Shape& in, const float* plane, int ky, int kx, double w, double* sums) {
    for (int y = 0; y < layer.output.height; ++y) {
        const int iy = y * layer.stride + ky - layer.padding.top;
        if (iy < 0 || iy >= in.height) continue;
        for (int x = 0; x < layer.output.width; ++x) {
            const int ix = x * layer.stride + kx - layer.padding.left;
            if (ix < 0 || ix >= in.width) continue;
            sums[y * layer.output.width + x] +=
                w * static_cast<double>(plane[static_cast<std::int64_t>(iy) * in.width + ix]);
        }
    }
}

}  // namespace

void apply_convolution(const Layer& layer, const Shape& input_shape, const Tensor& weight, const ChannelAffine& end,
                       const float* input, float* output) {
    const std::int64_t plane = static_cast<std::int64_t>(input_shape.height) * input_shape.width;
    const int inputs = input_shape.channels / layer.groups, outputs = layer.out_channels / layer.groups;
    std::vector<double> sums(static_cast<std::size_t>(layer.output.height) *
                             static_cast<std::size_t>(layer.output.width));
    const float* w = weight.values.data();
    for (int o = 0; o < layer.out_channels; ++o) {
        std::fill(sums.begin(), sums.end(), 0.0);
        for (int i = 0; i < inputs; ++i) {
            const float* from = input + (o / outputs * inputs + i) * plane;
            for (int ky = 0; ky < layer.kernel_height; ++ky) {
                for (int kx = 0; kx < layer.kernel_width; ++kx) {
                    add_products(layer, input_shape, from, ky, kx, static_cast<double>(*w++), sums.data());
                }
            }
        }
        const auto channel = static_cast<std::size_t>(o);
        for (const double sum : sums) *output++ = static_cast<float>(sum * end.gain[channel] + end.shift[channel]);
    }
}

}  // namespace remask
