#include "sim/hardware/column_flip.h"

#include <algorithm>
#include <bit>

namespace remask {

std::int64_t flip_threshold(const CrossbarParameters& p, int active_rows) {
    const std::int64_t digit = (1 << p.dac_bits) - 1;
    const std::int64_t largest = active_rows * digit * ((1 << p.cell_bits) - 1);
    return static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(largest)));
}

ColumnFlip::ColumnFlip(const CrossbarParameters& p, int active_rows)
    : cell_bits_(p.cell_bits),
      offset_(p.encoding == Encoding::offset ? 1 << (p.weight_bits - 1) : 0),
      digit_((1 << p.dac_bits) - 1),
      threshold_(flip_threshold(p, active_rows)),
      level_sums_(static_cast<std::size_t>(slices_of(p) * (offset_ == 0 ? 2 : 1))) {}

void ColumnFlip::add(std::int32_t weight) {
    const std::size_t slices = offset_ == 0 ? level_sums_.size() / 2 : level_sums_.size();
    const bool negative = offset_ == 0 && weight < 0;
    std::int32_t rest = negative ? -weight : weight + offset_;
    for (std::size_t part = negative ? slices : 0; rest != 0; ++part, rest >>= cell_bits_) {
        level_sums_[part] += rest & ((1 << cell_bits_) - 1);
    }
}

std::uint32_t ColumnFlip::take() {
    std::uint32_t flipped = 0;
    for (std::size_t part = 0; part < level_sums_.size(); ++part) {
        if (level_sums_[part] * digit_ >= threshold_) flipped |= 1U << part;
    }
    std::fill(level_sums_.begin(), level_sums_.end(), 0);
    return flipped;
}

}  // namespace remask
