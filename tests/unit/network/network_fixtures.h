// Small networks and what the tests of this folder share.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "models/network/builders.h"
#include "models/network/network.h"

namespace remask::testing_support {

inline Layer make_layer(std::string name, LayerKind kind, std::vector<int> inputs) {
    Layer layer;
    layer.name = std::move(name);
    layer.kind = kind;
    layer.inputs = std::move(inputs);
    return layer;
}

inline Layer make_convolution(std::string name, int input, int channels, int kernel, int stride, Padding padding,
                              int groups = 1, bool bias = false) {
    Layer layer = make_layer(std::move(name), LayerKind::convolution, {input});
    layer.out_channels = channels;
    layer.kernel_height = layer.kernel_width = kernel;
    layer.stride = stride;
    layer.padding = padding;
    layer.groups = groups;
    layer.bias = bias;
    return layer;
}

inline Layer make_pool(std::string name, LayerKind kind, int input, int kernel, int stride, Padding padding = {}) {
    Layer layer = make_layer(std::move(name), kind, {input});
    layer.kernel_height = layer.kernel_width = kernel;
    layer.stride = stride;
    layer.padding = padding;
    return layer;
}

inline Layer make_linear(std::string name, int input, int outputs) {
    Layer layer = make_layer(std::move(name), LayerKind::linear, {input});
    layer.out_channels = outputs;
    return layer;
}

/// An input of `shape`, then `layers`; the normalisation changes nothing (mean 0: images are taken as not negative).
inline Network make_network(const Shape& shape, std::vector<Layer> layers, float mean = 0.0f) {
    Network network;
    network.name = "test";
    network.input = shape;
    const auto channels = static_cast<std::size_t>(shape.channels);
    network.normalisation = {1.0f, std::vector<float>(channels, mean), std::vector<float>(channels, 1.0f)};
    network.layers.push_back(make_layer("input", LayerKind::input, {}));
    for (Layer& layer : layers) network.layers.push_back(std::move(layer));
    finish(network);
    return network;
}

/// Weights, batch-norm values (variance above 0) and biases that are all different.
inline ParameterMap random_parameters(const Network& network, unsigned seed) {
    std::mt19937 bits(seed);
    const auto uniform = [&](float low, float high) {
        return low + (high - low) * static_cast<float>(bits() >> 8) / 16777216.0f;
    };
    ParameterMap parameters;
    for (const auto& [name, shape] : parameter_shapes(network)) {
        std::int64_t size = 1;
        for (const std::int64_t extent : shape) size *= extent;
        Tensor tensor{shape, std::vector<float>(static_cast<std::size_t>(size))};
        const bool positive = name.ends_with(".variance") || name.ends_with(".gamma");
        for (float& value : tensor.values) value = positive ? uniform(0.5f, 1.5f) : uniform(-0.5f, 0.5f);
        parameters[name] = std::move(tensor);
    }
    return parameters;
}

inline std::vector<float> random_images(const Network& network, int count, float low, float high, unsigned seed) {
    std::mt19937 bits(seed);
    std::vector<float> images(static_cast<std::size_t>(count * network.input.size()));
    for (float& value : images) value = low + (high - low) * static_cast<float>(bits() >> 8) / 16777216.0f;
    return images;
}

/// what() of the E that `work` throws; else a text that no test expects.
template <class E, class F>
std::string error_of(F&& work) {
    try {
        work();
    } catch (const E& error) {
        return error.what();
    }
    return "nothing was thrown";
}

/// A folder that is gone after the test.
class FolderTest : public ::testing::Test {
protected:
    FolderTest() {
        folder_ = std::filesystem::temp_directory_path() / ("remask_network_test_" + std::to_string(getpid()));
        std::filesystem::create_directories(folder_);
    }
    ~FolderTest() override { std::filesystem::remove_all(folder_); }
    std::filesystem::path folder_;
};

}  // namespace remask::testing_support
