#include "models/network/unrolled_inputs.h"

#include <algorithm>
#include <cstring>

namespace remask {

namespace {

/// Whole lines of the usual widths: a copy of a few instructions each.
template <std::size_t width>
void copy_lines(const std::uint8_t* base, const std::vector<std::int64_t>& starts, std::uint8_t* to) {
    for (const std::int64_t start : starts) {
        std::memcpy(to, base + start, width);
        to += width;
    }
}

/// False where the lines do not all have one of those widths.
bool copy_lines(const std::uint8_t* base, const std::vector<std::int64_t>& starts, std::int64_t width,
                std::uint8_t* to) {
    switch (width) {
        case 4:
            return copy_lines<4>(base, starts, to), true;
        case 8:
            return copy_lines<8>(base, starts, to), true;
        case 16:
            return copy_lines<16>(base, starts, to), true;
        case 32:
            return copy_lines<32>(base, starts, to), true;
        case 64:
            return copy_lines<64>(base, starts, to), true;
        default:
            return false;
    }
}

}  // namespace

void PaddedCodes::reset(const WindowGeometry& g, std::int64_t images, int bits, bool is_signed) {
    channels_ = g.in.channels;
    top_ = g.top;
    left_ = g.left;
    // Below and to the right as far as the last window reaches.
    height_ = std::max(g.top + g.in.height, (g.out.height - 1) * g.stride + g.kernel_height);
    width_ = std::max(g.left + g.in.width, (g.out.width - 1) * g.stride + g.kernel_width);
    bits_ = bits;
    is_signed_ = is_signed;
    narrow_ = bits <= 8;
    const auto size = static_cast<std::size_t>(images * channels_ * height_ * width_);
    if (narrow_) bytes.assign(size, 0);
    if (!narrow_) words.assign(size, 0);
}

UnrolledInputs::UnrolledInputs(const WindowGeometry& geometry, const PaddedCodes& codes, int first_channel,
                               int channels, std::int64_t begin, std::int64_t end, std::int64_t first_image)
    : IntegerRows(static_cast<std::int64_t>(channels) * geometry.kernel_height * geometry.kernel_width, end - begin,
                  first_image * geometry.positions() + begin),
      geometry_(geometry),
      codes_(codes),
      runs_(position_runs(geometry, begin, end)) {
    starts_.reserve(runs_.size());
    const auto same = [&](const PositionRun& run) { return run.count == runs_.front().count; };
    if (std::all_of(runs_.begin(), runs_.end(), same)) common_width_ = runs_.empty() ? 0 : runs_.front().count;
    for (const PositionRun& run : runs_) {
        const std::int64_t corner = codes.line(run.image, first_channel, run.y * geometry.stride - geometry.top);
        starts_.push_back(corner - geometry.left + static_cast<std::int64_t>(run.x) * geometry.stride);
    }
}

template <class T, class Out, class Convert>
void UnrolledInputs::copy(const std::vector<T>& codes, std::int64_t row, Out* out, const Convert& convert) const {
    const int kernel = geometry_.kernel_height * geometry_.kernel_width;
    const std::int64_t channel = row / kernel, ky = row % kernel / geometry_.kernel_width,
                       kx = row % geometry_.kernel_width;
    const T* base = codes.data() + (channel * codes_.height() + ky) * codes_.width() + kx;
    if constexpr (std::is_same_v<T, std::uint8_t> && std::is_same_v<Out, std::uint8_t>) {
        if (geometry_.stride == 1 && common_width_ > 0 && copy_lines(base, starts_, common_width_, out)) return;
    }
    for (std::size_t r = 0; r < runs_.size(); ++r) {
        const T* from = base + starts_[r];
        const std::int64_t count = runs_[r].count;
        if (geometry_.stride == 1) {
            for (std::int64_t i = 0; i < count; ++i) out[i] = convert(from[i]);
        } else {
            for (std::int64_t i = 0; i < count; ++i) out[i] = convert(from[i * geometry_.stride]);
        }
        out += count;
    }
}

void UnrolledInputs::read(std::int64_t row, std::span<std::int32_t> out) const {
    // Two's complement codes are widened from their sign bit.
    const int unused = codes_.is_signed() ? 32 - codes_.bits() : 0;
    const auto widen = [unused](std::uint32_t code) { return static_cast<std::int32_t>(code << unused) >> unused; };
    if (codes_.narrow()) copy(codes_.bytes, row, out.data(), widen);
    if (!codes_.narrow()) copy(codes_.words, row, out.data(), widen);
}

void UnrolledInputs::read_bytes(std::int64_t row, int byte, std::span<std::uint8_t> out) const {
    if (codes_.narrow()) {
        if (byte == 0) copy(codes_.bytes, row, out.data(), [](std::uint8_t code) { return code; });
        if (byte > 0) std::fill(out.begin(), out.end(), std::uint8_t{0});
    } else {
        copy(codes_.words, row, out.data(),
             [&](std::uint16_t code) { return static_cast<std::uint8_t>(code >> (8 * byte)); });
    }
}

}  // namespace remask
