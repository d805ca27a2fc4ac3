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
    std::int64_t macs = 0;           ///< one image, forward and backward
    std::int64_t held_bytes = 0;     ///< one image: what the backward pass reads (models/network/held_activations.h)
    std::int64_t working_bytes = 0;  ///< one image: the inputs and the output of the largest layer, float32
    bool whole_batch = false;        ///< batch-norm has statistics of the batch: all images are at one layer at a time
};

/// What a step on `batch` images must hold at once. Where images do not depend on each other, they can go through the
/// layers one at a time, so that one image's working set comes to what all have left for the backward pass.
std::int64_t peak_activation_bytes(const StepCost& cost, std::int64_t batch);

/// Of a sparse layer: weights that are not 0, and those of them whose gradient is computed.
struct WeightCounts {
    std::int64_t existing = 0;
    std::int64_t updated = 0;
};

/// Forward: every convolution and linear layer once. Backward: once more for each whose weight's gradient is in
/// `wanted`, and once more for each whose input's gradient is needed because something in `wanted` lies below it.
/// `sparse`: by a weight's name, where only some of the weights are worked with. `columns`: by the name of a
/// convolution whose `.columns` are wanted (models/network/float_network.h), columns a filter: their sums are held, and
/// a multiply-accumulate a sum is theirs forward and backward.
StepCost step_cost(const Network& network, const std::set<std::string>& wanted, bool batch_statistics,
                   const std::map<std::string, WeightCounts>& sparse = {},
                   const std::map<std::string, std::int64_t>& columns = {});

}  // namespace remask
