#include "sim/app/costing/costing.h"

#include "sim/base/diagnostics.h"
#include "sim/device/programmed_cells.h"
#include "sim/energy/energy_report.h"
#include "sim/schedule/closed_form.h"

namespace remask {

namespace {

std::map<std::string, std::int64_t> named(const ActionCounts& counts) {
    std::map<std::string, std::int64_t> by_name;
    for (const Action action : all_actions()) {
        if (counts[action] != 0) by_name[std::string(action_name(action))] = counts[action];
    }
    return by_name;
}

std::vector<ActionLine> lines(const EnergyReport& report) {
    std::vector<ActionLine> lines;
    for (const ActionEnergy& line : report.by_action) {
        lines.push_back({std::string(action_name(line.action)), line.count, line.each, line.total});
    }
    return lines;
}

/// [groups][K,N] with N columns widened to `columns`.
std::vector<std::int32_t> widened(const std::vector<std::int32_t>& weights, std::int64_t rows, std::int64_t from,
                                  std::int64_t columns) {
    if (from == columns) return weights;
    std::vector<std::int32_t> wide(static_cast<std::size_t>(rows * columns), 0);
    for (std::int64_t k = 0; k < rows; ++k) {
        for (std::int64_t n = 0; n < from; ++n) {
            wide[static_cast<std::size_t>(k * columns + n)] = weights[static_cast<std::size_t>(k * from + n)];
        }
    }
    return wide;
}

}  // namespace

ChipContent chip_content(const Network& network, const ParameterMap& reference, const ParameterMap& parameters,
                         const Mapping& mapping, const QuantizationOptions& quantization) {
    ChipContent content;
    for (const MappedSlot& slot : mapping.slots) {
        const Layer& layer = network.layers[static_cast<std::size_t>(slot.layer)];
        if (parameters.count(layer.name + ".weight") == 0) {
            content.emplace_back();
            continue;
        }
        const Tensor& weights = parameters.at(layer.name + ".weight");
        const auto backbone = reference.find(layer.name + ".weight");
        const bool own =
            quantization.fit_weight_scale || backbone == reference.end() || backbone->second.shape != weights.shape;
        const std::vector<double> scales = weight_scales(own ? weights : backbone->second, quantization.weight_bits);
        const std::vector<std::int32_t> integers =
            quantize_weights(weights, slot.groups, scales, quantization.weight_bits);
        content.push_back(
            widened(integers, slot.geometry.rows * slot.groups, weights.shape[0] / slot.groups, slot.geometry.columns));
    }
    return content;
}

std::vector<SlotWeights> slot_weights(const ChipContent& content, std::size_t slots) {
    std::vector<SlotWeights> weights(slots);
    for (std::size_t i = 0; i < content.size(); ++i) weights[i] = content[i];
    return weights;
}

std::vector<SlotWeights> after_switch(const std::vector<SlotWeights>& found, const ChipContent& task) {
    std::vector<SlotWeights> weights = slot_weights(task, found.size());
    for (std::size_t slot = 0; slot < weights.size(); ++slot) {
        if (weights[slot].empty()) weights[slot] = found[slot];
    }
    return weights;
}

std::vector<SlotMask> slot_masks(const std::vector<LayerMask>& masks) {
    std::vector<SlotMask> converted;
    for (const LayerMask& mask : masks) {
        converted.push_back({mask.unit, mask.bits_per_entry, mask.per_row_group, mask.factors, mask.computed_share});
    }
    return converted;
}

PulseCount counted_pulses(const Mapping& mapping, const Hardware& hardware, const DeviceParameters& device) {
    if (!device.write_verify) return {};
    std::vector<std::vector<ProgrammedCells>> cells(mapping.slots.size());
    for (std::size_t slot = 0; slot < cells.size(); ++slot) {
        for (int group = 0; group < mapping.slots[slot].groups; ++group) {
            const CellIdentity identity{device.seed.value_or(0), static_cast<std::int64_t>(slot), group};
            cells[slot].emplace_back(device, identity, hardware.crossbar.cell_bits, floor_level(hardware.crossbar));
        }
    }
    return [cells = std::move(cells)](const CellWrite& write) {
        const ProgrammedCells& programmed =
            cells[static_cast<std::size_t>(write.slot)][static_cast<std::size_t>(write.group)];
        const std::int64_t cell = cell_number(write.row, write.column, write.part);
        return static_cast<double>(programmed.programmed(cell, write.to).pulses);
    };
}

InferenceResult cost_inference(const Mapping& mapping, const Network& network, const Hardware& hardware,
                               const std::vector<SlotMask>& masks, const std::vector<SlotActivity>& activities,
                               std::vector<LayerResult>* layers) {
    const std::vector<ActionCounts> counts = inference_counts(mapping, network, hardware, masks, activities);
    const ImageTime time = closed_form(mapping, hardware, masks, plan_digital(mapping, network, hardware));
    const ActionCounts all = total(counts);
    const EnergyReport energy = price(all, hardware, time.latency, mapping.tiles);
    if (layers != nullptr) {
        for (std::size_t slot = 0; slot < mapping.slots.size(); ++slot) {
            const MappedSlot& mapped = mapping.slots[slot];
            LayerResult layer;
            layer.name = mapped.name;
            layer.rows = mapped.geometry.rows;
            layer.columns = mapped.geometry.columns * mapped.groups;
            layer.row_tiles = mapped.geometry.row_tiles;
            layer.arrays = mapped.total_arrays();
            layer.replicas = mapped.replicas;
            layer.products = mapped.vectors;
            layer.counts = named(counts[static_cast<std::size_t>(mapped.layer)]);
            layer.latency = time.slots[slot].latency;
            layers->push_back(std::move(layer));
        }
    }
    return {energy.total, time.latency, time.throughput.si(), energy.by_component, named(all), lines(energy), {}};
}

SwitchResult cost_switch(const Mapping& mapping, const Hardware& hardware, const DeviceParameters& device,
                         const std::vector<SlotWeights>& from, const ChipContent& to, const SwitchLoad& load,
                         const std::string& from_name) {
    const bool resident = mapping.rounds == 1;
    const std::vector<SlotWeights> erased(mapping.slots.size());
    const SwitchPlan plan =
        plan_switch(mapping, hardware, resident ? from : erased, resident ? after_switch(from, to) : erased, load,
                    counted_pulses(mapping, hardware, device));
    SwitchResult result;
    result.from = from_name;
    result.cells_written = plan.cells_written();
    result.set_pulses = plan.set_pulses;
    result.reset_pulses = plan.reset_pulses;
    result.energy = plan.energy();
    result.energy_by_component = plan.energy_by_component();
    result.time = plan.time();
    result.bytes_loaded = plan.bytes_loaded();
    result.writes_max = static_cast<double>(plan.writes_max);
    if (plan.writes_max > 0) result.life_switches = hardware.cell.endurance / static_cast<double>(plan.writes_max);
    return result;
}

SwitchResult cost_switch(const Mapping& mapping, const Hardware& hardware, const DeviceParameters& device,
                         const ChipContent& from, const ChipContent& to, const SwitchLoad& load,
                         const std::string& from_name) {
    return cost_switch(mapping, hardware, device, slot_weights(from, mapping.slots.size()), to, load, from_name);
}

}  // namespace remask
