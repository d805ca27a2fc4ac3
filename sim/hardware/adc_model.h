// The energy of a conversion by resolution, rate and node, from tables and formulas of other tools.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "sim/base/fields.h"
#include "sim/base/quantity.h"

namespace remask {

enum class AdcSource {
    isaac,     ///< ISAAC's SAR ADC scaled to other resolutions at 32 nm (Accelergy, after Saberi 2011): 4 to 10 bits
    survey,    ///< Accelergy's regression of Murmann's survey, "best possible": 4 to 10 bits, 7 to 250 nm, 1 MHz to 10
               ///< GHz
    neurosim,  ///< DNN+NeuroSim V1.3's SAR ADC of low-power nodes: 1 to 10 bits, the nodes of its table
};
template <>
struct EnumWords<AdcSource> {
    static constexpr std::array<std::string_view, 3> words{"isaac", "survey", "neurosim"};
};

/// YAML section `energy.adc`.
struct AdcModel {
    AdcSource source = AdcSource::isaac;
    std::optional<Length> node;                   ///< survey, neurosim
    std::optional<Frequency> rate;                ///< survey: conversions a second
    std::optional<Resistance> column_resistance;  ///< neurosim: of a column, scaled by 0.5 V / read voltage
};

/// The field list: what the source needs, and its range.
void describe(Fields& fields, AdcModel& model);

/// Empty, or why the model has no energy for so many bits.
std::string fault_in(const AdcModel& model, int bits);

/// One conversion of `bits` bits; fault_in() must be empty.
Energy conversion_energy(const AdcModel& model, int bits);

}  // namespace remask
