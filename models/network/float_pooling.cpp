#include "models/network/float_pooling.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "models/network/float_elementwise.h"

namespace remask {

namespace {

struct Window {
    int top, bottom, left, right;  // [top, bottom) × [left, right), inside the image
    int count() const { return (bottom - top) * (right - left); }
};

Window window(const Layer& layer, const Shape& in, int y, int x) {
    if (layer.kind == LayerKind::global_average_pool) return {0, in.height, 0, in.width};
    const int top = y * layer.stride - layer.padding.top;
    const int left = x * layer.stride - layer.padding.left;
    return {std::max(top, 0), std::min(top + layer.kernel_height, in.height), std::max(left, 0),
            std::min(left + layer.kernel_width, in.width)};
}

/// Calls work(window, output offset of the position's first channel) for every output position of one image.
template <class Work>
void for_each_window(const Layer& layer, const Shape& in, const Work& work) {
    std::int64_t offset = 0;
    for (int y = 0; y < layer.output.height; ++y) {
        for (int x = 0; x < layer.output.width; ++x, offset += in.channels) work(window(layer, in, y, x), offset);
    }
}

/// Calls work(input offset of the position's first channel), row by row.
template <class Work>
void for_each_position(const Window& window, const Shape& in, const Work& work) {
    for (int y = window.top; y < window.bottom; ++y) {
        for (int x = window.left; x < window.right; ++x) work((std::int64_t{y} * in.width + x) * in.channels);
    }
}

/// Where each channel has its maximum, the first of equal ones.
void find_maxima(const Window& window, const Shape& in, const float* image, std::vector<std::int64_t>& best) {
    best.assign(static_cast<std::size_t>(in.channels), -1);
    for_each_position(window, in, [&](std::int64_t offset) {
        for (std::size_t c = 0; c < best.size(); ++c) {
            const std::int64_t here = offset + static_cast<std::int64_t>(c);
            if (best[c] < 0 || image[here] > image[best[c]]) best[c] = here;
        }
    });
}

void mean(const Window& window, const Shape& in, const float* image, float* out) {
    std::fill(out, out + in.channels, 0.0f);
    for_each_position(window, in, [&](std::int64_t offset) { accumulate(image + offset, in.channels, out); });
    for (int c = 0; c < in.channels; ++c) out[c] /= static_cast<float>(window.count());
}

}  // namespace

void pool(const Layer& layer, const Shape& in, const float* input, int images, float* output) {
    std::vector<std::int64_t> best;
    for (int i = 0; i < images; ++i, input += in.size(), output += layer.output.size()) {
        for_each_window(layer, in, [&](const Window& w, std::int64_t offset) {
            if (layer.kind == LayerKind::max_pool) {
                find_maxima(w, in, input, best);
                for (std::size_t c = 0; c < best.size(); ++c) {
                    output[offset + static_cast<std::int64_t>(c)] = input[best[c]];
                }
            } else {
                mean(w, in, input, output + offset);
            }
        });
    }
}

void add_pool_gradient(const Layer& layer, const Shape& in, const float* input, const float* output_gradient,
                       int images, float* input_gradient) {
    std::vector<std::int64_t> best;
    std::vector<float> share(static_cast<std::size_t>(in.channels));
    for (int i = 0; i < images; ++i) {
        for_each_window(layer, in, [&](const Window& w, std::int64_t at) {
            const float* gradient = output_gradient + at;
            if (layer.kind == LayerKind::max_pool) {
                find_maxima(w, in, input, best);
                for (std::size_t c = 0; c < best.size(); ++c) input_gradient[best[c]] += gradient[c];
            } else {
                for (std::size_t c = 0; c < share.size(); ++c) share[c] = gradient[c] / static_cast<float>(w.count());
                for_each_position(w, in, [&](std::int64_t offset) {
                    accumulate(share.data(), in.channels, input_gradient + offset);
                });
            }
        });
        input += in.size();
        input_gradient += in.size();
        output_gradient += layer.output.size();
    }
}

}  // namespace remask
