#include "mapping/digital_cost.h"

#include <algorithm>

namespace remask {

std::vector<std::int64_t> home_tiles(const Mapping& mapping, const Network& network) {
    std::vector<std::int64_t> homes(network.layers.size(), -1);
    for (const MappedSlot& slot : mapping.slots) homes[static_cast<std::size_t>(slot.layer)] = slot.first_tile;
    for (std::size_t i = 0; i < homes.size(); ++i) {
        if (homes[i] >= 0) continue;
        const std::vector<int>& inputs = network.layers[i].inputs;
        homes[i] =
            inputs.empty() ? 0 : homes[static_cast<std::size_t>(*std::max_element(inputs.begin(), inputs.end()))];
    }
    return homes;
}

namespace {

/// Bits × hops of the operands of an addition or multiplication to its tile.
std::int64_t operand_traffic(const Mapping& mapping, const Network& network, const Hardware& hardware, int index,
                             const std::vector<std::int64_t>& homes) {
    std::int64_t traffic = 0;
    for (const int input : network.layers[static_cast<std::size_t>(index)].inputs) {
        const std::int64_t hops =
            mapping.hops(homes[static_cast<std::size_t>(input)], homes[static_cast<std::size_t>(index)]);
        traffic += network.layers[static_cast<std::size_t>(input)].output.size() * hardware.chip.output_bits * hops;
    }
    return traffic;
}

}  // namespace

ActionCounts digital_counts(const Mapping& mapping, const Network& network, const Hardware& hardware, int index,
                            const std::vector<std::int64_t>& homes) {
    const Layer& layer = network.layers[static_cast<std::size_t>(index)];
    ActionCounts counts;
    switch (layer.kind) {
        case LayerKind::convolution:
        case LayerKind::linear:
            counts[Action::digital_mac] = macs(network, index);
            break;
        case LayerKind::batch_norm:
            counts[Action::digital_mac] = layer.output.size();
            break;
        case LayerKind::multiply:
            counts[Action::digital_mac] = layer.output.size();
            counts[Action::router] = operand_traffic(mapping, network, hardware, index, homes);
            break;
        case LayerKind::relu:
        case LayerKind::hard_sigmoid:
        case LayerKind::gate:
            counts[Action::activation] = layer.output.size();
            break;
        case LayerKind::max_pool:
        case LayerKind::average_pool:
        case LayerKind::global_average_pool:
            counts[Action::pool] = layer.output.size();
            break;
        case LayerKind::add:
            counts[Action::digital_add] = layer.output.size();
            counts[Action::router] = operand_traffic(mapping, network, hardware, index, homes);
            break;
        case LayerKind::input:
        case LayerKind::subsample_pad:
        case LayerKind::flatten:
        case LayerKind::upsample:
            break;
    }
    return counts;
}

}  // namespace remask
