#include "sim/app/costing/round_costing.h"

#include <algorithm>

#include "mapping/rounds.h"
#include "sim/energy/energy_report.h"
#include "sim/schedule/rounds_time.h"

namespace remask {

namespace {

RoundLine line_of(const Mapping& mapping, int round, const SwitchPlan& plan, const RoundTime& time) {
    RoundLine line;
    std::int64_t pes = 0;
    for (const MappedSlot& slot : mapping.slots) {
        if (slot.round != round) continue;
        if (line.first_layer.empty()) line.first_layer = slot.name;
        line.last_layer = slot.name;
        line.arrays += slot.total_arrays();
        pes += slot.pes;
    }
    line.tiles = mapping.placement.tiles_for(pes);
    line.cells_written = plan.cells_written();
    line.programming_energy = plan.energy();
    line.programming_time = time.programming;
    line.transfer_time = time.transfer;
    line.running_time = time.running;
    return line;
}

/// Leakage for so long, in place of what was charged.
void charge_leakage(InferenceResult& result, const Hardware& hardware, std::int64_t tiles, Time time) {
    const auto charged = result.energy_by_component.find("leakage");
    if (charged == result.energy_by_component.end()) return;
    result.energy = result.energy - charged->second;
    charged->second = leakage_power(hardware, tiles) * time;
    result.energy += charged->second;
}

}  // namespace

void add_rounds(InferenceResult& result, const Mapping& mapping, const Network& network, const Hardware& hardware,
                const DeviceParameters& device, const ChipContent& content, const std::vector<SlotMask>& masks,
                int images) {
    if (mapping.rounds == 1) return;
    const RoundsPlan plan = plan_rounds(mapping, hardware, slot_weights(content, mapping.slots.size()),
                                        counted_pulses(mapping, hardware, device));
    const std::vector<RoundTraffic> traffic = round_traffic(mapping, network, hardware);
    const std::vector<ImageTime> times = round_times(mapping, network, hardware, masks);
    std::vector<RoundTime> parts = round_overheads(hardware, plan, traffic, images);
    RoundsResult rounds;
    rounds.images = images;
    rounds.writes_max = plan.writes_max;
    for (int round = 0; round < mapping.rounds; ++round) {
        const auto index = static_cast<std::size_t>(round);
        parts[index].running = running_time(times[index].latency, times[index].interval, images);
        rounds.time += parts[index].total();
        rounds.rounds.push_back(line_of(mapping, round, plan.rounds[index], parts[index]));
        rounds.cells_written += plan.rounds[index].cells_written();
        rounds.programming_energy += plan.rounds[index].energy();
        rounds.bytes_loaded += plan.rounds[index].bytes_loaded();
        rounds.bytes_transferred += static_cast<double>(traffic[index].written + traffic[index].read) * images / 8.0;
    }
    rounds.transfer_energy = DataSize::from_si(rounds.bytes_transferred * 8.0) * hardware.memory.weight.energy;
    if (rounds.writes_max > 0) {
        rounds.life_images = hardware.cell.endurance / static_cast<double>(rounds.writes_max) * images;
    }
    const Time each = rounds.time / static_cast<double>(images);
    charge_leakage(result, hardware, mapping.tiles, each);
    const auto add = [&](const char* component, Energy of_batch) {
        const Energy of_image = of_batch / static_cast<double>(images);
        result.energy_by_component[component] = of_image;
        result.energy += of_image;
    };
    add("round_programming", rounds.programming_energy);
    add("round_transfer", rounds.transfer_energy);
    result.latency = rounds.time;
    result.throughput_per_s = 1.0 / each.si();
    result.rounds = std::move(rounds);
}

}  // namespace remask
