#include "models/network/float_attention.h"

#include <algorithm>
#include <cmath>

namespace remask {

namespace {

/// Calls work(offset in a, offset in b) for every element of a.
template <class Work>
void for_each_product(const Shape& a, const Shape& b, int images, const Work& work) {
    std::int64_t at = 0;
    for (int image = 0; image < images; ++image) {
        for (int y = 0; y < a.height; ++y) {
            const std::int64_t row = (std::int64_t{image} * b.height + (b.height > 1 ? y : 0)) * b.width;
            for (int x = 0; x < a.width; ++x) {
                const std::int64_t position = (row + (b.width > 1 ? x : 0)) * b.channels;
                for (int channel = 0; channel < a.channels; ++channel) {
                    work(at++, position + (b.channels > 1 ? channel : 0));
                }
            }
        }
    }
}

/// Calls work(input offset, output offset) for every output position: a value of each channel lies there.
template <class Work>
void for_each_copy(const Layer& layer, const Shape& in, int images, const Work& work) {
    std::int64_t to = 0;
    for (int image = 0; image < images; ++image) {
        for (int y = 0; y < layer.output.height; ++y) {
            const std::int64_t row = (std::int64_t{image} * in.height + y / layer.stride) * in.width;
            for (int x = 0; x < layer.output.width; ++x, to += in.channels) {
                work((row + x / layer.stride) * in.channels, to);
            }
        }
    }
}

}  // namespace

void hard_sigmoid(const float* x, std::int64_t count, float* out) {
    for (std::int64_t i = 0; i < count; ++i) out[i] = std::clamp(x[i] / 6.0f + 0.5f, 0.0f, 1.0f);
}

void through_hard_sigmoid(const float* output, std::int64_t count, float* gradient) {
    for (std::int64_t i = 0; i < count; ++i) {
        gradient[i] = output[i] > 0.0f && output[i] < 1.0f ? gradient[i] / 6.0f : 0.0f;
    }
}

void gate(const float* x, const float* noise, std::int64_t count, float* out) {
    for (std::int64_t i = 0; i < count; ++i) out[i] = x[i] + (noise != nullptr ? noise[i] : 0.0f) >= 0.0f ? 1.0f : 0.0f;
}

void through_gate(const float* x, const float* noise, std::int64_t count, float* gradient) {
    for (std::int64_t i = 0; i < count; ++i) {
        const float s = 1.0f / (1.0f + std::exp(-(x[i] + (noise != nullptr ? noise[i] : 0.0f))));
        gradient[i] *= s * (1.0f - s);
    }
}

void multiply(const Shape& a_shape, const Shape& b_shape, const float* a, const float* b, int images, float* out) {
    for_each_product(a_shape, b_shape, images, [&](std::int64_t i, std::int64_t j) { out[i] = a[i] * b[j]; });
}

void add_product_gradient(const Shape& a_shape, const Shape& b_shape, const float* b, const float* out_gradient,
                          int images, float* a_gradient) {
    for_each_product(a_shape, b_shape, images,
                     [&](std::int64_t i, std::int64_t j) { a_gradient[i] += out_gradient[i] * b[j]; });
}

void add_factor_gradient(const Shape& a_shape, const Shape& b_shape, const float* a, const float* out_gradient,
                         int images, float* b_gradient) {
    for_each_product(a_shape, b_shape, images,
                     [&](std::int64_t i, std::int64_t j) { b_gradient[j] += out_gradient[i] * a[i]; });
}

void upsample(const Layer& layer, const Shape& in, const float* input, int images, float* output) {
    for_each_copy(layer, in, images, [&](std::int64_t from, std::int64_t to) {
        std::copy(input + from, input + from + in.channels, output + to);
    });
}

void add_upsample_gradient(const Layer& layer, const Shape& in, const float* output_gradient, int images,
                           float* input_gradient) {
    for_each_copy(layer, in, images, [&](std::int64_t from, std::int64_t to) {
        for (int c = 0; c < in.channels; ++c) input_gradient[from + c] += output_gradient[to + c];
    });
}

}  // namespace remask
