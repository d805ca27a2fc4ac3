#include "sim/crossbar/conversion_sums.h"

#include <algorithm>
#include <type_traits>

#include "sim/linalg/gemm.h"

namespace remask::detail {

namespace {

constexpr double float_exact = 16777216.0;  // 2^24

/// Largest |sum| that any inputs could cause.
double largest_sum(const ProgrammedLayer& layer) {
    return static_cast<double>(std::max(layer.highest_sum, -layer.lowest_sum));
}

}  // namespace

ConversionSums::ConversionSums(const ProgrammedLayer& layer, const VectorBlock& block, std::int64_t first_row,
                               std::int64_t rows)
    : layer_(layer), block_(block), first_row_(first_row), rows_(rows), use_float_(largest_sum(layer) < float_exact) {
    digits_.load(layer, block, first_row, rows, use_float_);
}

template <class T>
void ConversionSums::multiply(const std::vector<T>& digits, std::vector<T>& cells, std::vector<T>& sums, int plane) {
    const std::int64_t columns = layer_.geometry.columns;
    cells.resize(static_cast<std::size_t>(columns * rows_));
    for (std::int64_t k = 0; k < rows_; ++k) {
        for (std::int64_t n = 0; n < columns; ++n) {
            cells[static_cast<std::size_t>(n * rows_ + k)] =
                static_cast<T>(layer_.plane_conductance(first_row_ + k, n, plane));
        }
    }
    sums.resize(static_cast<std::size_t>(columns * width()));
    if (sums.empty()) return;
    if constexpr (std::is_same_v<T, float>) {
        sgemm(false, false, columns, width(), rows_, 1.0F, cells.data(), rows_, digits.data(), width(), 0.0F,
              sums.data(), width());
    } else {
        dgemm(false, false, columns, width(), rows_, 1.0, cells.data(), rows_, digits.data(), width(), 0.0, sums.data(),
              width());
    }
}

void ConversionSums::load_plane(int plane) {
    if (use_float_) multiply(digits_.floats, float_cells_, float_sums_, plane);
    if (!use_float_) multiply(digits_.doubles, double_cells_, double_sums_, plane);
}

void ConversionSums::column(std::int64_t n, std::span<double> sums) const {
    const auto begin = static_cast<std::ptrdiff_t>(n * width());
    const auto end = begin + static_cast<std::ptrdiff_t>(width());
    if (use_float_) std::copy(float_sums_.begin() + begin, float_sums_.begin() + end, sums.begin());
    if (!use_float_) std::copy(double_sums_.begin() + begin, double_sums_.begin() + end, sums.begin());
}

}  // namespace remask::detail
