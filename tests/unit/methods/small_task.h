// A small network with every kind of crossbar layer (plain, grouped, 1×1, hidden linear), and how it lies on 18-row
// arrays.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "models/methods/learn.h"
#include "models/methods/method.h"
#include "models/network/builders.h"
#include "models/network/network.h"
#include "sim/base/random.h"

namespace remask::test {

inline int append(Network& network, const std::string& name, LayerKind kind, int channels = 0, int kernel = 1,
                  int groups = 1, int stride = 1) {
    Layer layer;
    layer.name = name;
    layer.kind = kind;
    if (kind != LayerKind::input) layer.inputs = {static_cast<int>(network.layers.size()) - 1};
    layer.out_channels = channels;
    layer.kernel_height = layer.kernel_width = kernel;
    layer.groups = groups;
    layer.stride = stride;
    const int pad = kernel / 2;
    layer.padding = {pad, pad, pad, pad};
    network.layers.push_back(layer);
    return static_cast<int>(network.layers.size()) - 1;
}

inline Network empty(const Shape& input) {
    Network network;
    network.name = "small";
    network.input = input;
    const auto channels = static_cast<std::size_t>(input.channels);
    network.normalisation = {255.0f, std::vector<float>(channels, 0.5f), std::vector<float>(channels, 0.5f)};
    append(network, "input", LayerKind::input);
    return network;
}

/// Slots: conv1 (K = 36, N = 4), conv2 (two groups of K = 18, N = 2), conv3 (K = 4, N = 6), hidden (K = 6, N = 8); then
/// fc.
inline Network small_network() {
    Network network = empty({4, 6, 6});
    append(network, "conv1", LayerKind::convolution, 4, 3);
    append(network, "bn1", LayerKind::batch_norm);
    append(network, "relu1", LayerKind::relu);
    append(network, "conv2", LayerKind::convolution, 4, 3, 2, 2);
    append(network, "bn2", LayerKind::batch_norm);
    append(network, "relu2", LayerKind::relu);
    append(network, "conv3", LayerKind::convolution, 6, 1);
    append(network, "bn3", LayerKind::batch_norm);
    append(network, "relu3", LayerKind::relu);
    append(network, "pool", LayerKind::global_average_pool);
    append(network, "hidden", LayerKind::linear, 8);
    append(network, "relu4", LayerKind::relu);
    append(network, "fc", LayerKind::linear, 5);
    finish(network);
    return network;
}

/// One geometry a slot, on arrays of `rows` rows; `active_rows` 0 = all, −1 = one kernel's.
inline std::vector<CrossbarGeometry> geometry_on(const Network& network, int rows, int active_rows = 0,
                                                 bool classifier_on_crossbar = false) {
    std::vector<CrossbarGeometry> result;
    for (const int index : crossbar_layers(network, classifier_on_crossbar)) {
        const Layer& layer = network.layers[static_cast<std::size_t>(index)];
        const Layer& below = network.layers[static_cast<std::size_t>(layer.inputs[0])];
        const int kernel = layer.kernel_height * layer.kernel_width;
        CrossbarParameters parameters;
        parameters.weight_bits = 8;
        parameters.input_bits = 8;
        parameters.rows = rows;
        parameters.columns = 64;
        parameters.active_rows = active_rows < 0 ? kernel : active_rows;
        parameters.cell_bits = 2;
        parameters.dac_bits = 1;
        parameters.row_packing = active_rows < 0 ? RowPacking::kernel : RowPacking::dense;
        const std::int64_t inputs = std::int64_t{below.output.channels / layer.groups} * kernel;
        result.push_back(geometry_of(parameters, inputs, layer.out_channels / layer.groups, kernel));
    }
    return result;
}

/// A backbone, its layers and random numbers of the size of weights.
struct SmallTask {
    explicit SmallTask(int active_rows = 0, int rows = 18)
        : network(small_network()),
          backbone(initial_parameters(network, 7)),
          geometry(geometry_on(network, rows, active_rows)),
          layers(list_array_layers(network, backbone, geometry, false)) {}
    SmallTask(const SmallTask&) = delete;
    SmallTask& operator=(const SmallTask&) = delete;

    MethodContext context() const { return {layers, 8, 11}; }
    std::unique_ptr<Method> method(const MethodConfig& config) const { return make_method(config, context()); }

    Network network;
    ParameterMap backbone;
    std::vector<CrossbarGeometry> geometry;
    std::vector<ArrayLayer> layers;
};

inline MethodConfig config_of(const std::string& method) {
    MethodConfig config;
    config.method = method;
    return config;
}

/// Fills every tensor with uniform numbers in [low, high).
inline void randomise(ParameterMap& tensors, double low, double high, std::uint64_t seed) {
    std::uint64_t part = 0;
    for (auto& entry : tensors) {
        RandomStream random(seed, "test values", part++);
        for (float& value : entry.second.values) value = static_cast<float>(low + (high - low) * random.uniform());
    }
}

/// Images whose class is the quarter with the brightest patch, on noise.
struct Images {
    std::vector<float> pixels;
    std::vector<int> labels;
};

inline Images random_images(const Shape& shape, int count, int classes, std::uint64_t seed) {
    Images images;
    RandomStream random(seed, "test images");
    for (int i = 0; i < count; ++i) {
        const int label = i % classes;
        images.labels.push_back(label);
        for (int c = 0; c < shape.channels; ++c) {
            for (int p = 0; p < shape.height * shape.width; ++p) {
                const bool bright = (p + c) % classes == label;
                images.pixels.push_back(static_cast<float>(random.normal() * 0.5 + (bright ? 1.0 : 0.0)));
            }
        }
    }
    return images;
}

}  // namespace remask::test
