// Images unrolled into the columns of a matrix product, and back.
#pragma once

#include <cstdint>

#include "models/network/network.h"

namespace remask {

/// A convolution's numbers in one place. Padding to the right and bottom follows from the output's size.
struct ConvolutionShape {
    int in_channels = 0, in_height = 0, in_width = 0;
    int out_channels = 0, out_height = 0, out_width = 0;
    int kernel_height = 1, kernel_width = 1;
    int stride = 1;
    int groups = 1;
    int pad_top = 0, pad_left = 0;  ///< negative where the image is cropped

    int group_inputs() const { return in_channels / groups; }
    int group_outputs() const { return out_channels / groups; }
    int taps() const { return kernel_height * kernel_width; }
    std::int64_t positions() const { return static_cast<std::int64_t>(out_height) * out_width; }
    std::int64_t in_plane() const { return static_cast<std::int64_t>(in_height) * in_width; }
    std::int64_t in_size() const { return in_channels * in_plane(); }
    std::int64_t out_size() const { return out_channels * positions(); }
    std::int64_t weight_count() const { return static_cast<std::int64_t>(out_channels) * group_inputs() * taps(); }
};

ConvolutionShape convolution_shape(const Layer& layer, const Shape& input);

/// columns[(channel, ky, kx)][(y − row_first, x)] = the pixel under that tap, 0 outside the image, for output rows
/// [row_first, row_first + rows) and one group's `planes`. `ld` = elements from one row of `columns` to the next.
void image_to_columns(const ConvolutionShape& shape, const float* planes, int row_first, int rows, float* columns,
                      std::int64_t ld);

/// The transpose of image_to_columns: adds each element of `columns` to the pixel that it came from.
void add_columns_to_image(const ConvolutionShape& shape, const float* columns, std::int64_t ld, int row_first, int rows,
                          float* planes);

/// Output coordinates [first, last) whose input coordinate o·stride + offset lies in [0, size); within [0, count).
struct ValidRange {
    int first, last;
};
ValidRange valid_range(int offset, int stride, int size, int count);

}  // namespace remask
