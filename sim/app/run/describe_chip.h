// What is known of a chip and a network before any task: mapping, area, what an image costs, and when which row is
// computed.
#pragma once

#include <cstddef>
#include <vector>

#include "mapping/inference_cost.h"
#include "mapping/mapping.h"
#include "models/network/network.h"
#include "sim/app/costing/costing.h"
#include "sim/app/settings/experiment.h"
#include "sim/report/results.h"
#include "sim/schedule/event_schedule.h"

namespace remask {

struct ChipDescription {
    Results results;
    std::vector<EventSchedule> schedules;  ///< of the network or each of its rounds, with traces where asked for
};

/// `mapped`: `backbone`, with the widest classifier where that lies on arrays. `device` and `content` matter where the
/// network takes the chip in rounds.
ChipDescription describe_chip(const Experiment& experiment, const Network& backbone, const Network& mapped,
                              const Mapping& mapping, const DeviceParameters& device, const ChipContent& content,
                              const std::vector<SlotActivity>& activities, bool trace);

/// Does the energy of this hardware depend on the data?
bool needs_activity(const Hardware& hardware);

/// Of each slot, from `assume:`; empty where the hardware's energy does not depend on data. Throws ConfigError where it
/// does and nothing is assumed.
std::vector<SlotActivity> assumed_activities(const Experiment& experiment, std::size_t slots);

/// `remask estimate` of a network without weights (backbone.network). Throws ConfigError where the experiment has
/// tasks.
ChipDescription estimate_network(const Experiment& experiment, bool trace);

/// The network that the experiment names, without weights if it has none, and where it lies on the chip.
struct MappedNetwork {
    Network network;
    Mapping mapping;
};
MappedNetwork map_experiment(const Experiment& experiment);

}  // namespace remask
