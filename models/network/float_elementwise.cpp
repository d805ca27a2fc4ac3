#include "models/network/float_elementwise.h"

#include <algorithm>

#include "models/network/float_loops.h"

namespace remask {

namespace {

/// Calls work(input offset, output offset) for every output position that has a source: as many values as the input
/// has channels lie there.
template <class Work>
void for_each_sample(const Layer& layer, const Shape& in, int images, const Work& work) {
    const Shape& out = layer.output;
    const int before = (out.channels - in.channels) / 2;
    for (int image = 0; image < images; ++image) {
        std::int64_t to = image * out.size() + before;
        for (int y = 0; y < out.height; ++y) {
            std::int64_t from = image * in.size() + std::int64_t{y} * layer.stride * in.width * in.channels;
            for (int x = 0; x < out.width; ++x, to += out.channels, from += std::int64_t{layer.stride} * in.channels) {
                work(from, to);
            }
        }
    }
}

}  // namespace

REMASK_VECTORISED
void relu(const float* x, std::int64_t count, float* out) {
    REMASK_ELEMENTWISE
    for (std::int64_t i = 0; i < count; ++i) out[i] = 0.0f > x[i] ? 0.0f : x[i];
}

REMASK_VECTORISED
void mask_by_relu(const float* output, std::int64_t count, float* gradient) {
    REMASK_ELEMENTWISE
    for (std::int64_t i = 0; i < count; ++i) gradient[i] = output[i] > 0.0f ? gradient[i] : 0.0f;
}

REMASK_VECTORISED
void add(const float* a, const float* b, std::int64_t count, bool with_relu, float* out) {
    if (with_relu) {
        REMASK_ELEMENTWISE
        for (std::int64_t i = 0; i < count; ++i) {
            const float sum = a[i] + b[i];
            out[i] = 0.0f > sum ? 0.0f : sum;
        }
    } else {
        REMASK_ELEMENTWISE
        for (std::int64_t i = 0; i < count; ++i) out[i] = a[i] + b[i];
    }
}

REMASK_VECTORISED
void accumulate(const float* from, std::int64_t count, float* to) {
    REMASK_ELEMENTWISE
    for (std::int64_t i = 0; i < count; ++i) to[i] += from[i];
}

void subsample_pad(const Layer& layer, const Shape& in, const float* input, int images, float* output) {
    std::fill(output, output + images * layer.output.size(), 0.0f);
    for_each_sample(layer, in, images, [&](std::int64_t from, std::int64_t to) {
        std::copy(input + from, input + from + in.channels, output + to);
    });
}

void add_subsample_pad_gradient(const Layer& layer, const Shape& in, const float* output_gradient, int images,
                                float* input_gradient) {
    for_each_sample(layer, in, images, [&](std::int64_t from, std::int64_t to) {
        for (int c = 0; c < in.channels; ++c) input_gradient[from + c] += output_gradient[to + c];
    });
}

void concatenate(const Shape& a_shape, const Shape& b_shape, const float* a, const float* b, int images, float* out) {
    const std::int64_t positions = std::int64_t{images} * a_shape.height * a_shape.width;
    for (std::int64_t i = 0; i < positions; ++i, a += a_shape.channels, b += b_shape.channels) {
        out = std::copy_n(b, b_shape.channels, std::copy_n(a, a_shape.channels, out));
    }
}

void add_part_gradient(const Shape& part, int first_channel, int channels, const float* output_gradient, int images,
                       float* part_gradient) {
    const std::int64_t positions = std::int64_t{images} * part.height * part.width;
    const float* from = output_gradient + first_channel;
    for (std::int64_t i = 0; i < positions; ++i, from += channels, part_gradient += part.channels) {
        accumulate(from, part.channels, part_gradient);
    }
}

}  // namespace remask
