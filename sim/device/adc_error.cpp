#include "sim/device/adc_error.h"

#include <algorithm>

#include "sim/base/random.h"

namespace remask {

double AdcError::nonlinearity(double x) const {
    constexpr double s_peak = 10.392304845413264;  // 6√3: x(1−x)(1−2x) is at most 1/(6√3)
    x = std::clamp(x, 0.0, 1.0);
    const double arch = x * (1.0 - x);
    return bow * (4.0 * arch) + s_shape * (s_peak * arch * (1.0 - 2.0 * x));
}

AdcError draw_adc_error(const AdcErrors& errors, const CellIdentity& identity, const AdcPlace& place) {
    const auto matrix = (static_cast<std::uint64_t>(identity.slot) << 32) | static_cast<std::uint64_t>(identity.group);
    const auto adc = (static_cast<std::uint64_t>(place.row_tile) << 40) |
                     (static_cast<std::uint64_t>(place.column_tile) << 16) | static_cast<std::uint64_t>(place.adc);
    RandomStream draws(identity.chip_seed, "ADC error", matrix, adc);
    AdcError error;
    error.offset = errors.offset * draws.normal();
    error.gain = std::max(errors.gain * draws.normal(), -1.0);
    error.bow = errors.inl_bow * draws.normal();
    error.s_shape = errors.inl_s_shape * draws.normal();
    return error;
}

}  // namespace remask
