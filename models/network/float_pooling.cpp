#include "models/network/float_pooling.h"

#include <algorithm>

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

/// Calls work(window, output offset) for every output position of one plane.
template <class Work>
void for_each_window(const Layer& layer, const Shape& in, const Work& work) {
    std::int64_t offset = 0;
    for (int y = 0; y < layer.output.height; ++y) {
        for (int x = 0; x < layer.output.width; ++x) work(window(layer, in, y, x), offset++);
    }
}

std::int64_t first_maximum(const Window& window, int width, const float* plane) {
    std::int64_t best = static_cast<std::int64_t>(window.top) * width + window.left;
    for (int y = window.top; y < window.bottom; ++y) {
        for (int x = window.left; x < window.right; ++x) {
            const std::int64_t i = static_cast<std::int64_t>(y) * width + x;
            if (plane[i] > plane[best]) best = i;
        }
    }
    return best;
}

float mean(const Window& window, int width, const float* plane) {
    float sum = 0.0f;
    for (int y = window.top; y < window.bottom; ++y) {
        for (int x = window.left; x < window.right; ++x) sum += plane[static_cast<std::int64_t>(y) * width + x];
    }
    return sum / static_cast<float>(window.count());
}

void add_to_window(const Window& window, int width, float value, float* plane) {
    for (int y = window.top; y < window.bottom; ++y) {
        for (int x = window.left; x < window.right; ++x) plane[static_cast<std::int64_t>(y) * width + x] += value;
    }
}

}  // namespace

void pool(const Layer& layer, const Shape& in, const float* input, int images, float* output) {
    const std::int64_t in_plane = static_cast<std::int64_t>(in.height) * in.width;
    const std::int64_t out_plane = static_cast<std::int64_t>(layer.output.height) * layer.output.width;
    for (std::int64_t plane = 0; plane < static_cast<std::int64_t>(images) * in.channels; ++plane) {
        const float* from = input + plane * in_plane;
        float* to = output + plane * out_plane;
        for_each_window(layer, in, [&](const Window& w, std::int64_t offset) {
            to[offset] =
                layer.kind == LayerKind::max_pool ? from[first_maximum(w, in.width, from)] : mean(w, in.width, from);
        });
    }
}

void add_pool_gradient(const Layer& layer, const Shape& in, const float* input, const float* output_gradient,
                       int images, float* input_gradient) {
    const std::int64_t in_plane = static_cast<std::int64_t>(in.height) * in.width;
    const std::int64_t out_plane = static_cast<std::int64_t>(layer.output.height) * layer.output.width;
    for (std::int64_t plane = 0; plane < static_cast<std::int64_t>(images) * in.channels; ++plane) {
        const float* gradient = output_gradient + plane * out_plane;
        float* to = input_gradient + plane * in_plane;
        for_each_window(layer, in, [&](const Window& w, std::int64_t offset) {
            if (layer.kind == LayerKind::max_pool) {
                to[first_maximum(w, in.width, input + plane * in_plane)] += gradient[offset];
            } else {
                add_to_window(w, in.width, gradient[offset] / static_cast<float>(w.count()), to);
            }
        });
    }
}

}  // namespace remask
