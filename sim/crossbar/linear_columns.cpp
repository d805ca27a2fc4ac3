#include "sim/crossbar/linear_columns.h"

#include "sim/linalg/gemm.h"

namespace remask::detail {

namespace {

template <class T>
void product(const ProgrammedTile& tile, const std::vector<T>& cells, const std::int32_t* source, std::int64_t stride,
             std::int64_t count, std::int64_t first_row, std::int64_t rows, std::vector<T>& inputs,
             std::vector<T>& sums) {
    const auto columns = static_cast<std::int64_t>(tile.linear_columns.size());
    inputs.resize(static_cast<std::size_t>(rows * count));
    for (std::int64_t k = 0; k < rows; ++k) {
        const std::int32_t* x = source + k * stride;
        T* out = inputs.data() + k * count;
        for (std::int64_t v = 0; v < count; ++v) out[v] = static_cast<T>(x[v]);
    }
    sums.resize(static_cast<std::size_t>(columns * count));
    const T* a = cells.data() + (first_row - tile.first_row);
    if constexpr (std::is_same_v<T, float>) {
        sgemm(false, false, columns, count, rows, 1.0F, a, tile.rows, inputs.data(), count, 0.0F, sums.data(), count);
    } else {
        dgemm(false, false, columns, count, rows, 1.0, a, tile.rows, inputs.data(), count, 0.0, sums.data(), count);
    }
}

template <class T>
void apply(const LinearCodes& linear, const T* sums, std::int64_t count, double constant, double* codes) {
    const auto slope = static_cast<double>(linear.slope);
    for (std::int64_t v = 0; v < count; ++v) codes[v] = slope * static_cast<double>(sums[v]) + constant;
}

}  // namespace

void LinearColumns::multiply(const ProgrammedTile& tile, const std::int32_t* inputs, std::int64_t stride,
                             std::int64_t count, std::int64_t first_row, std::int64_t rows) {
    if (tile.linear_columns.empty()) return;
    if (tile.linear_doubles.empty()) {
        product(tile, tile.linear_floats, inputs, stride, count, first_row, rows, float_inputs_, float_sums_);
    } else {
        product(tile, tile.linear_doubles, inputs, stride, count, first_row, rows, double_inputs_, double_sums_);
    }
}

void LinearColumns::codes(const LinearCodes& linear, const ProgrammedTile& tile, std::size_t i, std::int64_t count,
                          double all_terms, double* codes) const {
    const double constant = static_cast<double>(linear.intercept) * all_terms;
    const std::int64_t first = static_cast<std::int64_t>(i) * count;
    if (tile.linear_doubles.empty()) {
        apply(linear, float_sums_.data() + first, count, constant, codes);
    } else {
        apply(linear, double_sums_.data() + first, count, constant, codes);
    }
}

}  // namespace remask::detail
