// What an inference costs where its network takes the chip in rounds.
#pragma once

#include "sim/app/costing/costing.h"

namespace remask {

/// Adds a batch's programming and transfers, shared out to its images, to `result`, and makes its latency and
/// throughput those of a batch. Nothing where the whole network is on the chip. `content`: what lies on the arrays in
/// their turn; `images`: of a batch.
void add_rounds(InferenceResult& result, const Mapping& mapping, const Network& network, const Hardware& hardware,
                const DeviceParameters& device, const ChipContent& content, const std::vector<SlotMask>& masks,
                int images);

}  // namespace remask
