// How long a batch of images takes where a network takes the chip in rounds: docs/cost.md, "Rounds".
#pragma once

#include <span>
#include <vector>

#include "mapping/round_network.h"
#include "mapping/rounds.h"
#include "sim/schedule/closed_form.h"
#include "sim/schedule/event_schedule.h"

namespace remask {

struct RoundTime {
    Time programming;  ///< loading and writing
    Time transfer;     ///< of what comes from and goes to other rounds, all images, over the memory of the weights
    Time running;      ///< all images in a pipeline: the first one's latency and an interval for each other
    Time total() const { return programming + transfer + running; }
};

/// closed_form() of each round, as if it were a network of its own. `masks`: per slot of the whole mapping, or empty.
std::vector<ImageTime> round_times(const Mapping& mapping, const Network& network, const Hardware& hardware,
                                   std::span<const SlotMask> masks = {});

/// schedule_events() of each round; `times`: round_times()'s. Values of other rounds lie at tile 0 when a round begins:
/// their transfer is counted apart, and chip.input_bandwidth holds for images alone. Throws as schedule_events().
std::vector<EventSchedule> schedule_rounds(const Mapping& mapping, const Network& network, const Hardware& hardware,
                                           const std::vector<ImageTime>& times, const ScheduleOptions& options = {});

/// `images` that pass through a pipeline.
Time running_time(Time first_image, Time interval, int images);

/// What a batch takes in each round, but for `running`.
std::vector<RoundTime> round_overheads(const Hardware& hardware, const RoundsPlan& plan,
                                       const std::vector<RoundTraffic>& traffic, int images);

}  // namespace remask
