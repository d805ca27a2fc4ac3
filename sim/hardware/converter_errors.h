// Static errors of the converters around an array (docs/devices.md), off by default.
#pragma once

#include <vector>

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

/// YAML section `device.dac_errors:`. Each row of every array has a DAC of its own. A step is what one more in the
/// input digit should add.
struct DacErrors {
    std::vector<double> levels{};  ///< what digits 0, 1, … give in every DAC, steps; empty: as many steps
    double gain = 0.0;             ///< standard deviation from DAC to DAC, a share of the level
    double inl_bow = 0.0;          ///< the same of the integral nonlinearity of second order, steps at mid range
    double inl_s_shape = 0.0;      ///< of third order, steps at its two peaks
    int fraction_bits = 10;        ///< [F'] levels are multiples of 2^−F' steps
    bool any() const;
};

void describe(Fields& fields, AdcErrors& errors);
void describe(Fields& fields, DacErrors& errors);

/// What the section must agree with: DACs of `dac_bits`.
void check_dac_levels(Fields& fields, const DacErrors& errors, int dac_bits);

}  // namespace remask
