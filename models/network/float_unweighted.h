// Inside the float networks: any layer without weights but batch-norm, whatever its kind.
#pragma once

#include "models/network/network.h"

namespace remask {

struct FloatInput {
    const Shape& shape;
    const float* values;
};

/// `b` is looked at only where the layer has two inputs. Gates without noise. InternalError: a layer with weights.
void execute_unweighted(const Layer& layer, const FloatInput& a, const FloatInput& b, int images, float* out);

/// input_gradient += …, for pools, subsample_pad and upsample. `input` is read by max_pool only.
void add_unweighted_gradient(const Layer& layer, const FloatInput& input, const float* output_gradient, int images,
                             float* input_gradient);

}  // namespace remask
