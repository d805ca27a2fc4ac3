// Inside the folder only: unrolls convolution inputs into columns, for any range of output positions of a block of
// images.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "models/network/network.h"

namespace remask {

/// Where a convolution's window stands; a linear layer is a 1x1 window on a 1x1 image.
struct WindowGeometry {
    Shape in, out;
    int kernel_height = 1, kernel_width = 1, stride = 1, top = 0, left = 0;

    WindowGeometry(const Layer& layer, const Shape& input)
        : in(input),
          out(layer.output),
          kernel_height(layer.kind == LayerKind::convolution ? layer.kernel_height : 1),
          kernel_width(layer.kind == LayerKind::convolution ? layer.kernel_width : 1),
          stride(layer.kind == LayerKind::convolution ? layer.stride : 1),
          top(layer.padding.top),
          left(layer.padding.left) {}

    std::int64_t positions() const { return static_cast<std::int64_t>(out.height) * out.width; }
};

/// A run of neighbouring output positions within one row of one image.
struct PositionRun {
    std::int64_t image;
    int y, x, count;
};

/// Vectors [begin, end) of a block, vector = image·positions + y·width + x, as runs.
inline std::vector<PositionRun> position_runs(const WindowGeometry& g, std::int64_t begin, std::int64_t end) {
    std::vector<PositionRun> runs;
    for (std::int64_t v = begin; v < end;) {
        const std::int64_t position = v % g.positions();
        const int x = static_cast<int>(position % g.out.width);
        const int count = static_cast<int>(std::min<std::int64_t>(g.out.width - x, end - v));
        runs.push_back({v / g.positions(), static_cast<int>(position / g.out.width), x, count});
        v += count;
    }
    return runs;
}

/// One row of the columns: channel `channel` seen at kernel offset (ky, kx). Zero outside the image.
template <class T>
void unroll_row(const WindowGeometry& g, const std::vector<PositionRun>& runs, const T* images, int channel, int ky,
                int kx, T* row) {
    const int shift = kx - g.left;
    for (const PositionRun& run : runs) {
        const int iy = run.y * g.stride + ky - g.top;
        T* const end = row + run.count;
        if (iy < 0 || iy >= g.in.height) {
            row = std::fill_n(row, run.count, T{});
            continue;
        }
        // Output columns whose input column x·stride + shift lies in [0, width).
        const int first = shift >= 0 ? 0 : (-shift + g.stride - 1) / g.stride;
        const int beyond = shift >= g.in.width ? 0 : (g.in.width - 1 - shift) / g.stride + 1;
        const int from = std::clamp(first, run.x, run.x + run.count);
        const int to = std::clamp(beyond, from, run.x + run.count);
        row = std::fill_n(row, from - run.x, T{});
        if (from < to) {
            const std::int64_t line = (static_cast<std::int64_t>(channel) * g.in.height + iy) * g.in.width;
            const T* source = images + (run.image * g.in.size() + line + from * g.stride + shift);
            for (int x = from; x < to; ++x, source += g.stride) *row++ = *source;
        }
        row = std::fill_n(row, end - row, T{});
    }
}

/// Columns [channels·kh·kw, end − begin] of channels [first_channel, first_channel + channels), rows ordered (channel,
/// ky, kx). `images`: image-major, in.size() apart.
template <class T>
void unroll(const WindowGeometry& g, const T* images, int first_channel, int channels, std::int64_t begin,
            std::int64_t end, T* columns) {
    const auto runs = position_runs(g, begin, end);
    for (int c = first_channel; c < first_channel + channels; ++c) {
        for (int ky = 0; ky < g.kernel_height; ++ky) {
            for (int kx = 0; kx < g.kernel_width; ++kx, columns += end - begin) {
                unroll_row(g, runs, images, c, ky, kx, columns);
            }
        }
    }
}

}  // namespace remask
