#include "sim/hardware/hardware.h"

#include "sim/hardware/library.h"

namespace remask {

int ChipStructure::width() const {
    if (mesh_width > 0) return mesh_width;
    int width = 1;
    while (static_cast<std::int64_t>(width) * width < tiles) ++width;
    return width;
}

void describe(Fields& fields, Periphery& p) {
    fields.field("adcs_per_array", p.adcs_per_array, {.doc = "ADCs that share an array's columns", .min = 1});
    fields.field("adc_rate", p.adc_rate, {.doc = "conversions a second of one ADC", .min = 1.0});
    fields.field("skip_zero_inputs", p.skip_zero_inputs,
                 {.doc = "a row whose input digit is 0 costs no row drive", .optional = true});
    fields.field(
        "gating", p.gating,
        {.doc = "what a mask factor of 0 saves: none, the conversion, or reading the column too", .optional = true});
    fields.field("gating_saves_time", p.gating_saves_time,
                 {.doc = "gated columns shorten the conversion pass", .optional = true});
    fields.field("mask_registers", p.mask_registers,
                 {.doc = "the mask is read once a layer and image and held in registers", .optional = true});
    fields.require(!p.gating_saves_time || p.gating != Gating::none, "gating_saves_time",
                   "saves time only where columns are gated: set gating to skip_conversion or source_line");
}

void describe(Fields& fields, ChipStructure& c) {
    constexpr double most = 1 << 20;
    fields.field("arrays_per_pe", c.arrays_per_pe, {.doc = "arrays of one PE (IMA)", .min = 1, .max = most});
    fields.field("pes_per_tile", c.pes_per_tile, {.doc = "PEs of one tile", .min = 1, .max = most});
    fields.field("tiles", c.tiles, {.doc = "tiles of the chip", .min = 1, .max = most});
    fields.field(
        "mesh_width", c.mesh_width,
        {.doc = "tiles in one row of the mesh; 0 = the square's side", .optional = true, .min = 0, .max = most});
    fields.field("window_reuse", c.window_reuse,
                 {.doc = "each input is fetched once an image and row tile, not once a window", .optional = true});
    fields.field("output_bits", c.output_bits, {.doc = "bits of an output value in a buffer", .min = 1, .max = 64});
    fields.field("partial_sum_bits", c.partial_sum_bits,
                 {.doc = "bits of a row tile's result that travels between tiles", .min = 1, .max = 64});
    fields.field("gate_unused_tiles", c.gate_unused_tiles,
                 {.doc = "tiles without an array in use do not leak", .optional = true});
    fields.field("buffer_capacity", c.buffer_capacity,
                 {.doc = "of a tile, for its layers' inputs; absent = never full", .optional = true, .min = 1});
    fields.field("bus_bandwidth", c.bus_bandwidth,
                 {.doc = "between a tile's buffer and its PEs; absent = no time", .optional = true, .min = 1});
    fields.field("link_bandwidth", c.link_bandwidth,
                 {.doc = "between neighbouring tiles, each direction; absent = no time", .optional = true, .min = 1});
    fields.field("input_bandwidth", c.input_bandwidth,
                 {.doc = "of images onto the chip; absent = no time", .optional = true, .min = 1});
}

void describe(Fields& fields, Timing& t) {
    fields.field("array", t.array, {.doc = "one row group of an array, one phase", .min = 0});
    fields.field("pipelined", t.pipelined, {.doc = "conversion overlaps with the next read of the array"});
    fields.field("buffer_read", t.buffer_read, {.doc = "latency of the buffer and the input register", .min = 0});
    fields.field("shift_add", t.shift_add, {.doc = "latency of shift-and-add", .min = 0});
    fields.field("tile_accumulate", t.tile_accumulate, {.doc = "latency of adding row tiles", .min = 0});
    fields.field("activation", t.activation, {.doc = "latency of the activation unit", .min = 0});
    fields.field("buffer_write", t.buffer_write, {.doc = "latency of writing an output to the buffer", .min = 0});
    fields.field("digital_unit", t.digital_unit,
                 {.doc = "a tile's digital unit: parts that work at the same time, or one that all rates share",
                  .optional = true});
    const auto rate = [&](const char* name, std::optional<Frequency>& value, const char* doc) {
        fields.field(name, value, {.doc = doc, .optional = true, .min = 1});
    };
    rate("batch_norm_rate", t.batch_norm_rate, "values a second that a tile's batch-norm scales; absent = no time");
    rate("activation_rate", t.activation_rate, "values a second through a tile's activation unit; absent = no time");
    rate("pool_rate", t.pool_rate, "values a second that a tile's pooling unit takes in; absent = no time");
    rate("add_rate", t.add_rate, "values a second that a tile adds for residual connections; absent = no time");
    rate("digital_mac_rate", t.digital_mac_rate,
         "digital multiply-accumulates a second of a tile; absent = no time, needed for side layers");
}

void describe(Fields& fields, CellPhysics& c) {
    fields.field("read_model", c.read_model,
                 {.doc = "energy of a cell read: energy.cell_read (average), or G·V²·read_pulse (physics)"});
    fields.field("on_resistance", c.on_resistance,
                 {.doc = "resistance at the highest level", .optional = true, .min = 0});
    fields.field("off_resistance", c.off_resistance,
                 {.doc = "resistance at level 0, erased", .optional = true, .min = 0});
    fields.field("read_voltage", c.read_voltage, {.doc = "voltage of a fully driven row", .optional = true, .min = 0});
    fields.field("read_pulse", c.read_pulse,
                 {.doc = "the device's own read pulse, not the array's cycle", .optional = true, .min = 0});
    fields.field("endurance", c.endurance, {.doc = "writes that a cell survives", .min = 1, .max = 1e30});
    const bool cell_known = c.on_resistance && c.off_resistance;
    fields.require(c.read_model == CellReadModel::average || (cell_known && c.read_voltage && c.read_pulse),
                   "read_model", "physics needs on_resistance, off_resistance, read_voltage and read_pulse");
    if (cell_known) {
        fields.require(c.on_resistance->si() > 0 && *c.on_resistance < *c.off_resistance, "on_resistance",
                       "must be above 0 and below off_resistance");
    }
}

void describe(Fields& fields, WriteParameters& w) {
    fields.field("model", w.model,
                 {.doc = "energy of a pulse: set_energy and reset_energy (fixed), or V²·G·t (physics)"});
    fields.field("set_energy", w.set_energy, {.doc = "energy of a SET pulse (fixed)", .optional = true, .min = 0});
    fields.field("reset_energy", w.reset_energy,
                 {.doc = "energy of a RESET pulse (fixed)", .optional = true, .min = 0});
    fields.field("set_voltage", w.set_voltage, {.doc = "voltage of a SET pulse (physics)", .optional = true, .min = 0});
    fields.field("reset_voltage", w.reset_voltage,
                 {.doc = "magnitude of a RESET pulse's voltage (physics)", .optional = true, .min = 0});
    fields.field("set_pulse", w.set_pulse, {.doc = "length of a SET pulse", .min = 0});
    fields.field("reset_pulse", w.reset_pulse, {.doc = "length of a RESET pulse", .min = 0});
    fields.field("pulses_per_write", w.pulses_per_write, {.doc = "mean pulses for one cell", .min = 1, .max = 1e6});
    fields.field("verify", w.verify, {.doc = "each pulse is followed by a verify read"});
    fields.field("verify_time", w.verify_time,
                 {.doc = "length of a verify read; needed with verify", .optional = !w.verify, .min = 0});
    fields.field("write_columns", w.write_columns, {.doc = "cells of one row that are written at a time", .min = 1});
    fields.field("write_power_limit", w.write_power_limit,
                 {.doc = "power for writing, all arrays together; absent = no limit", .optional = true});
    fields.require(w.model == WriteModel::physics || (w.set_energy && w.reset_energy), "model",
                   "fixed needs set_energy and reset_energy");
    fields.require(w.model == WriteModel::fixed || (w.set_voltage && w.reset_voltage), "model",
                   "physics needs set_voltage and reset_voltage");
    fields.require(!w.write_power_limit || w.write_power_limit->si() > 0, "write_power_limit", "must be above 0");
}

void describe(Fields& fields, MemoryParameters& m) {
    if (!fields.reference("energy", m.energy_from)) {
        fields.field("energy", m.energy, {.doc = "energy for reading one bit", .min = 0});
    }
    fields.field("bandwidth", m.bandwidth, {.doc = "bits read a second", .min = 1});
}

void describe(Fields& fields, Memories& m) {
    fields.field("mask", m.mask, {.doc = "holds the tasks' mask bits"});
    fields.field("weight", m.weight, {.doc = "holds weights that are rewritten at a task switch"});
    fields.field("constants", m.constants, {.doc = "holds batch-norm, biases and digital classifiers"});
}

void describe(Fields& fields, EnergyTable& e) {
    each_energy(e, [&](std::string_view name, auto& value, std::string_view doc) {
        std::string component = e.from[std::string(name)];
        if (!fields.reference(name, component)) {
            fields.field(name, value, {.doc = doc, .optional = true, .min = 0});
        }
        e.from[std::string(name)] = component;
    });
    std::erase_if(e.from, [](const auto& entry) { return entry.second.empty(); });
    fields.field("adc_conversion_by_bits", e.adc_conversion_by_bits,
                 {.doc = "one conversion by its bits, {8: 1.67 pJ, 6: 1.2 pJ}; replaces adc_conversion, needed with "
                         "crossbar.adc_slice_bits",
                  .optional = true,
                  .min = 0});
    for (const auto& entry : e.adc_conversion_by_bits) {
        bool known = false;
        for (int bits = 1; bits <= 16; ++bits) known = known || entry.first == std::to_string(bits);
        fields.require(known, "adc_conversion_by_bits",
                       "'" + entry.first + "' is no number of bits; its keys are whole numbers from 1 to 16");
    }
    fields.field(
        "adc_conversion_bits", e.adc_conversion_bits,
        {.doc = "resolution that adc_conversion is the energy of; where crossbar.adc_bits differs, reports warn",
         .optional = true,
         .min = 1,
         .max = 16});
    fields.field(
        "adc", e.adc,
        {.doc = "a conversion's energy from a model, by bits; replaces adc_conversion and its list", .optional = true});
}

void describe(Fields& fields, Part& part) {
    fields.field("per", part.per, {.doc = "what has `count` of these parts: each array, PE, tile, or the chip"});
    fields.field("count", part.count,
                 {.doc = "parts in each; may be a fraction of a shared one", .min = 0, .max = 1e9});
    fields.field("from", part.from,
                 {.doc = "component of the library that gives area, leakage and source", .optional = true});
    fields.field("area", part.area,
                 {.doc = "area of one part; given unless by 'from'", .optional = !part.from.empty(), .min = 0});
    fields.field(
        "leakage", part.leakage,
        {.doc = "leakage power of one part; 0 where the energies per action include it", .optional = true, .min = 0});
    fields.field("uncounted_power", part.uncounted_power,
                 {.doc = "power of one part in use that no action stands for: in the peak power, not in an inference",
                  .optional = true,
                  .min = 0});
    fields.field("source", part.source,
                 {.doc = "where the part's numbers come from; 'unverified' is an answer", .optional = true});
}

namespace {

/// Each number of bits that the arrays convert with needs its energy, once these are given by bits.
void check_conversion_energies(Fields& fields, const Hardware& h) {
    const auto& by_bits = h.energy.adc_conversion_by_bits;
    const CrossbarParameters& p = h.crossbar;
    if (h.energy.adc) {
        std::vector<int> modelled = p.adc_slice_bits;
        if (modelled.empty() && p.adc_bits > 0) modelled.push_back(p.adc_bits);
        for (const int bits : modelled) {
            const std::string fault = fault_in(*h.energy.adc, bits);
            const bool named = h.energy.from.count("adc_conversion") > 0;
            fields.require(fault.empty(), named ? "energy.adc_conversion" : "energy.adc", fault);
        }
        return;
    }
    if (p.adc_bits == 0 || (by_bits.empty() && p.adc_slice_bits.empty())) return;
    std::vector<int> used = p.adc_slice_bits;
    if (used.empty()) used.push_back(p.adc_bits);
    for (const int bits : used) {
        fields.require(by_bits.count(std::to_string(bits)) > 0, "energy.adc_conversion_by_bits",
                       "has no entry for " + std::to_string(bits) + " bits, with which the arrays convert");
    }
}

/// What one section says about another.
void check_across(Fields& fields, const Hardware& h) {
    fields.require(h.periphery.adcs_per_array <= h.crossbar.columns, "periphery.adcs_per_array",
                   "there are more ADCs than columns (crossbar.columns)");
    fields.require(!h.device.write_verify || h.write.verify, "device.write_verify",
                   "needs write.verify: true, so that its reads are counted");
    fields.require(!h.device.write_verify || h.write.pulses_per_write == 1.0, "write.pulses_per_write",
                   "must be 1 with device.write_verify, which counts the pulses of each cell");
    check_levels(fields, h.device, h.crossbar.cell_bits);
    if (h.device.dac_errors) check_dac_levels(fields, *h.device.dac_errors, h.crossbar.dac_bits);
    const int own_adcs = h.device.adc_errors ? h.device.adc_errors->adcs_per_array : 0;
    fields.require(own_adcs == 0 || own_adcs == h.periphery.adcs_per_array, "device.adc_errors.adcs_per_array",
                   "differs from periphery.adcs_per_array: leave it out");
    const bool needs_cell = h.write.model == WriteModel::physics;
    fields.require(!needs_cell || (h.cell.on_resistance && h.cell.off_resistance), "write.model",
                   "physics needs cell.on_resistance and cell.off_resistance");
    const bool two_cells =
        h.crossbar.wires && h.cell.on_resistance && h.crossbar.wires->on_resistance.si() != h.cell.on_resistance->si();
    fields.require(!two_cells, "crossbar.wires.on_resistance", "differs from cell.on_resistance");
    check_conversion_energies(fields, h);
    const auto adc = h.parts.find("adc");
    fields.require(
        adc == h.parts.end() || adc->second.per != PartLevel::array || adc->second.count == h.periphery.adcs_per_array,
        "parts.adc.count",
        "differs from periphery.adcs_per_array, which is " + std::to_string(h.periphery.adcs_per_array) +
            ": give both the same number");
}

}  // namespace

void describe(Fields& fields, Hardware& h) {
    fields.field("name", h.name, {.doc = "name in reports"});
    fields.field("source", h.source, {.doc = "where the numbers come from"});
    fields.field("crossbar", h.crossbar, {.doc = "arithmetic of the arrays"});
    fields.field("device", h.device, {.doc = "effects of real cells, each off by default", .optional = true});
    fields.field("periphery", h.periphery, {.doc = "converters and mask unit around one array"});
    fields.field("chip", h.chip, {.doc = "how many arrays, PEs and tiles there are"});
    fields.field("timing", h.timing, {.doc = "latencies of the stages"});
    fields.field("cell", h.cell, {.doc = "the analogue cell: reading and endurance"});
    fields.field("write", h.write, {.doc = "how cells are programmed"});
    fields.field("memory", h.memory, {.doc = "where a task's parameters are kept"});
    fields.field(
        "library", h.library,
        {.doc = "components by size and node, named by {from: NAME} in energy, memory and parts", .optional = true});
    fields.field("energy", h.energy,
                 {.doc = "energy of each action, or {from: NAME} of the library; one that is counted needs its entry"});
    fields.field("parts", h.parts, {.doc = "areas and leakage by the part's name"});
    resolve_library(fields, h);
    check_across(fields, h);
}

}  // namespace remask
