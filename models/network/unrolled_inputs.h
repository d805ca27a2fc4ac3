// Inside the folder only: a convolution's inputs as the rows of a matrix product, read from zero-padded images of
// codes.
#pragma once

#include <cstdint>
#include <vector>

#include "models/network/quantized_im2col.h"
#include "sim/base/integer_rows.h"

namespace remask {

/// Integer codes of a block of images with their zero padding, so that a window never leaves them.
class PaddedCodes {
public:
    /// Room for `images` images; zeros everywhere. `bits` per code, two's complement where `is_signed`.
    void reset(const WindowGeometry& geometry, std::int64_t images, int bits, bool is_signed);

    bool narrow() const { return narrow_; }
    bool is_signed() const { return is_signed_; }
    int bits() const { return bits_; }
    int height() const { return height_; }
    int width() const { return width_; }
    /// Where line y (of the unpadded image) of a channel begins.
    std::int64_t line(std::int64_t image, int channel, int y) const {
        return ((image * channels_ + channel) * height_ + y + top_) * width_ + left_;
    }
    std::vector<std::uint8_t> bytes;   ///< codes of at most 8 bits
    std::vector<std::uint16_t> words;  ///< wider ones

private:
    int channels_ = 0, height_ = 0, width_ = 0, top_ = 0, left_ = 0, bits_ = 8;
    bool narrow_ = true, is_signed_ = false;
};

/// Vectors [begin, end) of a block, channels [first_channel, first_channel + channels). `first_image`: number of the
/// block's first image within the run.
class UnrolledInputs : public IntegerRows {
public:
    /// All arguments must outlive it.
    UnrolledInputs(const WindowGeometry& geometry, const PaddedCodes& codes, int first_channel, int channels,
                   std::int64_t begin, std::int64_t end, std::int64_t first_image = 0);

    void read(std::int64_t row, std::span<std::int32_t> out) const override;
    void read_bytes(std::int64_t row, int byte, std::span<std::uint8_t> out) const override;

private:
    template <class T, class Out, class Convert>
    void copy(const std::vector<T>& codes, std::int64_t row, Out* out, const Convert& convert) const;

    const WindowGeometry& geometry_;
    const PaddedCodes& codes_;
    std::vector<PositionRun> runs_;
    std::int64_t common_width_ = 0;     ///< of all runs, 0 where they differ
    std::vector<std::int64_t> starts_;  ///< of each run: the code under the window's corner in the first channel
};

}  // namespace remask
