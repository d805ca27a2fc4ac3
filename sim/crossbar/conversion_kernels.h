// Internal: the inner loops that unpack the sums of a packed row, pass them through the quantiser and add up the codes.
#pragma once

#include <cstdint>

#include "sim/crossbar/programmed_layer.h"

namespace remask::detail {

/// Converts one packed row for `vectors` vectors: totals[v] += place·Σ_j weight_j·code_j(v), by the proven float
/// shortcut. Exact while no total reaches 2^24. Returns the number of clipped conversions.
std::int64_t convert_fast(const PackedRow& row, const FloatAdc& adc, float place, const float* packed,
                          const float* offsets, std::int64_t vectors, bool may_clip, float* totals);

/// The same by the division that defines the codes. `floor` is added to every sum, or null. Exact below 2^53.
std::int64_t convert_exact(const PackedRow& row, const Adc& adc, double place, const float* packed,
                           std::int64_t vectors, const double* floor, double* totals);
std::int64_t convert_exact(const PackedRow& row, const Adc& adc, double place, const double* packed,
                           std::int64_t vectors, const double* floor, double* totals);

}  // namespace remask::detail
