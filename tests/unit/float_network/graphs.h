// Small networks that between them hold every kind of layer, and random parameters for them.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "models/network/network.h"

namespace remask {

/// Builds a network layer by layer; every call returns the new layer's index.
class Graph {
public:
    explicit Graph(const Shape& input);
    int layer(LayerKind kind, const std::vector<int>& inputs);
    int convolution(int input, int channels, int kernel, int stride, const Padding& padding, int groups = 1,
                    bool bias = false);
    int pool(LayerKind kind, int input, int kernel, int stride, const Padding& padding);
    int subsample(int input, int channels, int stride);
    int linear(int input, int outputs);
    /// The last layer added, for settings that have no argument above.
    Layer& last() { return network_.layers.back(); }
    Network finished();

private:
    Network network_;
};

struct NamedNetwork {
    std::string name;
    Network network;
};
/// One for each kind of layer and way of using it, small enough for central differences.
std::vector<NamedNetwork> small_networks();
/// Its gate is a step, whose gradient is no derivative: not among the small networks.
Network gated_network();

/// Normal weights scaled to keep activations near 1; gammas, variances in [0.5, 1.5]; betas, means, biases in ±0.5.
ParameterMap random_parameters(const Network& network, std::uint64_t seed);
std::vector<float> random_images(const Network& network, int batch, std::uint64_t seed);

/// Names of all weights, biases, gammas and betas.
std::set<std::string> trainable_names(const ParameterMap& parameters);

}  // namespace remask
