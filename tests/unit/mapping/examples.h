// Small networks and a small chip whose costs can be worked out by hand.
#pragma once

#include <string>
#include <vector>

#include "mapping/mapping.h"
#include "models/network/network.h"
#include "sim/hardware/hardware.h"

namespace remask::examples {

/// Arrays of 16 × 16, 5-bit weights in 2-bit cells: 2 slices, differential: 4 physical columns a weight. Inputs of 4
/// bits in 4 phases.
inline Hardware small_chip() {
    Hardware h;
    h.name = "test";
    h.crossbar.weight_bits = 5;
    h.crossbar.input_bits = 4;
    h.crossbar.rows = 16;
    h.crossbar.columns = 16;
    h.crossbar.cell_bits = 2;
    h.crossbar.dac_bits = 1;
    h.crossbar.adc_bits = 8;
    h.periphery.adcs_per_array = 1;
    h.periphery.adc_rate = Frequency::from_si(1e9);
    h.chip.arrays_per_pe = 2;
    h.chip.pes_per_tile = 2;
    h.chip.tiles = 64;
    h.chip.output_bits = 8;
    h.chip.partial_sum_bits = 12;
    h.timing.array = Time::from_si(10e-9);
    h.cell.endurance = 1e6;
    h.cell.on_resistance = Resistance::from_si(10e3);
    h.cell.off_resistance = Resistance::from_si(1e6);
    h.cell.read_voltage = Voltage::from_si(0.2);
    h.cell.read_pulse = Time::from_si(5e-9);
    h.write.set_energy = Energy::from_si(2e-12);
    h.write.reset_energy = Energy::from_si(3e-12);
    h.write.set_voltage = Voltage::from_si(2.0);
    h.write.reset_voltage = Voltage::from_si(1.5);
    h.write.set_pulse = Time::from_si(50e-9);
    h.write.reset_pulse = Time::from_si(30e-9);
    h.write.write_columns = 4;
    h.memory.mask = {EnergyPerBit::from_si(1e-13), Bandwidth::from_si(1e9)};
    h.memory.weight = {EnergyPerBit::from_si(2e-13), Bandwidth::from_si(2e9)};
    h.memory.constants = {EnergyPerBit::from_si(4e-13), Bandwidth::from_si(4e9)};
    h.energy.row_select = Energy::from_si(1e-13);
    return h;
}

inline Layer layer(const std::string& name, LayerKind kind, std::vector<int> inputs) {
    Layer l;
    l.name = name;
    l.kind = kind;
    l.inputs = std::move(inputs);
    return l;
}

struct Convolution {
    int out = 5;
    int kernel = 3;
    int stride = 1;
    int groups = 1;
};

/// input → conv → relu → pool → classifier of 3 classes. Layers 0 … 4.
inline Network one_convolution(Shape input, const Convolution& c) {
    Network network;
    network.name = "one";
    network.input = input;
    network.normalisation = {255.0f, std::vector<float>(static_cast<std::size_t>(input.channels), 0.0f),
                             std::vector<float>(static_cast<std::size_t>(input.channels), 1.0f)};
    network.layers.push_back(layer("input", LayerKind::input, {}));
    Layer conv = layer("conv", LayerKind::convolution, {0});
    conv.out_channels = c.out;
    conv.kernel_height = conv.kernel_width = c.kernel;
    conv.stride = c.stride;
    conv.groups = c.groups;
    const int pad = c.kernel / 2;
    conv.padding = {pad, pad, pad, pad};
    network.layers.push_back(conv);
    network.layers.push_back(layer("relu", LayerKind::relu, {1}));
    network.layers.push_back(layer("pool", LayerKind::global_average_pool, {2}));
    Layer classifier = layer("fc", LayerKind::linear, {3});
    classifier.out_channels = 3;
    network.layers.push_back(classifier);
    finish(network);
    return network;
}

/// input [rows] → hidden linear [columns] → classifier: one weight matrix of rows × columns on arrays.
inline Network one_matrix(int rows, int columns) {
    Network network;
    network.name = "matrix";
    network.input = {rows, 1, 1};
    network.normalisation = {255.0f, std::vector<float>(static_cast<std::size_t>(rows), 0.0f),
                             std::vector<float>(static_cast<std::size_t>(rows), 1.0f)};
    network.layers.push_back(layer("input", LayerKind::input, {}));
    network.layers.push_back(layer("flatten", LayerKind::flatten, {0}));
    Layer hidden = layer("hidden", LayerKind::linear, {1});
    hidden.out_channels = columns;
    network.layers.push_back(hidden);
    Layer classifier = layer("fc", LayerKind::linear, {2});
    classifier.out_channels = 2;
    network.layers.push_back(classifier);
    finish(network);
    return network;
}

}  // namespace remask::examples
