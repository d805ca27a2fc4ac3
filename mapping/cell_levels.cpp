#include "mapping/cell_levels.h"

#include <algorithm>

#include "sim/base/diagnostics.h"

namespace remask {

namespace {

void cut_digits(std::int32_t magnitude, int bits, std::span<std::int32_t> digits) {
    for (std::int32_t& digit : digits) {
        digit = magnitude & ((1 << bits) - 1);
        magnitude >>= bits;
    }
}

}  // namespace

int cells_per_weight(const CrossbarParameters& parameters) {
    return slices_of(parameters) * (parameters.encoding == Encoding::differential ? 2 : 1);
}

void cell_levels(const CrossbarParameters& parameters, std::int32_t weight, std::span<std::int32_t> levels) {
    const std::int32_t half = 1 << (parameters.weight_bits - 1);
    if (weight >= half || weight <= -half) throw InternalError("a weight that does not fit weight_bits is programmed");
    if (parameters.encoding == Encoding::offset) {
        cut_digits(weight + half, parameters.cell_bits, levels);
        return;
    }
    const auto slices = static_cast<std::size_t>(slices_of(parameters));
    cut_digits(std::max(weight, 0), parameters.cell_bits, levels.first(slices));
    cut_digits(std::max(-weight, 0), parameters.cell_bits, levels.subspan(slices));
}

}  // namespace remask
