// Static errors of the converters around an array (docs/devices.md), off by default.
#pragma once

#include "sim/base/fields.h"

namespace remask {

/// YAML section `device.adc_errors:`. Every ADC of every array has errors of its own; these are their standard
/// deviations. An LSB is the ADC's step Δ.
struct AdcErrors {
    double offset = 0.0;       ///< LSB
    double gain = 0.0;         ///< a share of the input
    double inl_bow = 0.0;      ///< LSB in the middle of the range; integral nonlinearity of second order
    double inl_s_shape = 0.0;  ///< LSB at its two peaks; of third order
    int adcs_per_array = 0;    ///< 0: those of the periphery
    bool any() const { return offset > 0.0 || gain > 0.0 || inl_bow > 0.0 || inl_s_shape > 0.0; }
};

void describe(Fields& fields, AdcErrors& errors);

}  // namespace remask
