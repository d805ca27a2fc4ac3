// How the converters of the arrays get their ranges and resolutions: words and parts of the section `crossbar:`.
#pragma once

#include <array>
#include <string_view>

#include "sim/base/fields.h"

namespace remask {

/// What a calibrated range is to achieve on the calibration inputs.
enum class AdcCalibration {
    percentile,  ///< hold adc_percentile % of the sums
    mse,         ///< least mean squared error of the layer's shifted and added codes
};
template <>
struct EnumWords<AdcCalibration> {
    static constexpr std::array<std::string_view, 2> words{"percentile", "mse"};
};

/// What shares one calibrated range.
enum class AdcCalibrationScope { layer, slice };
template <>
struct EnumWords<AdcCalibrationScope> {
    static constexpr std::array<std::string_view, 2> words{"layer", "slice"};
};

struct CrossbarParameters;

/// adc_lo and what follows it: part of the field list of CrossbarParameters.
void describe_converters(Fields& fields, CrossbarParameters& parameters);

}  // namespace remask
