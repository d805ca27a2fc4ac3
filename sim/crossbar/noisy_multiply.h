// Internal: the product of a layer with read noise or random telegraph noise.
#pragma once

#include "sim/crossbar/programmed_layer.h"

namespace remask::detail {

/// See CrossbarLayer::multiply; the layer has noise. Vector v of `inputs` is number first_vector + v of the run.
EngineStatistics noisy_multiply(const ProgrammedLayer& layer, std::span<const std::int32_t> inputs,
                                std::int64_t vectors, const PeripheryMask& mask, std::span<double> outputs,
                                std::int64_t first_vector);

}  // namespace remask::detail
