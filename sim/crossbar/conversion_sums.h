// Internal: what the ADCs of one row group see, plane by plane, where every single conversion matters: statistics,
// calibration, converters that differ from one another. Simpler and slower than the fast path's packed products.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/crossbar/input_digits.h"
#include "sim/crossbar/programmed_layer.h"

namespace remask::detail {

class ConversionSums {
public:
    /// The conversions of rows [first_row, first_row + rows), one row group, for the block's vectors.
    ConversionSums(const ProgrammedLayer& layer, const VectorBlock& block, std::int64_t first_row, std::int64_t rows);

    /// Phases in which any input has a digit other than 0; in the others every sum is 0.
    const std::vector<int>& phases() const { return digits_[0].phases; }
    std::int64_t idle_phases() const { return digits_[0].idle_phases; }
    std::int64_t idle_places() const { return digits_[0].idle_places; }  ///< Σ of their place values
    std::int64_t row_tile() const { return first_row_ / layer_.geometry.rows_per_tile; }
    /// Active phases × vectors: the conversions of one column.
    std::int64_t width() const { return static_cast<std::int64_t>(phases().size()) * block_.count; }

    /// Computes the integer sums of a plane's columns. Exact: below 2^24 in floats, below 2^53 in doubles.
    void load_plane(int plane);
    /// The loaded plane's sums of one column, [active phases, vectors], into `sums` (width() long). The cells' floor is
    /// not in them.
    void column(std::int64_t n, std::span<double> sums) const;
    /// What the cells' floor adds to each sum, [active phases, vectors]; empty where the ADC sees none.
    const std::vector<double>& floor() const { return digits_[0].floor; }

private:
    template <class T>
    void multiply(std::vector<T> InputDigits::*digits, std::vector<T>& cells, std::vector<T>& sums, int plane);

    const ProgrammedLayer& layer_;
    VectorBlock block_;
    std::int64_t first_row_;
    std::int64_t rows_;
    bool use_float_;
    /// Of all arrays side by side, or of each column tile by itself where DACs have levels of their own.
    std::vector<InputDigits> digits_;
    std::vector<float> float_cells_, float_sums_;
    std::vector<double> double_cells_, double_sums_;
};

/// How many vectors are worked on at a time.
inline constexpr std::int64_t vectors_at_once = 256;

/// Calls work(sums, block) for each row group of the layer and each stretch of vectors in `inputs` [K, vectors].
template <class Work>
void for_each_group(const ProgrammedLayer& layer, std::span<const std::int32_t> inputs, std::int64_t vectors,
                    const Work& work) {
    const CrossbarGeometry& g = layer.geometry;
    for (std::int64_t t = 0; t < g.row_tiles; ++t) {
        const std::int64_t end = t * g.rows_per_tile + g.tile_rows(t);
        for (std::int64_t first = t * g.rows_per_tile; first < end; first += g.active_rows) {
            VectorBlock block{inputs, vectors, 0, 0};
            for (; block.first < vectors; block.first += vectors_at_once) {
                block.count = std::min(vectors_at_once, vectors - block.first);
                ConversionSums sums(layer, block, first, std::min<std::int64_t>(g.active_rows, end - first));
                work(sums, block);
            }
        }
    }
}

}  // namespace remask::detail
