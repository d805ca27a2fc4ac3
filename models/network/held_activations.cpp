#include "models/network/held_activations.h"

namespace remask {

namespace {

/// Indices of the layers whose outputs the backward pass of layer `index` reads whole.
std::vector<int> read_backwards(const Network& network, int index, const std::set<std::string>& wanted,
                                const std::vector<bool>& needs, bool batch_statistics) {
    const Layer& layer = network.layers[static_cast<std::size_t>(index)];
    switch (layer.kind) {
        case LayerKind::convolution:
        case LayerKind::linear:
            if (wanted.count(layer.name + ".weight")) return layer.inputs;
            return {};
        case LayerKind::batch_norm:
            if (batch_statistics || wanted.count(layer.name + ".gamma")) return layer.inputs;
            return {};
        case LayerKind::max_pool:
        case LayerKind::gate:
            return layer.inputs;
        case LayerKind::hard_sigmoid:
            return {index};
        case LayerKind::multiply: {
            std::vector<int> factors;
            if (needs[static_cast<std::size_t>(layer.inputs[0])]) factors.push_back(layer.inputs[1]);
            if (needs[static_cast<std::size_t>(layer.inputs[1])]) factors.push_back(layer.inputs[0]);
            return factors;
        }
        default:
            return {};
    }
}

int before_flatten(const Network& network, int index) {
    while (network.layers[static_cast<std::size_t>(index)].kind == LayerKind::flatten)
        index = network.layers[static_cast<std::size_t>(index)].inputs[0];
    return index;
}

}  // namespace

std::vector<bool> needs_gradient(const Network& network, const std::set<std::string>& wanted) {
    std::vector<bool> needs;
    for (const Layer& layer : network.layers) {
        bool below = false;
        for (const char* parameter : learned_suffixes) below = below || wanted.count(layer.name + parameter) > 0;
        for (const int input : layer.inputs) below = below || needs[static_cast<std::size_t>(input)];
        needs.push_back(below);
    }
    return needs;
}

HeldActivations held_activations(const Network& network, const std::set<std::string>& wanted, bool batch_statistics) {
    const std::vector<bool> needs = needs_gradient(network, wanted);
    HeldActivations held{std::vector<bool>(needs.size()), std::vector<bool>(needs.size())};
    for (std::size_t i = 0; i < needs.size(); ++i) {
        if (!needs[i]) continue;
        for (const int read : read_backwards(network, static_cast<int>(i), wanted, needs, batch_statistics)) {
            held.values[static_cast<std::size_t>(before_flatten(network, read))] = true;
        }
    }
    for (std::size_t i = 0; i < needs.size(); ++i) {
        held.signs[i] = needs[i] && network.layers[i].kind == LayerKind::relu && !held.values[i];
    }
    return held;
}

std::int64_t held_bytes(const Network& network, const HeldActivations& held) {
    std::int64_t bytes = 0;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const std::int64_t size = network.layers[i].output.size();
        if (held.values[i]) bytes += size * static_cast<std::int64_t>(sizeof(float));
        if (held.signs[i]) bytes += (size + 7) / 8;
    }
    return bytes;
}

}  // namespace remask
