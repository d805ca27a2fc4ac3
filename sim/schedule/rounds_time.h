// How long a batch of images takes where a network takes the chip in rounds.
#pragma once

#include <vector>

#include "mapping/rounds.h"
#include "sim/schedule/closed_form.h"

namespace remask {

struct RoundTime {
    Time programming;  ///< loading and writing
    Time transfer;     ///< of what comes from and goes to other rounds, all images, over the memory of the weights
    Time running;      ///< all images in a pipeline: the first one's latency and an interval for each other
};

struct BatchTime {
    std::vector<RoundTime> rounds;
    Time total;
};

/// `times`: closed_form()'s. Additions and digital layers are stages of the pipeline of their round.
BatchTime batch_time(const Mapping& mapping, const Hardware& hardware, const ImageTime& times, const RoundsPlan& plan,
                     const std::vector<RoundTraffic>& traffic, int images);

}  // namespace remask
