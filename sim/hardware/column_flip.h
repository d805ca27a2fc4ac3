// ISAAC's encoding of columns (Shafiee et al., ISCA 2016): a column whose sum could set the most significant bit stores
// the complement of its levels, so that no sum does and the ADC needs one bit less (docs/crossbar.md, step 2).
#pragma once

#include <cstdint>
#include <vector>

#include "sim/hardware/crossbar_parameters.h"

namespace remask {

/// 2^(A−1), A the bits of the largest sum of `active_rows` rows, Ra·(2^d−1)·(L−1): a column whose sum for the largest
/// inputs reaches it is stored flipped.
std::int64_t flip_threshold(const CrossbarParameters& parameters, int active_rows);

/// The physical columns of one logical column in one row group. Bit side·S + slice of a mask: that column is flipped.
class ColumnFlip {
public:
    ColumnFlip(const CrossbarParameters& parameters, int active_rows);
    /// The weight of one more row.
    void add(std::int32_t weight);
    /// Which columns the rows so far flip; afterwards there are none.
    std::uint32_t take();

private:
    int cell_bits_;
    std::int32_t offset_;  ///< 2^(bw−1) with offset encoding, else 0
    std::int64_t digit_;   ///< largest input digit
    std::int64_t threshold_;
    std::vector<std::int64_t> level_sums_;  ///< [side·S + slice]
};

/// The masks of a weight matrix, [row groups][N]; none without column_flip. `weights` [K,N] of any integer type.
template <class Weights>
std::vector<std::uint32_t> column_flips(const CrossbarParameters& parameters, const CrossbarGeometry& geometry,
                                        const Weights& weights) {
    std::vector<std::uint32_t> flips;
    if (!parameters.column_flip) return flips;
    flips.reserve(static_cast<std::size_t>(geometry.row_groups * geometry.columns));
    std::vector<ColumnFlip> columns(static_cast<std::size_t>(geometry.columns),
                                    ColumnFlip(parameters, geometry.active_rows));
    for (std::int64_t k = 0; k < geometry.rows; ++k) {
        for (std::size_t n = 0; n < columns.size(); ++n) {
            columns[n].add(weights[static_cast<std::size_t>(k) * columns.size() + n]);
        }
        if (k + 1 < geometry.rows && geometry.row_group(k + 1) == geometry.row_group(k)) continue;
        for (ColumnFlip& column : columns) flips.push_back(column.take());
    }
    return flips;
}

}  // namespace remask
