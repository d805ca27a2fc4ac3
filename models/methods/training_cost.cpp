#include "models/methods/training_cost.h"

#include <algorithm>
#include <vector>

#include "models/network/held_activations.h"

namespace remask {
namespace {

std::int64_t weight_count(const Network& network, const Layer& layer) {
    const Shape& in = network.layers[static_cast<std::size_t>(layer.inputs[0])].output;
    if (layer.kind == LayerKind::linear) return layer.out_channels * in.size();
    return static_cast<std::int64_t>(layer.out_channels) * (in.channels / layer.groups) * layer.kernel_height *
           layer.kernel_width;
}

}  // namespace

std::int64_t peak_activation_bytes(const StepCost& cost, std::int64_t batch) {
    if (cost.whole_batch) return batch * std::max(cost.held_bytes, cost.working_bytes);
    return batch * cost.held_bytes + cost.working_bytes;
}

StepCost step_cost(const Network& network, const std::set<std::string>& wanted, bool batch_statistics,
                   const std::map<std::string, WeightCounts>& sparse,
                   const std::map<std::string, std::int64_t>& columns) {
    const std::vector<bool> needs = needs_gradient(network, wanted);
    StepCost cost;
    std::int64_t largest = 0, sums = 0;
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
            if (const auto cut = columns.find(layer.name); cut != columns.end()) {
                cost.macs += 2 * cut->second * layer.output.size();
                sums += cut->second * layer.output.size();
            }
        }
    }
    cost.held_bytes = held_bytes(network, held_activations(network, wanted, batch_statistics)) +
                      sums * static_cast<std::int64_t>(sizeof(float));
    cost.working_bytes = largest * static_cast<std::int64_t>(sizeof(float));
    cost.whole_batch = batch_statistics;
    return cost;
}

}  // namespace remask
