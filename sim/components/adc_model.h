// The energy of a conversion and the area of an ADC by resolution, rate and node, from tables and formulas of other
// tools.
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
    neurosim_sense_amp,  ///< its multi-level sense amplifier in current mode, its default: 1 to 10 bits, 22, 14, 10, 7
                         ///< nm
};
template <>
struct EnumWords<AdcSource> {
    static constexpr std::array<std::string_view, 4> words{"isaac", "survey", "neurosim", "neurosim_sense_amp"};
};

/// YAML section `energy.adc`.
struct AdcModel {
    AdcSource source = AdcSource::isaac;
    std::optional<Length> node;                   ///< survey, neurosim, neurosim_sense_amp
    std::optional<Frequency> rate;                ///< survey: conversions a second
    std::optional<Resistance> column_resistance;  ///< both of neurosim: of a column, scaled by 0.5 V / read voltage
};

/// The field list: what the source needs, and its range.
void describe(Fields& fields, AdcModel& model);

/// Empty, or why the model has no energy for so many bits.
std::string fault_in(const AdcModel& model, int bits);

/// One conversion of `bits` bits; fault_in() must be empty.
Energy conversion_energy(const AdcModel& model, int bits);

/// Of one ADC of `bits` bits; nothing where the source gives none (NeuroSim lays its out gate by gate).
std::optional<Area> adc_area(const AdcModel& model, int bits);

/// "ISAAC's SAR ADC scaled to other resolutions, 32 nm (Accelergy, after Saberi 2011 [C])"
std::string describe_source(const AdcModel& model);

}  // namespace remask
