// Internal: the fast path of layers that have a LookupPlan.
#pragma once

#include "sim/crossbar/programmed_layer.h"

namespace remask::detail {

/// See CrossbarLayer::multiply; layer.lookup must be set.
EngineStatistics lookup_multiply(const ProgrammedLayer& layer, std::span<const std::int32_t> inputs,
                                 std::int64_t vectors, const PeripheryMask& mask, std::span<double> outputs);

}  // namespace remask::detail
