#include "models/network/float_weight_sum.h"

#include <algorithm>

#include "models/network/float_elementwise.h"

namespace remask {

void sum_chunks(ThreadPool& pool, std::int64_t chunks, std::int64_t size, float* partial) {
    constexpr std::int64_t block = 8192;
    const std::int64_t blocks = (size + block - 1) / block;
    const auto sum_block = [&](std::int64_t index) {
        const std::int64_t begin = index * block, count = std::min(block, size - begin);
        for (std::int64_t chunk = 1; chunk < chunks; ++chunk) {
            accumulate(partial + chunk * size + begin, count, partial + begin);
        }
    };
    if (blocks == 1) {
        sum_block(0);
    } else {
        pool.run(blocks, [&](std::int64_t index, int) { sum_block(index); });
    }
}

}  // namespace remask
