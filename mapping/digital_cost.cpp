#include "mapping/digital_cost.h"

#include <algorithm>

#include "mapping/rounds.h"

namespace remask {

std::vector<std::int64_t> home_tiles(const Mapping& mapping, const Network& network) {
    const std::vector<int> rounds = layer_rounds(mapping, network);
    std::vector<std::int64_t> homes(network.layers.size(), -1);
    for (const MappedSlot& slot : mapping.slots) homes[static_cast<std::size_t>(slot.layer)] = slot.first_tile;
    for (std::size_t i = 0; i < homes.size(); ++i) {
        if (homes[i] >= 0) continue;
        homes[i] = 0;
        int latest = -1;
        for (const int input : network.layers[i].inputs) {
            if (rounds[static_cast<std::size_t>(input)] != rounds[i] || input < latest) continue;
            latest = input;
            homes[i] = homes[static_cast<std::size_t>(input)];
        }
    }
    return homes;
}

InputSources::InputSources(const Mapping& mapping, const Network& network)
    : homes_(home_tiles(mapping, network)), rounds_(layer_rounds(mapping, network)) {}

std::int64_t InputSources::source(int producer, int layer) const {
    const bool now = rounds_[static_cast<std::size_t>(producer)] == rounds_[static_cast<std::size_t>(layer)];
    return now ? home(producer) : 0;
}

namespace {

/// Bits × hops of the operands of an addition, multiplication or concatenation to its tile.
std::int64_t operand_traffic(const Mapping& mapping, const Network& network, const Hardware& hardware, int index,
                             const InputSources& sources) {
    std::int64_t traffic = 0;
    for (const int input : network.layers[static_cast<std::size_t>(index)].inputs) {
        const std::int64_t hops = mapping.hops(sources.source(input, index), sources.home(index));
        traffic += network.layers[static_cast<std::size_t>(input)].output.size() * hardware.chip.output_bits * hops;
    }
    return traffic;
}

}  // namespace

ActionCounts digital_counts(const Mapping& mapping, const Network& network, const Hardware& hardware, int index,
                            const InputSources& sources) {
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
            counts[Action::router] = operand_traffic(mapping, network, hardware, index, sources);
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
            counts[Action::router] = operand_traffic(mapping, network, hardware, index, sources);
            break;
        case LayerKind::concatenate:
            counts[Action::router] = operand_traffic(mapping, network, hardware, index, sources);
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
