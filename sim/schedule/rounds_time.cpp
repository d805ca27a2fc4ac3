#include "sim/schedule/rounds_time.h"

namespace remask {

std::vector<ImageTime> round_times(const Mapping& mapping, const Network& network, const Hardware& hardware,
                                   std::span<const SlotMask> masks) {
    if (mapping.rounds == 1) return {closed_form(mapping, hardware, masks, plan_digital(mapping, network, hardware))};
    std::vector<ImageTime> times;
    for (int round = 0; round < mapping.rounds; ++round) {
        const RoundNetwork here = round_network(mapping, network, round);
        std::vector<SlotMask> own;
        for (const int slot : here.slots) {
            if (!masks.empty()) own.push_back(masks[static_cast<std::size_t>(slot)]);
        }
        times.push_back(closed_form(here.mapping, hardware, own, plan_digital(here.mapping, here.network, hardware)));
    }
    return times;
}

std::vector<EventSchedule> schedule_rounds(const Mapping& mapping, const Network& network, const Hardware& hardware,
                                           const std::vector<ImageTime>& times, const ScheduleOptions& options) {
    if (mapping.rounds == 1) return {schedule_events(mapping, network, hardware, times[0], options)};
    std::vector<EventSchedule> schedules;
    for (int round = 0; round < mapping.rounds; ++round) {
        const RoundNetwork here = round_network(mapping, network, round);
        ScheduleOptions own = options;
        own.results = here.results;
        Hardware chip = hardware;
        if (round > 0) chip.chip.input_bandwidth.reset();
        schedules.push_back(
            schedule_events(here.mapping, here.network, chip, times[static_cast<std::size_t>(round)], own));
    }
    return schedules;
}

Time running_time(Time first_image, Time interval, int images) {
    return first_image + static_cast<double>(images - 1) * interval;
}

std::vector<RoundTime> round_overheads(const Hardware& hardware, const RoundsPlan& plan,
                                       const std::vector<RoundTraffic>& traffic, int images) {
    std::vector<RoundTime> times;
    for (std::size_t round = 0; round < traffic.size(); ++round) {
        const double bits = static_cast<double>(traffic[round].written + traffic[round].read) * images;
        RoundTime time;
        time.programming = plan.rounds[round].time();
        time.transfer = DataSize::from_si(bits) / hardware.memory.weight.bandwidth;
        times.push_back(time);
    }
    return times;
}

}  // namespace remask
