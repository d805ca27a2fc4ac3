// The hardware as plain structs: what arrays, periphery, chip, timing, energies, areas and programming are like.
// One file of hw_configs/ fills one `Hardware`; docs/cost.md says what each value enters.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "sim/base/fields.h"
#include "sim/base/quantity.h"
#include "sim/components/component.h"
#include "sim/hardware/crossbar_parameters.h"
#include "sim/hardware/device_parameters.h"

namespace remask {

/// What a mask factor of 0 saves.
enum class Gating {
    none,             ///< nothing
    skip_conversion,  ///< the column is not converted
    source_line,      ///< nor read, nor held
};
template <>
struct EnumWords<Gating> {
    static constexpr std::array<std::string_view, 3> words{"none", "skip_conversion", "source_line"};
};

/// Where the energy of a cell read comes from.
enum class CellReadModel {
    average,  ///< energy.cell_read, an average of a published design
    physics,  ///< sum of G·V²·read_pulse with the cell's own conductance
};
template <>
struct EnumWords<CellReadModel> {
    static constexpr std::array<std::string_view, 2> words{"average", "physics"};
};

/// Where the energy of a programming pulse comes from.
enum class WriteModel {
    fixed,    ///< write.set_energy and write.reset_energy per pulse
    physics,  ///< V²·G·t_pulse with the mean of old and new conductance
};
template <>
struct EnumWords<WriteModel> {
    static constexpr std::array<std::string_view, 2> words{"fixed", "physics"};
};

/// What a part of the chip belongs to: there are `count` of them in each.
enum class PartLevel { array, pe, tile, chip };
template <>
struct EnumWords<PartLevel> {
    static constexpr std::array<std::string_view, 4> words{"array", "pe", "tile", "chip"};
};

/// YAML section `periphery:`, around one array.
struct Periphery {
    int adcs_per_array = 0;         ///< ADC j serves physical columns j·ceil(C/adcs) and on
    Frequency adc_rate;             ///< conversions a second of one ADC
    bool skip_zero_inputs = false;  ///< a row whose digit is 0 is not driven
    Gating gating = Gating::none;
    bool gating_saves_time = false;  ///< gated columns shorten the conversion pass
    bool mask_registers = false;     ///< mask read from its memory once a layer and image, not once a tile result
};

/// YAML section `chip:`.
struct ChipStructure {
    int arrays_per_pe = 0;
    int pes_per_tile = 0;
    int tiles = 0;
    int mesh_width = 0;              ///< tiles in one row of the mesh; 0 = ceil(sqrt(tiles))
    bool window_reuse = false;       ///< a layer's inputs are fetched once an image, not once a window
    int output_bits = 0;             ///< of an output value written to a buffer
    int partial_sum_bits = 0;        ///< of a row tile's result that travels between tiles
    bool gate_unused_tiles = false;  ///< tiles with no array in use do not leak
    /// What the event-driven schedule contends for; absent = never full, or no time.
    std::optional<DataSize> buffer_capacity;   ///< of one tile, for the inputs of its layers
    std::optional<Bandwidth> bus_bandwidth;    ///< between one tile's buffer and its PEs
    std::optional<Bandwidth> link_bandwidth;   ///< between neighbouring tiles, each direction
    std::optional<Bandwidth> input_bandwidth;  ///< of images onto the chip
    int width() const;                         ///< mesh_width, resolved
};

/// Can a tile's digital unit normalise, activate, pool, add and multiply at the same time?
enum class DigitalUnitKind {
    parts,   ///< each is a part of its own
    shared,  ///< one thing at a time
};
template <>
struct EnumWords<DigitalUnitKind> {
    static constexpr std::array<std::string_view, 2> words{"parts", "shared"};
};

/// YAML section `timing:`. A latency is that of one pass through the stage (fill). Rates are those of one tile's
/// digital unit; without one the work takes no time.
struct Timing {
    Time array;              ///< t_array: one row group, one phase
    bool pipelined = false;  ///< conversion overlaps with the next read
    Time buffer_read;        ///< with the input register
    Time shift_add;
    Time tile_accumulate;
    Time activation;
    Time buffer_write;
    DigitalUnitKind digital_unit = DigitalUnitKind::parts;
    std::optional<Frequency> batch_norm_rate;   ///< values
    std::optional<Frequency> activation_rate;   ///< values
    std::optional<Frequency> pool_rate;         ///< values that pooling windows take in
    std::optional<Frequency> add_rate;          ///< values of additions
    std::optional<Frequency> digital_mac_rate;  ///< needed where the digital unit computes side layers
};

/// YAML section `cell:`. The analogue cell where physics is asked for, and how long it lives.
struct CellPhysics {
    CellReadModel read_model = CellReadModel::average;
    std::optional<Resistance> on_resistance;   ///< highest level
    std::optional<Resistance> off_resistance;  ///< level 0, erased
    std::optional<Voltage> read_voltage;
    std::optional<Time> read_pulse;  ///< the device's own, never t_array
    double endurance = 0.0;          ///< writes that a cell survives
};

/// YAML section `write:`. How cells are programmed.
struct WriteParameters {
    WriteModel model = WriteModel::fixed;
    std::optional<Energy> set_energy, reset_energy;     ///< per pulse, model: fixed
    std::optional<Voltage> set_voltage, reset_voltage;  ///< model: physics
    Time set_pulse, reset_pulse;
    double pulses_per_write = 1.0;
    bool verify = false;                     ///< each pulse is followed by a read
    Time verify_time;                        ///< 0 without verify
    int write_columns = 0;                   ///< cells of one row that are written at a time
    std::optional<Power> write_power_limit;  ///< of all arrays together; absent = no limit
};

struct MemoryParameters {
    EnergyPerBit energy;
    Bandwidth bandwidth;
    std::string energy_from{};  ///< component of the library that `energy` is of; empty: given as a number
};

/// YAML section `memory:`. Where a task's parameters are kept.
struct Memories {
    MemoryParameters mask;       ///< mask bits
    MemoryParameters weight;     ///< weights that are rewritten
    MemoryParameters constants;  ///< batch-norm, biases, classifier
};

/// YAML section `energy:`. Energy of each action of docs/cost.md; an action that is counted and has no entry is an
/// error. cell_set, cell_reset (section `write`) and memory_load (section `memory`) have none here; nor has mask_read.
/// Each may be written {from: NAME}: the figure of a component of section `library:`.
struct EnergyTable {
    std::optional<Energy> row_drive, cell_read, sample_hold, adc_conversion, shift_add, output_register;
    std::optional<EnergyPerBit> input_register;
    /// By number of bits; where given, it replaces adc_conversion and has an entry for all bits in use.
    std::map<std::string, Energy> adc_conversion_by_bits;
    std::optional<int> adc_conversion_bits;  ///< resolution that adc_conversion is the energy of
    std::optional<AdcModel> adc;             ///< where given, it replaces adc_conversion and adc_conversion_by_bits
    std::optional<Energy> mask_gate, mask_shift, mask_multiply;
    std::optional<Energy> input_sum, tile_add;
    std::optional<EnergyPerBit> buffer_read, buffer_write, bus, router;
    std::optional<Energy> digital_mac, digital_add, activation, pool;
    std::optional<Energy> verify_read, row_select;
    std::map<std::string, std::string> from;  ///< by action: the component of the library that its energy is of
};

/// Calls visit(name, entry, doc) for the energy of every action, in the order of the field list.
template <class Visit>
void each_energy(EnergyTable& e, Visit&& visit) {
    visit("row_drive", e.row_drive, "one row of one array, one phase (DAC, driver)");
    visit("cell_read", e.cell_read, "one cell, one phase; with cell.read_model: average");
    visit("sample_hold", e.sample_hold, "one column held");
    visit("adc_conversion", e.adc_conversion, "one conversion");
    visit("shift_add", e.shift_add, "one code merged into its column's sum");
    visit("input_register", e.input_register, "one input bit from a PE's register to a row");
    visit("output_register", e.output_register, "one code's sum read from and kept in a PE's register");
    visit("mask_gate", e.mask_gate, "one tile result gated");
    visit("mask_shift", e.mask_shift, "one tile result shifted");
    visit("mask_multiply", e.mask_multiply, "one tile result multiplied");
    visit("input_sum", e.input_sum, "one input added to the digital sum (offset cells, column_flip)");
    visit("tile_add", e.tile_add, "one row tile's result added");
    visit("buffer_read", e.buffer_read, "one input bit fetched");
    visit("buffer_write", e.buffer_write, "one output bit written");
    visit("bus", e.bus, "one bit over a tile's bus");
    visit("router", e.router, "one bit over one hop between tiles");
    visit("digital_mac", e.digital_mac, "one digital multiply-accumulate");
    visit("digital_add", e.digital_add, "one digital addition");
    visit("activation", e.activation, "one output value through the activation unit");
    visit("pool", e.pool, "one output value of a pooling layer");
    visit("verify_read", e.verify_read, "one verify read of a cell");
    visit("row_select", e.row_select, "one row selected for one pass of programming");
}

/// `count` parts of this name in every array, PE, tile or in the chip. A count may be a fraction (a router shared by
/// four tiles).
struct Part {
    PartLevel per = PartLevel::array;
    double count = 0.0;
    Area area;      ///< of one
    Power leakage;  ///< of one; 0 where the energies per action include it
    /// Of one, at full utilisation, where no action stands for it: part of the peak power, not of an inference.
    Power uncounted_power{};
    std::string source{};  ///< where the numbers come from; "unverified" is an answer
    std::string from{};    ///< component of the library that gives area, leakage and source; empty: they are given here
};

/// One hardware configuration.
struct Hardware {
    std::string name;
    std::string source;  ///< citation
    CrossbarParameters crossbar;
    DeviceParameters device;
    Periphery periphery;
    ChipStructure chip;
    Timing timing;
    CellPhysics cell;
    WriteParameters write;
    Memories memory;
    std::map<std::string, Component> library;  ///< components that energies, memories and parts take `from`
    EnergyTable energy;
    std::map<std::string, Part> parts;  ///< "mask_unit" is the one whose area is reported by itself
};

void describe(Fields& fields, Periphery& periphery);
void describe(Fields& fields, ChipStructure& chip);
void describe(Fields& fields, Timing& timing);
void describe(Fields& fields, CellPhysics& cell);
void describe(Fields& fields, WriteParameters& write);
void describe(Fields& fields, MemoryParameters& memory);
void describe(Fields& fields, Memories& memory);
void describe(Fields& fields, EnergyTable& energy);
void describe(Fields& fields, Part& part);
/// The field list of a whole file, with the checks across sections.
void describe(Fields& fields, Hardware& hardware);

}  // namespace remask
