#include "sim/hardware/converter_errors.h"

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

}  // namespace remask
