// What one training step costs, counted from the network's shapes (docs/methods.md).
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "models/methods/task_parameters.h"
#include "models/network/network.h"

namespace remask {

struct StepCost {
    std::int64_t macs = 0;              ///< one image, forward and backward
    std::int64_t activation_bytes = 0;  ///< one image: float32 activations that are held at once
};

/// Of a sparse layer: weights that are not 0, and those of them whose gradient is computed.
struct WeightCounts {
    std::int64_t existing = 0;
    std::int64_t updated = 0;
};

/// Forward: every convolution and linear layer once. Backward: once more for each whose weight's gradient is in
/// `wanted`, and once more for each whose input's gradient is needed because something in `wanted` lies below it. Held:
/// for the backward pass the inputs of weights in `wanted`, the inputs of batch-norms with statistics of the batch or a
/// gamma in `wanted`, the outputs of ReLUs and the inputs of maximum pools above something in `wanted`; at least the
/// input and output of the largest layer. `sparse`: by a weight's name, where only some of the weights are worked with.
StepCost step_cost(const Network& network, const std::set<std::string>& wanted, bool batch_statistics,
                   const std::map<std::string, WeightCounts>& sparse = {});

}  // namespace remask
