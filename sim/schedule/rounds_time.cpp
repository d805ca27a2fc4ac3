#include "sim/schedule/rounds_time.h"

#include <algorithm>

namespace remask {

BatchTime batch_time(const Mapping& mapping, const Hardware& hardware, const ImageTime& times, const RoundsPlan& plan,
                     const std::vector<RoundTraffic>& traffic, int images) {
    BatchTime batch;
    for (int round = 0; round < mapping.rounds; ++round) {
        const auto index = static_cast<std::size_t>(round);
        Time latency, interval;
        for (std::size_t s = 0; s < mapping.slots.size(); ++s) {
            if (mapping.slots[s].round != round) continue;
            latency += times.slots[s].latency;
            interval = std::max(interval, times.slots[s].busy);
        }
        const double bits = static_cast<double>(traffic[index].written + traffic[index].read) * images;
        RoundTime time;
        time.programming = plan.rounds[index].time();
        time.transfer = DataSize::from_si(bits) / hardware.memory.weight.bandwidth;
        time.running = latency + static_cast<double>(images - 1) * interval;
        batch.total += time.programming + time.transfer + time.running;
        batch.rounds.push_back(time);
    }
    batch.total += static_cast<double>(images) * times.digital;
    return batch;
}

}  // namespace remask
