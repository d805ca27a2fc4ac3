// The static errors of one ADC (docs/devices.md).
#pragma once

#include <cstdint>

#include "sim/device/programmed_cells.h"
#include "sim/hardware/converter_errors.h"

namespace remask {

/// Which ADC of a layer's arrays.
struct AdcPlace {
    std::int64_t row_tile = 0;
    std::int64_t column_tile = 0;
    int adc = 0;  ///< within its array
};

/// After terminal-based offset and gain, as IEEE Std 1241 separates them, what is left is the integral nonlinearity,
/// 0 at both ends of the range.
struct AdcError {
    double offset = 0.0;   ///< LSB
    double gain = 0.0;     ///< relative, at least −1
    double bow = 0.0;      ///< LSB at x = 1/2
    double s_shape = 0.0;  ///< LSB at x = 1/2 ∓ 1/√12, + at the lower
    bool operator==(const AdcError&) const = default;

    /// Integral nonlinearity in LSB at x, the place in the range: 0 at its lower, 1 at its upper end, and beyond.
    double nonlinearity(double x) const;
};

/// Drawn from a stream named by chip, slot, group and place: always four normal numbers, so that one strength does not
/// move another's draws.
AdcError draw_adc_error(const AdcErrors& errors, const CellIdentity& identity, const AdcPlace& place);

}  // namespace remask
