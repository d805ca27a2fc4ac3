#include "mapping/round_network.h"

#include <algorithm>
#include <map>
#include <set>

#include "mapping/rounds.h"

namespace remask {

namespace {

class RoundCutter {
public:
    RoundCutter(const Mapping& mapping, const Network& network, int round)
        : mapping_(mapping), network_(network), round_(round), rounds_(layer_rounds(mapping, network)) {}

    RoundNetwork cut() {
        made_.network.name = network_.name;
        made_.network.input = network_.input;
        made_.network.normalisation = network_.normalisation;
        add_inputs();
        for (int i = 0; i < layers(); ++i) {
            if (is_here(i)) add(layer(i), i);
        }
        for (Layer& own : made_.network.layers) {
            for (int& input : own.inputs) input = numbers_.at(input);
        }
        add_results();
        add_mapping();
        return std::move(made_);
    }

private:
    int layers() const { return static_cast<int>(network_.layers.size()); }
    const Layer& layer(int index) const { return network_.layers[static_cast<std::size_t>(index)]; }
    bool is_here(int index) const { return rounds_[static_cast<std::size_t>(index)] == round_; }

    void add(const Layer& own, int index) {
        numbers_[index] = static_cast<int>(made_.layers.size());
        made_.network.layers.push_back(own);
        made_.layers.push_back(index);
    }

    /// What comes from other rounds, in the network's order.
    void add_inputs() {
        std::set<int> outer;
        for (int i = 0; i < layers(); ++i) {
            if (!is_here(i)) continue;
            for (const int input : layer(i).inputs) {
                if (!is_here(input)) outer.insert(input);
            }
        }
        for (const int producer : outer) {
            Layer input;
            input.name = layer(producer).name;
            input.kind = LayerKind::input;
            input.output = layer(producer).output;
            add(input, producer);
        }
    }

    void add_results() {
        std::set<int> results;
        for (int i = 0; i < layers(); ++i) {
            if (is_here(i)) continue;
            for (const int input : layer(i).inputs) {
                if (is_here(input)) results.insert(numbers_.at(input));
            }
        }
        if (is_here(layers() - 1)) results.insert(numbers_.at(layers() - 1));
        made_.results.assign(results.begin(), results.end());
    }

    void add_mapping() {
        Mapping& own = made_.mapping;
        own.classifier_on_crossbar = mapping_.classifier_on_crossbar;
        own.placement = mapping_.placement;
        double used = 0.0;
        for (std::size_t s = 0; s < mapping_.slots.size(); ++s) {
            if (mapping_.slots[s].round != round_) continue;
            MappedSlot slot = mapping_.slots[s];
            slot.layer = numbers_.at(slot.layer);
            slot.round = 0;
            own.arrays += slot.total_arrays();
            own.pes += slot.pes;
            used += slot.utilisation * static_cast<double>(slot.total_arrays());
            own.slots.push_back(std::move(slot));
            made_.slots.push_back(static_cast<int>(s));
        }
        own.tiles = own.placement.tiles_for(own.pes);
        if (own.arrays > 0) own.utilisation = used / static_cast<double>(own.arrays);
    }

    const Mapping& mapping_;
    const Network& network_;
    int round_;
    std::vector<int> rounds_;     // by layer
    std::map<int, int> numbers_;  // of a layer, in the network that is made
    RoundNetwork made_;
};

}  // namespace

RoundNetwork round_network(const Mapping& mapping, const Network& network, int round) {
    return RoundCutter(mapping, network, round).cut();
}

}  // namespace remask
