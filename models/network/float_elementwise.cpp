#include "models/network/float_elementwise.h"

#include <algorithm>

namespace remask {

namespace {

/// Calls work(input offset, output offset) for every output element that has a source, image by image.
template <class Work>
void for_each_sample(const Layer& layer, const Shape& in, int images, const Work& work) {
    const Shape& out = layer.output;
    const int before = (out.channels - in.channels) / 2;
    const std::int64_t out_plane = static_cast<std::int64_t>(out.height) * out.width;
    for (int image = 0; image < images; ++image) {
        for (int channel = 0; channel < in.channels; ++channel) {
            std::int64_t to = image * out.size() + (before + channel) * out_plane;
            for (int y = 0; y < out.height; ++y) {
                const std::int64_t row = static_cast<std::int64_t>(channel) * in.height + y * layer.stride;
                const std::int64_t from = image * in.size() + row * in.width;
                for (int x = 0; x < out.width; ++x) work(from + static_cast<std::int64_t>(x) * layer.stride, to++);
            }
        }
    }
}

}  // namespace

void relu(const float* x, std::int64_t count, float* out) {
    for (std::int64_t i = 0; i < count; ++i) out[i] = 0.0f > x[i] ? 0.0f : x[i];
}

void mask_by_relu(const float* output, std::int64_t count, float* gradient) {
    for (std::int64_t i = 0; i < count; ++i) gradient[i] = output[i] > 0.0f ? gradient[i] : 0.0f;
}

void add(const float* a, const float* b, std::int64_t count, bool with_relu, float* out) {
    if (with_relu) {
        for (std::int64_t i = 0; i < count; ++i) {
            const float sum = a[i] + b[i];
            out[i] = 0.0f > sum ? 0.0f : sum;
        }
    } else {
        for (std::int64_t i = 0; i < count; ++i) out[i] = a[i] + b[i];
    }
}

void accumulate(const float* from, std::int64_t count, float* to) {
    for (std::int64_t i = 0; i < count; ++i) to[i] += from[i];
}

void subsample_pad(const Layer& layer, const Shape& in, const float* input, int images, float* output) {
    std::fill(output, output + images * layer.output.size(), 0.0f);
    for_each_sample(layer, in, images, [&](std::int64_t from, std::int64_t to) { output[to] = input[from]; });
}

void add_subsample_pad_gradient(const Layer& layer, const Shape& in, const float* output_gradient, int images,
                                float* input_gradient) {
    for_each_sample(layer, in, images,
                    [&](std::int64_t from, std::int64_t to) { input_gradient[from] += output_gradient[to]; });
}

}  // namespace remask
