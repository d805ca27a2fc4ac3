#include "models/methods/training_cost.h"

#include <algorithm>
#include <vector>

namespace remask {
namespace {

bool owns_wanted(const Layer& layer, const std::set<std::string>& wanted) {
    for (const char* parameter : {".weight", ".bias", ".gamma", ".beta"}) {
        if (wanted.count(layer.name + parameter)) return true;
    }
    return false;
}

/// Is something that is wanted at or below each layer? Only then is its output's gradient needed.
std::vector<bool> needs_gradient(const Network& network, const std::set<std::string>& wanted) {
    std::vector<bool> needs;
    for (const Layer& layer : network.layers) {
        bool below = owns_wanted(layer, wanted);
        for (const int input : layer.inputs) below = below || needs[static_cast<std::size_t>(input)];
        needs.push_back(below);
    }
    return needs;
}

/// Indices of the layers whose outputs the backward pass of `layer` reads.
std::vector<int> held_by(const Layer& layer, int index, const std::set<std::string>& wanted, bool batch_statistics) {
    switch (layer.kind) {
        case LayerKind::convolution:
        case LayerKind::linear:
            if (wanted.count(layer.name + ".weight")) return layer.inputs;
            return {};
        case LayerKind::batch_norm:
            if (batch_statistics || wanted.count(layer.name + ".gamma")) return layer.inputs;
            return {};
        case LayerKind::relu:
            return {index};
        case LayerKind::max_pool:
            return layer.inputs;
        default:
            return {};
    }
}

std::int64_t weight_count(const Network& network, const Layer& layer) {
    const Shape& in = network.layers[static_cast<std::size_t>(layer.inputs[0])].output;
    if (layer.kind == LayerKind::linear) return layer.out_channels * in.size();
    return static_cast<std::int64_t>(layer.out_channels) * (in.channels / layer.groups) * layer.kernel_height *
           layer.kernel_width;
}

}  // namespace

StepCost step_cost(const Network& network, const std::set<std::string>& wanted, bool batch_statistics,
                   const std::map<std::string, WeightCounts>& sparse) {
    const std::vector<bool> needs = needs_gradient(network, wanted);
    StepCost cost;
    std::set<int> held;
    std::int64_t largest = 0;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const Layer& layer = network.layers[i];
        const int index = static_cast<int>(i);
        std::int64_t around = layer.output.size();
        bool below = false;
        for (const int input : layer.inputs) {
            around += network.layers[static_cast<std::size_t>(input)].output.size();
            below = below || needs[static_cast<std::size_t>(input)];
        }
        largest = std::max(largest, around);
        if (layer.kind == LayerKind::convolution || layer.kind == LayerKind::linear) {
            const std::int64_t weights = weight_count(network, layer);
            const auto found = sparse.find(layer.name + ".weight");
            const WeightCounts counts = found != sparse.end() ? found->second : WeightCounts{weights, weights};
            const std::int64_t uses = macs(network, index) / weights;  // of each weight: output positions
            cost.macs += uses * counts.existing * (below ? 2 : 1);
            if (wanted.count(layer.name + ".weight")) cost.macs += uses * counts.updated;
        }
        if (needs[i]) {
            for (const int output : held_by(layer, index, wanted, batch_statistics)) held.insert(output);
        }
    }
    std::int64_t values = 0;
    for (const int index : held) values += network.layers[static_cast<std::size_t>(index)].output.size();
    cost.activation_bytes = std::max(values, largest) * static_cast<std::int64_t>(sizeof(float));
    return cost;
}

}  // namespace remask
