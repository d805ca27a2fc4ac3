#include "sim/schedule/digital_units.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "sim/hardware/config_fault.h"

namespace remask {

namespace {

/// The tiles that lie along the placement from `first` on.
struct TileRange {
    std::int64_t first = 0, count = 1;
    bool operator<(const TileRange& other) const {
        return std::pair(first, count) < std::pair(other.first, other.count);
    }
};

TileRange tiles_of(const Mapping& mapping, const MappedSlot& slot) {
    const std::int64_t first = slot.first_pe / mapping.placement.pes_per_tile;
    const std::int64_t last = (slot.first_pe + slot.pes - 1) / mapping.placement.pes_per_tile;
    return {first, last - first + 1};
}

/// Time by part for all the work of a stage, were it done on one tile.
using PartTimes = std::array<double, digital_part_count>;

class Planner {
public:
    Planner(const Mapping& mapping, const Network& network, const Hardware& hardware)
        : mapping_(mapping), network_(network), timing_(hardware.timing) {
        std::vector<int> slot_of(network.layers.size(), -1);
        for (std::size_t s = 0; s < mapping.slots.size(); ++s) {
            slot_of[static_cast<std::size_t>(mapping.slots[s].layer)] = static_cast<int>(s);
        }
        times_.resize(network.layers.size());
        for (std::size_t i = 0; i < network.layers.size(); ++i) add_layer(i, slot_of[i]);
    }

    DigitalPlan plan() {
        DigitalPlan plan;
        plan.shares.resize(network_.layers.size());
        std::map<std::vector<int>, std::vector<std::int64_t>> alike;  // tiles by the stages that they work for
        for (auto& [position, stages] : stages_by_position()) alike[std::move(stages)].push_back(position);
        for (const auto& [stages, positions] : alike) add_units(plan, stages, positions);
        return plan;
    }

private:
    void add_layer(std::size_t index, int slot) {
        const Layer& layer = network_.layers[index];
        const int latest = layer.inputs.empty() ? -1 : *std::max_element(layer.inputs.begin(), layer.inputs.end());
        const auto below = static_cast<std::size_t>(latest);
        leaders_.push_back(leads_stage(layer) ? static_cast<int>(index) : leaders_[below]);
        if (slot >= 0) {
            tiles_.push_back(tiles_of(mapping_, mapping_.slots[static_cast<std::size_t>(slot)]));
            return;
        }
        tiles_.push_back(latest < 0 ? TileRange{} : tiles_[below]);
        const DigitalWork work = digital_work(network_, static_cast<int>(index));
        PartTimes& times = times_[static_cast<std::size_t>(leaders_.back())];
        for (const DigitalPart part : all_digital_parts()) {
            const auto rate = rate_of(timing_, part);
            const auto p = static_cast<std::size_t>(part);
            if (rate) times[p] += static_cast<double>(work[p]) / rate->si();
        }
    }

    const TileRange& tiles(int layer) const { return tiles_[static_cast<std::size_t>(layer)]; }

    /// By the position of a tile along the placement: the stages that it works for.
    std::map<std::int64_t, std::vector<int>> stages_by_position() const {
        std::map<std::int64_t, std::vector<int>> stages;
        for (std::size_t i = 0; i < times_.size(); ++i) {
            if (std::all_of(times_[i].begin(), times_[i].end(), [](double time) { return time <= 0.0; })) continue;
            const TileRange& range = tiles_[i];
            for (std::int64_t t = 0; t < range.count; ++t) stages[range.first + t].push_back(static_cast<int>(i));
        }
        return stages;
    }

    /// Units of tiles that work for the same stages, one a part or one for all.
    void add_units(DigitalPlan& plan, const std::vector<int>& stages, const std::vector<std::int64_t>& positions) {
        const bool shared = timing_.digital_unit == DigitalUnitKind::shared;
        std::map<std::size_t, std::size_t> units;  // by part
        for (const int stage : stages) {
            PartTimes times = times_[static_cast<std::size_t>(stage)];
            if (shared) times = {sum(times)};
            for (std::size_t part = 0; part < times.size(); ++part) {
                if (times[part] <= 0.0) continue;
                const auto [found, added] = units.emplace(part, plan.units.size());
                if (added) {
                    plan.units.push_back({shared ? "digital unit" : std::string(part_name(all_digital_parts()[part])),
                                          mapping_.placement.tile_at(positions.front()),
                                          static_cast<std::int64_t>(positions.size()), Time{}});
                }
                const Time time = Time::from_si(times[part] / static_cast<double>(tiles(stage).count));
                plan.units[found->second].busy += time;
                plan.shares[static_cast<std::size_t>(stage)].push_back({found->second, time});
            }
        }
    }

    static double sum(const PartTimes& times) {
        double sum = 0.0;
        for (const double time : times) sum += time;
        return sum;
    }

    const Mapping& mapping_;
    const Network& network_;
    const Timing& timing_;
    std::vector<int> leaders_;      // by layer
    std::vector<TileRange> tiles_;  // by layer
    std::vector<PartTimes> times_;  // by the layer that leads the stage
};

}  // namespace

const std::array<DigitalPart, digital_part_count>& all_digital_parts() {
    static constexpr std::array<DigitalPart, digital_part_count> parts{
        DigitalPart::batch_norm, DigitalPart::activation, DigitalPart::pool, DigitalPart::add, DigitalPart::mac};
    return parts;
}

std::string_view part_name(DigitalPart part) {
    constexpr std::array<std::string_view, digital_part_count> names{"batch-norm", "activation", "pooling", "addition",
                                                                     "multiply-accumulate"};
    return names[static_cast<std::size_t>(part)];
}

std::string_view rate_field(DigitalPart part) {
    constexpr std::array<std::string_view, digital_part_count> fields{"batch_norm_rate", "activation_rate", "pool_rate",
                                                                      "add_rate", "digital_mac_rate"};
    return fields[static_cast<std::size_t>(part)];
}

std::optional<Frequency> rate_of(const Timing& timing, DigitalPart part) {
    switch (part) {
        case DigitalPart::batch_norm:
            return timing.batch_norm_rate;
        case DigitalPart::activation:
            return timing.activation_rate;
        case DigitalPart::pool:
            return timing.pool_rate;
        case DigitalPart::add:
            return timing.add_rate;
        case DigitalPart::mac:
            return timing.digital_mac_rate;
    }
    return std::nullopt;
}

std::string unit_name(const DigitalUnit& unit) {
    const std::string others = unit.tiles > 1 ? " and " + std::to_string(unit.tiles - 1) + " like it" : "";
    return unit.name + " of tile " + std::to_string(unit.tile) + others;
}

DigitalWork digital_work(const Network& network, int index) {
    const Layer& layer = network.layers[static_cast<std::size_t>(index)];
    const std::int64_t outputs = layer.output.size();
    DigitalWork work{};
    const auto count = [&](DigitalPart part, std::int64_t values) { work[static_cast<std::size_t>(part)] = values; };
    switch (layer.kind) {
        case LayerKind::convolution:
        case LayerKind::linear:
            count(DigitalPart::mac, macs(network, index));
            break;
        case LayerKind::multiply:
            count(DigitalPart::mac, outputs);
            break;
        case LayerKind::batch_norm:
            count(DigitalPart::batch_norm, outputs);
            break;
        case LayerKind::relu:
        case LayerKind::hard_sigmoid:
        case LayerKind::gate:
            count(DigitalPart::activation, outputs);
            break;
        case LayerKind::max_pool:
        case LayerKind::average_pool:
            count(DigitalPart::pool, outputs * layer.kernel_height * layer.kernel_width);
            break;
        case LayerKind::global_average_pool:
            count(DigitalPart::pool, network.layers[static_cast<std::size_t>(layer.inputs.at(0))].output.size());
            break;
        case LayerKind::add:
            count(DigitalPart::add, outputs);
            break;
        case LayerKind::input:
        case LayerKind::subsample_pad:
        case LayerKind::flatten:
        case LayerKind::upsample:
        case LayerKind::concatenate:
            break;
    }
    return work;
}

DigitalWork digital_work(const Mapping& mapping, const Network& network) {
    std::vector<bool> mapped(network.layers.size());
    for (const MappedSlot& slot : mapping.slots) mapped[static_cast<std::size_t>(slot.layer)] = true;
    DigitalWork sum{};
    for (std::size_t layer = 0; layer < mapped.size(); ++layer) {
        if (mapped[layer]) continue;
        const DigitalWork work = digital_work(network, static_cast<int>(layer));
        for (std::size_t part = 0; part < sum.size(); ++part) sum[part] += work[part];
    }
    return sum;
}

bool leads_stage(const Layer& layer) {
    return layer.kind == LayerKind::input || layer.kind == LayerKind::convolution || layer.kind == LayerKind::linear ||
           layer.kind == LayerKind::add || layer.kind == LayerKind::multiply || layer.kind == LayerKind::concatenate;
}

Time DigitalPlan::stage_time(int layer) const {
    Time longest;
    if (shares.empty()) return longest;
    for (const DigitalShare& share : shares[static_cast<std::size_t>(layer)]) longest = std::max(longest, share.time);
    return longest;
}

Time DigitalPlan::busiest() const {
    Time most;
    for (const DigitalUnit& unit : units) most = std::max(most, unit.busy);
    return most;
}

DigitalPlan plan_digital(const Mapping& mapping, const Network& network, const Hardware& hardware) {
    const std::int64_t side_macs = digital_macs(network);
    if (side_macs > 0 && !hardware.timing.digital_mac_rate) {
        refuse_config("hardware.timing.digital_mac_rate",
                      "is missing, but the digital units compute " + std::to_string(side_macs) +
                          " multiply-accumulates of side layers: say how many a tile's does a second, or use side: "
                          "arrays");
    }
    return Planner(mapping, network, hardware).plan();
}

}  // namespace remask
