#include "models/network/float_convolution.h"

#include <algorithm>

#include "models/network/float_depthwise.h"
#include "models/network/float_product.h"

namespace remask {

namespace {

/// Columns of one product: rows of one image, or several small images whole. About 256 columns keep the unrolled block
/// in the second-level cache and OpenBLAS in its fastest range (docs/measurements/blas.md).
constexpr int block_columns = 256;
constexpr int small_image = 64;

struct Block {
    int image, images;
    int row, rows;
};

float* sized(std::vector<float>& buffer, std::int64_t count) {
    if (static_cast<std::int64_t>(buffer.size()) < count) buffer.resize(static_cast<std::size_t>(count));
    return buffer.data();
}

template <class Work>
void for_each_block(const ConvolutionShape& shape, int images, const Work& work) {
    const auto positions = static_cast<int>(std::min<std::int64_t>(shape.positions(), block_columns));
    if (positions < small_image) {
        const int step = std::max(1, block_columns / positions);
        for (int image = 0; image < images; image += step) {
            work(Block{image, std::min(step, images - image), 0, shape.out_height});
        }
        return;
    }
    const int most_rows = std::max(1, block_columns / shape.out_width);
    const int blocks = (shape.out_height + most_rows - 1) / most_rows;
    const int rows = (shape.out_height + blocks - 1) / blocks;
    for (int image = 0; image < images; ++image) {
        for (int row = 0; row < shape.out_height; row += rows) {
            work(Block{image, 1, row, std::min(rows, shape.out_height - row)});
        }
    }
}

std::int64_t width(const ConvolutionShape& shape, const Block& block) {
    return static_cast<std::int64_t>(block.images) * block.rows * shape.out_width;
}

struct Matrix {
    const float* data;
    std::int64_t ld;
};

/// One group's unrolled input [taps, width]: where nothing needs unrolling, the input itself.
Matrix columns_of(const ConvolutionShape& shape, const Block& block, int group, const float* input,
                  ConvolutionScratch& scratch) {
    const float* planes = input + block.image * shape.in_size() + group * shape.group_inputs() * shape.in_plane();
    const bool pointwise = shape.taps() == 1 && shape.stride == 1 && shape.pad_top == 0 && shape.pad_left == 0 &&
                           shape.out_width == shape.in_width && shape.out_height == shape.in_height;
    if (pointwise && block.images == 1) {
        return {planes + static_cast<std::int64_t>(block.row) * shape.in_width, shape.in_plane()};
    }
    const std::int64_t ld = width(shape, block);
    float* columns = sized(scratch.columns, shape.group_inputs() * shape.taps() * ld);
    for (int i = 0; i < block.images; ++i) {
        image_to_columns(shape, planes + i * shape.in_size(), block.row, block.rows, columns + i * shape.positions(),
                         ld);
    }
    return {columns, ld};
}

/// One group's part of `output` as a matrix [out/groups, width]; several images are gathered side by side.
Matrix gather_outputs(const ConvolutionShape& shape, const Block& block, int group, const float* output,
                      ConvolutionScratch& scratch) {
    const std::int64_t positions = shape.positions();
    const float* planes = output + block.image * shape.out_size() + group * shape.group_outputs() * positions;
    if (block.images == 1) return {planes + static_cast<std::int64_t>(block.row) * shape.out_width, positions};
    const std::int64_t ld = width(shape, block);
    float* values = sized(scratch.values, shape.group_outputs() * ld);
    for (int i = 0; i < block.images; ++i) {
        for (int channel = 0; channel < shape.group_outputs(); ++channel) {
            const float* from = planes + i * shape.out_size() + channel * positions;
            std::copy(from, from + positions, values + channel * ld + i * positions);
        }
    }
    return {values, ld};
}

void scatter_outputs(const ConvolutionShape& shape, const Block& block, int group, const float* values, bool accumulate,
                     float* output) {
    const std::int64_t positions = shape.positions();
    const std::int64_t ld = width(shape, block);
    float* planes = output + block.image * shape.out_size() + group * shape.group_outputs() * positions;
    for (int i = 0; i < block.images; ++i) {
        for (int channel = 0; channel < shape.group_outputs(); ++channel) {
            const float* from = values + channel * ld + i * positions;
            float* to = planes + i * shape.out_size() + channel * positions;
            if (accumulate) {
                for (std::int64_t p = 0; p < positions; ++p) to[p] += from[p];
            } else {
                std::copy(from, from + positions, to);
            }
        }
    }
}

void add_bias(const ConvolutionShape& shape, const float* bias, int images, float* output) {
    for (int image = 0; image < images; ++image) {
        for (int channel = 0; channel < shape.out_channels; ++channel, output += shape.positions()) {
            for (std::int64_t p = 0; p < shape.positions(); ++p) output[p] += bias[channel];
        }
    }
}

void convolve_group(const ConvolutionShape& shape, Arithmetic arithmetic, const float* weights, const Block& block,
                    int group, const float* input, bool accumulate, float* output, ConvolutionScratch& scratch) {
    const std::int64_t taps = static_cast<std::int64_t>(shape.group_inputs()) * shape.taps();
    const float* group_weights = weights + group * shape.group_outputs() * taps;
    const Matrix columns = columns_of(shape, block, group, input, scratch);
    const ProductShape size{false, false, shape.group_outputs(), width(shape, block), taps};
    if (block.images == 1) {
        float* planes = output + block.image * shape.out_size() + group * shape.group_outputs() * shape.positions();
        product(arithmetic, size, group_weights, taps, columns.data, columns.ld, accumulate,
                planes + static_cast<std::int64_t>(block.row) * shape.out_width, shape.positions());
    } else {
        float* values = sized(scratch.values, size.m * size.n);
        product(arithmetic, size, group_weights, taps, columns.data, columns.ld, false, values, size.n);
        scatter_outputs(shape, block, group, values, accumulate, output);
    }
}

/// The convolution that a stride-1 convolution's input gradient is: inputs and outputs swapped, kernels turned around.
ConvolutionShape turned_around(const ConvolutionShape& shape) {
    ConvolutionShape turned = shape;
    std::swap(turned.in_channels, turned.out_channels);
    std::swap(turned.in_height, turned.out_height);
    std::swap(turned.in_width, turned.out_width);
    turned.pad_top = shape.kernel_height - 1 - shape.pad_top;
    turned.pad_left = shape.kernel_width - 1 - shape.pad_left;
    return turned;
}

}  // namespace

void convolve(const ConvolutionShape& shape, Arithmetic arithmetic, const float* weights, const float* bias,
              const float* input, int images, bool accumulate, float* output, ConvolutionScratch& scratch) {
    if (is_depthwise(shape)) {
        depthwise_convolve(shape, weights, input, images, accumulate, output);
    } else {
        for_each_block(shape, images, [&](const Block& block) {
            for (int group = 0; group < shape.groups; ++group) {
                convolve_group(shape, arithmetic, weights, block, group, input, accumulate, output, scratch);
            }
        });
    }
    if (bias != nullptr) add_bias(shape, bias, images, output);
}

void convolution_weight_gradient(const ConvolutionShape& shape, Arithmetic arithmetic, const float* input,
                                 const float* output_gradient, int images, float* gradient,
                                 ConvolutionScratch& scratch) {
    if (is_depthwise(shape)) {
        depthwise_weight_gradient(shape, input, output_gradient, images, gradient);
        return;
    }
    const std::int64_t taps = static_cast<std::int64_t>(shape.group_inputs()) * shape.taps();
    bool accumulate = false;
    for_each_block(shape, images, [&](const Block& block) {
        for (int group = 0; group < shape.groups; ++group) {
            const Matrix columns = columns_of(shape, block, group, input, scratch);
            const Matrix outputs = gather_outputs(shape, block, group, output_gradient, scratch);
            const ProductShape size{false, true, taps, shape.group_outputs(), width(shape, block)};
            product(arithmetic, size, columns.data, columns.ld, outputs.data, outputs.ld, accumulate,
                    gradient + group * taps * shape.group_outputs(), shape.group_outputs());
        }
        accumulate = true;
    });
}

std::vector<float> input_gradient_weights(const ConvolutionShape& shape, const float* weights) {
    if (is_depthwise(shape) || shape.stride != 1) return {};
    std::vector<float> turned(static_cast<std::size_t>(shape.weight_count()));
    const std::int64_t ins = shape.group_inputs(), outs = shape.group_outputs(), taps = shape.taps();
    for (std::int64_t group = 0; group < shape.groups; ++group) {
        for (std::int64_t out = 0; out < outs; ++out) {
            for (std::int64_t in = 0; in < ins; ++in) {
                for (std::int64_t tap = 0; tap < taps; ++tap) {
                    turned[static_cast<std::size_t>(((group * ins + in) * outs + out) * taps + taps - 1 - tap)] =
                        weights[((group * outs + out) * ins + in) * taps + tap];
                }
            }
        }
    }
    return turned;
}

void convolution_input_gradient(const ConvolutionShape& shape, Arithmetic arithmetic, const float* weights,
                                const std::vector<float>& prepared, const float* output_gradient, int images,
                                bool accumulate, float* input_gradient, ConvolutionScratch& scratch) {
    if (!prepared.empty()) {
        convolve(turned_around(shape), arithmetic, prepared.data(), nullptr, output_gradient, images, accumulate,
                 input_gradient, scratch);
        return;
    }
    if (!accumulate) std::fill(input_gradient, input_gradient + images * shape.in_size(), 0.0f);
    if (is_depthwise(shape)) {
        add_depthwise_input_gradient(shape, weights, output_gradient, images, input_gradient);
        return;
    }
    const std::int64_t taps = static_cast<std::int64_t>(shape.group_inputs()) * shape.taps();
    for_each_block(shape, images, [&](const Block& block) {
        for (int group = 0; group < shape.groups; ++group) {
            const Matrix outputs = gather_outputs(shape, block, group, output_gradient, scratch);
            const ProductShape size{true, false, taps, width(shape, block), shape.group_outputs()};
            float* columns = sized(scratch.columns, size.m * size.n);
            product(arithmetic, size, weights + group * shape.group_outputs() * taps, taps, outputs.data, outputs.ld,
                    false, columns, size.n);
            for (int i = 0; i < block.images; ++i) {
                float* planes = input_gradient + (block.image + i) * shape.in_size() +
                                group * shape.group_inputs() * shape.in_plane();
                add_columns_to_image(shape, columns + i * shape.positions(), size.n, block.row, block.rows, planes);
            }
        }
    });
}

}  // namespace remask
