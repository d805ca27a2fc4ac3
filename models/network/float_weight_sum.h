// The sum of the chunks' weight gradients, in chunk order whatever the number of threads.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/parallel.h"

namespace remask {

/// Chunk gradients lie one after the other, each [groups][rows][columns]; `result` is [groups][columns][rows] where
/// `transposed`, else as they are.
struct WeightSumShape {
    std::int64_t chunks, groups, rows, columns;
    bool transposed;
};

/// Overwrites `result`; `partial` is used up.
void sum_weight_gradients(ThreadPool& pool, const WeightSumShape& shape, std::vector<float>& partial, float* result);

}  // namespace remask
