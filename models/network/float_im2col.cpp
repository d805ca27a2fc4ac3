#include "models/network/float_im2col.h"

#include <algorithm>

namespace remask {

namespace {

/// Stride 1 and output as wide as the input: the whole block of one tap is one shifted copy of the plane, whose columns
/// that wrapped around the image's edge are then cleared.
void copy_shifted(const ConvolutionShape& shape, const float* plane, int dy, int dx, int row_first, int rows,
                  float* out) {
    const std::int64_t width = shape.in_width;
    const ValidRange y = valid_range(row_first + dy, 1, shape.in_height, rows);
    const std::int64_t begin = (y.first < y.last ? y.first : rows) * width;
    const std::int64_t end = std::max<std::int64_t>(begin, y.last * width);
    const std::int64_t shift = (static_cast<std::int64_t>(row_first) + dy) * width + dx;
    const std::int64_t from = std::clamp(-shift, begin, end);
    const std::int64_t to = std::clamp(shape.in_plane() - shift, from, end);
    std::fill(out, out + from, 0.0f);
    if (to > from) std::copy(plane + from + shift, plane + to + shift, out + from);
    std::fill(out + to, out + rows * width, 0.0f);
    const ValidRange x = valid_range(dx, 1, shape.in_width, shape.out_width);
    const auto clear_column = [&](std::int64_t column) {
        for (int row = y.first; row < y.last; ++row) out[row * width + column] = 0.0f;
    };
    for (int column = 0; column < x.first; ++column) clear_column(column);
    for (std::int64_t column = std::max(x.first, x.last); column < width; ++column) clear_column(column);
}

void copy_line(const float* __restrict in, int stride, int count, float* __restrict out) {
    if (stride == 1) {
        std::copy(in, in + count, out);
    } else if (stride == 2) {
        for (int i = 0; i < count; ++i) out[i] = in[2 * i];
    } else {
        for (int i = 0; i < count; ++i) out[i] = in[static_cast<std::int64_t>(i) * stride];
    }
}

void copy_strided(const ConvolutionShape& shape, const float* plane, int dy, int dx, int row_first, int rows,
                  float* out) {
    const ValidRange x = valid_range(dx, shape.stride, shape.in_width, shape.out_width);
    for (int row = 0; row < rows; ++row, out += shape.out_width) {
        const std::int64_t in_row = static_cast<std::int64_t>(row_first + row) * shape.stride + dy;
        if (in_row < 0 || in_row >= shape.in_height || x.first >= x.last) {
            std::fill(out, out + shape.out_width, 0.0f);
            continue;
        }
        for (int column = 0; column < x.first; ++column) out[column] = 0.0f;
        const float* line = plane + in_row * shape.in_width + static_cast<std::int64_t>(x.first) * shape.stride + dx;
        copy_line(line, shape.stride, x.last - x.first, out + x.first);
        for (int column = x.last; column < shape.out_width; ++column) out[column] = 0.0f;
    }
}

void add_strided(const ConvolutionShape& shape, const float* columns, int dy, int dx, int row_first, int rows,
                 float* plane) {
    const ValidRange x = valid_range(dx, shape.stride, shape.in_width, shape.out_width);
    for (int row = 0; row < rows; ++row, columns += shape.out_width) {
        const std::int64_t in_row = static_cast<std::int64_t>(row_first + row) * shape.stride + dy;
        if (in_row < 0 || in_row >= shape.in_height) continue;
        float* line = plane + in_row * shape.in_width + dx;
        for (std::int64_t i = x.first; i < x.last; ++i) line[i * shape.stride] += columns[i];
    }
}

}  // namespace

ConvolutionShape convolution_shape(const Layer& layer, const Shape& input) {
    ConvolutionShape shape;
    shape.in_channels = input.channels;
    shape.in_height = input.height;
    shape.in_width = input.width;
    shape.out_channels = layer.output.channels;
    shape.out_height = layer.output.height;
    shape.out_width = layer.output.width;
    shape.kernel_height = layer.kernel_height;
    shape.kernel_width = layer.kernel_width;
    shape.stride = layer.stride;
    shape.groups = layer.groups;
    shape.pad_top = layer.padding.top;
    shape.pad_left = layer.padding.left;
    return shape;
}

ValidRange valid_range(int offset, int stride, int size, int count) {
    const int first = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
    const int last = size <= offset ? 0 : (size - offset + stride - 1) / stride;
    return {std::min(first, count), std::clamp(last, 0, count)};
}

void image_to_columns(const ConvolutionShape& shape, const float* planes, int row_first, int rows, float* columns,
                      std::int64_t ld) {
    const bool shifted = shape.stride == 1 && shape.out_width == shape.in_width;
    for (int channel = 0; channel < shape.group_inputs(); ++channel, planes += shape.in_plane()) {
        for (int ky = 0; ky < shape.kernel_height; ++ky) {
            for (int kx = 0; kx < shape.kernel_width; ++kx, columns += ld) {
                const int dy = ky - shape.pad_top, dx = kx - shape.pad_left;
                if (shifted) {
                    copy_shifted(shape, planes, dy, dx, row_first, rows, columns);
                } else {
                    copy_strided(shape, planes, dy, dx, row_first, rows, columns);
                }
            }
        }
    }
}

void add_columns_to_image(const ConvolutionShape& shape, const float* columns, std::int64_t ld, int row_first, int rows,
                          float* planes) {
    for (int channel = 0; channel < shape.group_inputs(); ++channel, planes += shape.in_plane()) {
        for (int ky = 0; ky < shape.kernel_height; ++ky) {
            for (int kx = 0; kx < shape.kernel_width; ++kx, columns += ld) {
                add_strided(shape, columns, ky - shape.pad_top, kx - shape.pad_left, row_first, rows, planes);
            }
        }
    }
}

}  // namespace remask
