#include "sim/hardware/converter_errors.h"

#include <string>

namespace remask {

void describe(Fields& fields, AdcErrors& e) {
    constexpr double most_lsb = 1000.0;
    const auto deviation = [&](std::string_view name, double& value, double most, std::string_view doc) {
        fields.field(name, value, {.doc = doc, .optional = true, .min = 0, .max = most});
    };
    deviation("offset", e.offset, most_lsb, "standard deviation of an ADC's offset in LSB; 0 = off");
    deviation("gain", e.gain, 1.0, "standard deviation of an ADC's gain error, a share; 0 = off");
    deviation("inl_bow", e.inl_bow, most_lsb,
              "standard deviation of the integral nonlinearity's bow (second order) in LSB, mid range; 0 = off");
    deviation("inl_s_shape", e.inl_s_shape, most_lsb,
              "standard deviation of its S-shape (third order) in LSB, at the peaks; 0 = off");
    fields.field("adcs_per_array", e.adcs_per_array,
                 {.doc = "ADC j serves physical columns j ceil(columns/ADCs) and on; 0 = periphery.adcs_per_array",
                  .optional = true,
                  .min = 0,
                  .max = 65536});
}

bool DacErrors::any() const {
    for (std::size_t digit = 0; digit < levels.size(); ++digit) {
        if (levels[digit] != static_cast<double>(digit)) return true;
    }
    return gain > 0.0 || inl_bow > 0.0 || inl_s_shape > 0.0;
}

void describe(Fields& fields, DacErrors& e) {
    const auto deviation = [&](std::string_view name, double& value, double most, std::string_view doc) {
        fields.field(name, value, {.doc = doc, .optional = true, .min = 0, .max = most});
    };
    fields.field("levels", e.levels,
                 {.doc = "what digits 0, 1, ... give in every DAC, in steps of an input digit; default: 0, 1, ...",
                  .optional = true,
                  .min = 0,
                  .max = 1024});
    deviation("gain", e.gain, 1.0, "standard deviation of a DAC's gain error, a share; 0 = off");
    deviation("inl_bow", e.inl_bow, 100.0,
              "standard deviation of the integral nonlinearity's bow (second order) in steps, mid range; 0 = off");
    deviation("inl_s_shape", e.inl_s_shape, 100.0,
              "standard deviation of its S-shape (third order) in steps, at the peaks; 0 = off");
    fields.field("fraction_bits", e.fraction_bits,
                 {.doc = "levels are multiples of 2^-bits steps", .optional = true, .min = 0, .max = 16});
    fields.require(e.levels.empty() || e.levels[0] == 0.0, "levels", "digit 0 must give 0: such a row is not driven");
}

void check_dac_levels(Fields& fields, const DacErrors& errors, int dac_bits) {
    if (dac_bits < 1 || dac_bits > 16) return;
    fields.require(dac_bits <= 8 || !errors.any(), "device.dac_errors", "are for DACs of at most 8 bits (dac_bits)");
    const std::size_t digits = std::size_t{1} << dac_bits;
    fields.require(errors.levels.empty() || errors.levels.size() == digits, "device.dac_errors.levels",
                   "has " + std::to_string(errors.levels.size()) + " entries, but a DAC of " +
                       std::to_string(dac_bits) + " bits (crossbar.dac_bits) has " + std::to_string(digits) +
                       " levels");
}

}  // namespace remask
