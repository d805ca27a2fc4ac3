// Inside the folder only: how large each crossbar layer's inputs get when the network runs unquantised.
#pragma once

#include <span>
#include <vector>

#include "models/network/quantized_network.h"
#include "models/network/quantized_plan.h"

namespace remask {

/// Per slot the largest |x|, or its percentile over all values (zeros too), rounded up to the next 1/128 of a power of
/// two. The convolutions are plain float32 loops in a fixed order: the same bits on every machine. Throws InputError
/// where values overflow.
std::vector<float> input_ranges(const QuantizedPlan& plan, const ParameterMap& parameters,
                                const QuantizationOptions& options, std::span<const float> images, int count,
                                ThreadPool& pool);

}  // namespace remask
