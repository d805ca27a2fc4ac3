#include "sim/device/adc_error.h"

#include <algorithm>

#include "sim/base/random.h"
#include "sim/device/nonlinearity.h"

namespace remask {

double AdcError::nonlinearity(double x) const {
    return smooth_nonlinearity(x, bow, s_shape);
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
