#include "models/network/float_weight_sum.h"

#include <algorithm>

#include "models/network/float_elementwise.h"

namespace remask {

namespace {

constexpr std::int64_t block_floats = 8192;

/// Rows [first, last) of all groups' rows taken together.
void sum_rows(const WeightSumShape& shape, std::int64_t first, std::int64_t last, float* partial, float* result) {
    const std::int64_t total = shape.groups * shape.rows * shape.columns;
    const std::int64_t begin = first * shape.columns, count = (last - first) * shape.columns;
    for (std::int64_t chunk = 1; chunk < shape.chunks; ++chunk) {
        accumulate(partial + chunk * total + begin, count, partial + begin);
    }
    if (!shape.transposed) {
        std::copy(partial + begin, partial + begin + count, result + begin);
        return;
    }
    for (std::int64_t i = first; i < last; ++i) {
        const std::int64_t group = i / shape.rows, row = i % shape.rows;
        float* to = result + group * shape.rows * shape.columns + row;
        for (std::int64_t column = 0; column < shape.columns; ++column) {
            to[column * shape.rows] = partial[i * shape.columns + column];
        }
    }
}

}  // namespace

void sum_weight_gradients(ThreadPool& pool, const WeightSumShape& shape, std::vector<float>& partial, float* result) {
    const std::int64_t rows = shape.groups * shape.rows;
    const std::int64_t block = std::max<std::int64_t>(1, block_floats / shape.columns);
    const std::int64_t blocks = (rows + block - 1) / block;
    const auto sum_block = [&](std::int64_t index) {
        sum_rows(shape, index * block, std::min(rows, (index + 1) * block), partial.data(), result);
    };
    if (blocks == 1) {
        sum_block(0);
    } else {
        pool.run(blocks, [&](std::int64_t index, int) { sum_block(index); });
    }
}

}  // namespace remask
