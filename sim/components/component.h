// A component of a chip described by what it is (kind, size, node), and the energy, area and leakage that follow.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/fields.h"
#include "sim/base/quantity.h"
#include "sim/components/adc_model.h"

namespace remask {

using EnergyPerBit = Quantity<Dimension<1, 2, -2, 0, -1>>;

enum class ComponentKind {
    sram,           ///< CACTI 7.0: 1 KiB to 4 MiB, 22 to 90 nm
    edram,          ///< CACTI 7.0: 1 KiB to 4 MiB, 32 to 90 nm; refresh not included
    adc,            ///< an AdcModel, for the bits that the arrays convert with
    dac,            ///< ISAAC's row driver: 1 to 8 bits
    wire,           ///< CACTI 7.0's global wires with repeaters: one bit, 22 to 90 nm
    register_file,  ///< flip-flops (Aladdin)
    adder,          ///< Aladdin
    multiplier,     ///< Aladdin: bits × bits
    comparator,     ///< Aladdin
    shift_add,      ///< ISAAC's 16-bit shift-and-add
    sigmoid,        ///< ISAAC's sigmoid unit
};
template <>
struct EnumWords<ComponentKind> {
    static constexpr std::array<std::string_view, 11> words{
        "sram", "edram", "adc", "dac", "wire", "register", "adder", "multiplier", "comparator", "shift_add", "sigmoid"};
};

/// YAML: an entry of section `library:`. Each kind takes some of the optional fields and refuses the others.
struct Component {
    ComponentKind kind = ComponentKind::sram;
    Length node;                       ///< technology node; of an ADC in `adc`
    std::optional<DataSize> capacity;  ///< sram, edram
    std::optional<int> access_bits;    ///< sram, edram: 64 or 256
    std::optional<int> bits;           ///< dac, register, adder, multiplier (each side), comparator, shift_add
    std::optional<Time> pulse;         ///< dac: how long a row is driven
    std::optional<Length> length;      ///< wire
    std::optional<double> activity;    ///< wire: share of the bits that charge it; 0.25 for random bits
    std::optional<Voltage> voltage;    ///< logic: supply; absent = nominal of the node
    AdcModel adc;                      ///< adc
};

void describe(Fields& fields, Component& component);

/// Empty, or which of the fields that its kind needs is missing, or is not its kind's.
std::string fault_in(const Component& component);

/// What a component costs. Absent: it has no such thing (an adder reads no bits), or no source says it.
struct Figures {
    std::optional<EnergyPerBit> read, write;  ///< memories, registers, wires: one bit
    std::optional<Energy> operation;          ///< converters, logic: one use
    std::optional<Area> area;                 ///< of one component
    Power leakage{};                          ///< of one component
    std::string source;                       ///< what the figures are and where they are from
    std::vector<std::string> warnings;        ///< where they are carried beyond their source
};

/// fault_in() must be empty; `adc_bits` are what an ADC converts with (its own fault_in() must be empty for them).
Figures figures_of(const Component& component, int adc_bits);

}  // namespace remask
