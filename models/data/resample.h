// Images at another size: antialiased bilinear, the same bytes as Pillow's Image.resize(…, BILINEAR), which
// torchvision's transforms of PIL images use.
#pragma once

#include <cstdint>
#include <vector>

namespace remask::data {

/// A rectangle of interleaved RGB bytes: `row` bytes from the beginning of one row to the next.
struct PixelRectangle {
    const std::uint8_t* pixels = nullptr;
    int width = 0;
    int height = 0;
    std::int64_t row = 0;
};

/// height × width × 3 bytes. An output pixel is the mean of the input pixels around its place, weighted by a triangle
/// as wide as two output pixels where the image shrinks, and as two input pixels where it grows. Nothing outside of
/// the rectangle counts. Rows are resampled first, then columns, each rounded to bytes, with weights of 22 fraction
/// bits (Pillow 9.4, src/libImaging/Resample.c).
std::vector<std::uint8_t> resample(const PixelRectangle& image, int width, int height);

}  // namespace remask::data
