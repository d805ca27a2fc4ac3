// Internal: the fast path of layers that have a LookupPlan.
#pragma once

#include "sim/crossbar/programmed_layer.h"

namespace remask::detail {

/// See CrossbarLayer::multiply; layer.lookup must be set. outputs[n·stride + v].
EngineStatistics lookup_multiply(const ProgrammedLayer& layer, const IntegerRows& inputs, const PeripheryMask& mask,
                                 double* outputs, std::int64_t stride);

}  // namespace remask::detail
