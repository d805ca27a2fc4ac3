// The event-driven schedule of a network on a chip, or of each round where it takes the chip in rounds.
#pragma once

#include <optional>
#include <vector>

#include "mapping/mapping.h"
#include "models/network/network.h"
#include "sim/hardware/hardware.h"
#include "sim/report/rounds_result.h"
#include "sim/report/schedule_result.h"
#include "sim/schedule/event_schedule.h"

namespace remask {

struct DescribedSchedule {
    ChipSchedule summary;
    std::vector<EventSchedule> rounds;  ///< one without rounds; with traces where asked for
};

/// `rounds`: what a batch costs but for contention, where the network takes the chip in rounds.
DescribedSchedule describe_schedule(const Mapping& mapping, const Network& network, const Hardware& hardware,
                                    const std::optional<RoundsResult>& rounds, bool trace);

}  // namespace remask
