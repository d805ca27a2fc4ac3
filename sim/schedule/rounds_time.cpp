#include "sim/schedule/rounds_time.h"

#include <algorithm>

namespace remask {

BatchTime batch_time(const Mapping& mapping, const Hardware& hardware, const ImageTime& times, const RoundsPlan& plan,
                     const std::vector<RoundTraffic>& traffic, int images) {
    BatchTime batch;
    std::vector<bool> on_arrays(times.units.rounds.size());
    for (const MappedSlot& slot : mapping.slots) {
        if (!on_arrays.empty()) on_arrays[static_cast<std::size_t>(slot.layer)] = true;
    }
    for (int round = 0; round < mapping.rounds; ++round) {
        const auto index = static_cast<std::size_t>(round);
        Time latency, interval;
        for (std::size_t s = 0; s < mapping.slots.size(); ++s) {
            if (mapping.slots[s].round != round) continue;
            latency += times.slots[s].latency;
            interval = std::max({interval, times.slots[s].busy, times.slots[s].digital});
        }
        for (std::size_t layer = 0; layer < on_arrays.size(); ++layer) {
            if (on_arrays[layer] || times.units.rounds[layer] != round) continue;
            latency += times.units.stage_time(static_cast<int>(layer));
            interval = std::max(interval, times.units.stage_time(static_cast<int>(layer)));
        }
        const double bits = static_cast<double>(traffic[index].written + traffic[index].read) * images;
        RoundTime time;
        time.programming = plan.rounds[index].time();
        time.transfer = DataSize::from_si(bits) / hardware.memory.weight.bandwidth;
        time.running = latency + static_cast<double>(images - 1) * interval;
        batch.total += time.programming + time.transfer + time.running;
        batch.rounds.push_back(time);
    }
    return batch;
}

}  // namespace remask
