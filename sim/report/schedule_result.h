// The event-driven schedule as plain values for results.json, report.html and the terminal.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/quantity.h"

namespace remask {

struct ScheduledStage {
    std::string name;
    bool on_arrays = true;               ///< else its work is the digital unit's: additions, digital layers
    Time first_start, first_end;         ///< of an image alone on the chip
    Time busy;                           ///< for one image
    double utilisation = 0.0;            ///< of the busiest replica's arrays, steady state
    double adc_utilisation = 0.0;        ///< of its busiest ADC
    std::map<std::string, Time> stalls;  ///< for one image, mean over those simulated: what free arrays waited for
};

struct ScheduledResource {
    std::string name;
    std::int64_t bits = 0;  ///< for one image
    double utilisation = 0.0;
    bool digital_unit = false;  ///< a part of a tile's; else a bus, a link or the input
};

/// What a tile's digital unit does a second, of what the network needs.
struct DigitalRate {
    std::string part, field;        ///< "activation", "activation_rate"
    std::optional<Frequency> rate;  ///< absent: takes no time
    std::string source;             ///< as the hardware file says
};

struct BufferMark {
    std::int64_t tile = 0;
    std::int64_t most_bits = 0;  ///< high-water mark
};

/// Of the network, or of one round.
struct ScheduleResult {
    Time first_image, layer_by_layer, interval;
    double throughput_per_s = 0.0;
    bool settled = false;
    int images = 0;
    std::vector<ScheduledStage> stages;        ///< arrays and digital unit
    std::vector<ScheduledResource> resources;  ///< buses, links, input, digital unit
    std::vector<BufferMark> buffers;
};

/// A batch of images where the network takes the chip in rounds, with contention.
struct BatchSchedule {
    int images = 0;
    Time time;                  ///< of all rounds: programming, transfers, images
    std::vector<Time> begins;   ///< by round: when its images begin
    std::vector<Time> running;  ///< by round: how long they take
};

struct ChipSchedule {
    std::vector<ScheduleResult> rounds;  ///< one where the network is on the chip as a whole
    std::optional<BatchSchedule> batch;  ///< in rounds
    std::vector<DigitalRate> digital_rates;
    std::optional<double> buffer_capacity_bits;
    /// Of images in a pipeline, where leakage goes by the interval between them; absent in rounds.
    std::optional<Energy> energy_per_image;
    bool leaks = false;  ///< so that this is not an image's energy layer by layer
};

}  // namespace remask
