#include "sim/hardware/converter_parameters.h"

#include <algorithm>
#include <cmath>

#include "sim/hardware/crossbar_parameters.h"

namespace remask {

namespace {

void describe_calibration(Fields& fields, CrossbarParameters& p) {
    fields.field("adc_calibration", p.adc_calibration,
                 {.doc = "what adc_range: calibrated aims at: hold a percentile of the sums, or the least mean squared "
                         "error (mse)",
                  .optional = true});
    fields.field("adc_calibration_scope", p.adc_calibration_scope,
                 {.doc = "one calibrated range for a layer, or one for each slice of its weights", .optional = true});
    fields.field("adc_percentile", p.adc_percentile,
                 {.doc = "share of the calibration sums in % that the range holds (adc_range: calibrated)",
                  .optional = true,
                  .min = 50,
                  .max = 100});
    const bool calibrated = p.adc_bits == 0 || p.adc_range == AdcRange::calibrated;
    fields.require(calibrated || p.adc_calibration == AdcCalibration::percentile, "adc_calibration",
                   "mse chooses a calibrated range: set adc_range: calibrated");
    fields.require(calibrated || p.adc_calibration_scope == AdcCalibrationScope::layer, "adc_calibration_scope",
                   "only calibrated ranges differ from slice to slice: set adc_range: calibrated");
}

void describe_slice_bits(Fields& fields, CrossbarParameters& p, bool symmetric) {
    fields.field("adc_slice_bits", p.adc_slice_bits,
                 {.doc = "bits with which each slice is converted, least significant slice first, at most adc_bits; "
                         "empty = adc_bits for all",
                  .optional = true,
                  .min = 1,
                  .max = 16});
    if (p.adc_slice_bits.empty() || p.adc_bits == 0 || p.cell_bits < 1) return;
    const auto slices = static_cast<std::size_t>(slices_of(p));
    fields.require(p.adc_slice_bits.size() == slices, "adc_slice_bits",
                   "needs one entry for each of the " + std::to_string(slices) + " slices of a weight");
    const auto [least, most] = std::minmax_element(p.adc_slice_bits.begin(), p.adc_slice_bits.end());
    fields.require(*most <= p.adc_bits, "adc_slice_bits", "a slice has more bits than the ADC (adc_bits)");
    fields.require(!symmetric || *least >= 2, "adc_slice_bits",
                   "a range that is symmetric about zero needs at least 2 bits, since zero is a level");
}

}  // namespace

void describe_converters(Fields& fields, CrossbarParameters& p) {
    const bool converts = p.adc_bits > 0;
    const bool fixed = converts && p.adc_range == AdcRange::fixed;
    fields.field("adc_lo", p.adc_lo,
                 {.doc = "lowest ADC level in level units; needed with adc_range: fixed", .optional = !fixed});
    fields.field("adc_hi", p.adc_hi,
                 {.doc = "highest ADC level in level units; needed with adc_range: fixed", .optional = !fixed});
    if (fixed) {
        fields.require(std::isfinite(p.adc_lo) && std::isfinite(p.adc_hi) && p.adc_lo < p.adc_hi, "adc_hi",
                       "the range is empty: adc_hi must be above adc_lo");
    }
    const bool analog = p.encoding == Encoding::differential && p.subtract == Subtract::analog;
    const bool symmetric = analog ? !fixed || p.adc_lo == -p.adc_hi : fixed && p.adc_lo == -p.adc_hi;
    fields.require(!converts || !symmetric || p.adc_bits >= 2, "adc_bits",
                   "a range that is symmetric about zero needs at least 2 bits, since zero is a level");
    describe_calibration(fields, p);
    describe_slice_bits(fields, p, symmetric);
}

}  // namespace remask
