#include "models/network/float_depthwise.h"

#include <algorithm>

namespace remask {

namespace {

/// Calls work(input offset, output offset, count) for every run of one output row that tap (ky, kx) reaches.
template <class Work>
void for_each_run(const ConvolutionShape& shape, int ky, int kx, const Work& work) {
    const int dy = ky - shape.pad_top, dx = kx - shape.pad_left;
    const ValidRange y = valid_range(dy, shape.stride, shape.in_height, shape.out_height);
    const ValidRange x = valid_range(dx, shape.stride, shape.in_width, shape.out_width);
    if (x.first >= x.last) return;
    for (int row = y.first; row < y.last; ++row) {
        const std::int64_t in_row = static_cast<std::int64_t>(row) * shape.stride + dy;
        work(in_row * shape.in_width + static_cast<std::int64_t>(x.first) * shape.stride + dx,
             static_cast<std::int64_t>(row) * shape.out_width + x.first, x.last - x.first);
    }
}

void convolve_plane(const ConvolutionShape& shape, const float* weights, const float* input, float* output) {
    for (int ky = 0; ky < shape.kernel_height; ++ky) {
        for (int kx = 0; kx < shape.kernel_width; ++kx) {
            const float weight = weights[ky * shape.kernel_width + kx];
            for_each_run(shape, ky, kx, [&](std::int64_t in, std::int64_t out, int count) {
                const float* __restrict from = input + in;
                float* __restrict to = output + out;
                if (shape.stride == 1) {
                    for (int i = 0; i < count; ++i) to[i] += weight * from[i];
                } else {
                    for (std::int64_t i = 0; i < count; ++i) to[i] += weight * from[i * shape.stride];
                }
            });
        }
    }
}

}  // namespace

bool is_depthwise(const ConvolutionShape& shape) {
    return shape.groups > 1 && shape.groups == shape.in_channels && shape.groups == shape.out_channels;
}

void depthwise_convolve(const ConvolutionShape& shape, const float* weights, const float* input, int images,
                        bool accumulate, float* output) {
    if (!accumulate) std::fill(output, output + images * shape.out_size(), 0.0f);
    for (int image = 0; image < images; ++image) {
        for (int channel = 0; channel < shape.groups; ++channel) {
            convolve_plane(shape, weights + channel * shape.taps(), input, output);
            input += shape.in_plane();
            output += shape.positions();
        }
    }
}

void depthwise_weight_gradient(const ConvolutionShape& shape, const float* input, const float* output_gradient,
                               int images, float* gradient) {
    std::fill(gradient, gradient + shape.weight_count(), 0.0f);
    for (int image = 0; image < images; ++image) {
        for (int channel = 0; channel < shape.groups; ++channel) {
            for (int tap = 0; tap < shape.taps(); ++tap) {
                double sum = 0.0;
                for_each_run(shape, tap / shape.kernel_width, tap % shape.kernel_width,
                             [&](std::int64_t in, std::int64_t out, int count) {
                                 float row = 0.0f;
                                 for (std::int64_t i = 0; i < count; ++i) {
                                     row += input[in + i * shape.stride] * output_gradient[out + i];
                                 }
                                 sum += static_cast<double>(row);
                             });
                gradient[channel * shape.taps() + tap] += static_cast<float>(sum);
            }
            input += shape.in_plane();
            output_gradient += shape.positions();
        }
    }
}

void add_depthwise_input_gradient(const ConvolutionShape& shape, const float* weights, const float* output_gradient,
                                  int images, float* input_gradient) {
    for (int image = 0; image < images; ++image) {
        for (int channel = 0; channel < shape.groups; ++channel) {
            for (int tap = 0; tap < shape.taps(); ++tap) {
                const float weight = weights[channel * shape.taps() + tap];
                for_each_run(shape, tap / shape.kernel_width, tap % shape.kernel_width,
                             [&](std::int64_t in, std::int64_t out, int count) {
                                 for (std::int64_t i = 0; i < count; ++i) {
                                     input_gradient[in + i * shape.stride] += weight * output_gradient[out + i];
                                 }
                             });
            }
            input_gradient += shape.in_plane();
            output_gradient += shape.positions();
        }
    }
}

}  // namespace remask
