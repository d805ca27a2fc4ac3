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
    const std::int64_t step = layer.drives_levels() ? layer.geometry.logical_columns_per_array : layer.geometry.columns;
    for (std::int64_t n = 0; n < layer.geometry.columns; n += step) {
        digits_.emplace_back().load(layer, block, first_row, rows, use_float_, n);
    }
}

template <class T>
void ConversionSums::multiply(std::vector<T> InputDigits::*digits, std::vector<T>& cells, std::vector<T>& sums,
                              int plane) {
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
    const std::int64_t step = digits_.size() > 1 ? layer_.geometry.logical_columns_per_array : columns;
    for (std::int64_t n = 0; n < columns; n += step) {
        const T* b = (digits_[static_cast<std::size_t>(n / step)].*digits).data();
        const T* a = cells.data() + n * rows_;
        T* c = sums.data() + n * width();
        const std::int64_t m = std::min(step, columns - n);
        if constexpr (std::is_same_v<T, float>) {
            sgemm(false, false, m, width(), rows_, 1.0F, a, rows_, b, width(), 0.0F, c, width());
        } else {
            dgemm(false, false, m, width(), rows_, 1.0, a, rows_, b, width(), 0.0, c, width());
        }
    }
}

void ConversionSums::load_plane(int plane) {
    if (use_float_) multiply(&InputDigits::floats, float_cells_, float_sums_, plane);
    if (!use_float_) multiply(&InputDigits::doubles, double_cells_, double_sums_, plane);
}

void ConversionSums::column(std::int64_t n, std::span<double> sums) const {
    const auto begin = static_cast<std::ptrdiff_t>(n * width());
    const auto end = begin + static_cast<std::ptrdiff_t>(width());
    if (use_float_) std::copy(float_sums_.begin() + begin, float_sums_.begin() + end, sums.begin());
    if (!use_float_) std::copy(double_sums_.begin() + begin, double_sums_.begin() + end, sums.begin());
}

}  // namespace remask::detail
