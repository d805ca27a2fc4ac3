// Internal: one ADC of one array: the range and resolution that it should have, and its own errors.
#pragma once

#include "sim/crossbar/adc.h"
#include "sim/device/adc_error.h"

namespace remask::detail {

struct Converter {
    Adc nominal;
    AdcError error;

    Adc::Result convert(double sum) const {
        return error == AdcError{} ? nominal.convert(sum) : convert_with_error(sum);
    }

    /// To the bit the same without errors. The place in the range for the nonlinearity is that of the sum with its gain
    /// error.
    Adc::Result convert_with_error(double sum) const {
        const double z = (sum * (1.0 + error.gain) - nominal.lo) / nominal.delta;
        const double rounded = std::rint(z + (error.offset + error.nonlinearity(z / nominal.top_code)));
        if (rounded < 0.0) return {0, true};
        if (rounded > nominal.top_code) return {static_cast<std::int64_t>(nominal.top_code), true};
        return {static_cast<std::int64_t>(rounded), false};
    }
};

}  // namespace remask::detail
