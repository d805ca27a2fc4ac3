// The sum of the chunks' weight gradients, in chunk order whatever the number of threads.
#pragma once

#include <cstdint>

#include "sim/base/parallel.h"

namespace remask {

/// `partial` [chunks][size]: the first becomes the sum of all.
void sum_chunks(ThreadPool& pool, std::int64_t chunks, std::int64_t size, float* partial);

}  // namespace remask
