// What one training step costs, counted from the network's shapes (docs/methods.md).
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "models/methods/task_parameters.h"
#include "models/network/network.h"

namespace remask {

struct StepCost {
    std::int64_t macs = 0;              ///< one image, forward and backward
    std::int64_t activation_bytes = 0;  ///< one image: float32 activations that are held at once
};

/// Forward: every convolution and linear layer once. Backward: once more for each whose weight's gradient is in
/// `wanted`, and once more for each whose input's gradient is needed because something in `wanted` lies below it. Held:
/// for the backward pass the inputs of weights in `wanted`, the inputs of batch-norms with statistics of the batch or a
/// gamma in `wanted`, the outputs of ReLUs and the inputs of maximum pools above something in `wanted`; at least the
/// input and output of the largest layer.
StepCost step_cost(const Network& network, const std::set<std::string>& wanted, bool batch_statistics);

}  // namespace remask
