// Internal: columns whose codes are linear in their sums, by one integer product.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/crossbar/input_digits.h"

namespace remask::detail {

/// One thread's buffers for them.
class LinearColumns {
public:
    /// sums[i·count + v] = Σ x·w over rows [first_row, first_row + rows) of linear column i of the tile; `inputs` are
    /// those of first_row, those of the next row `stride` further on.
    void multiply(const ProgrammedTile& tile, const std::int32_t* inputs, std::int64_t stride, std::int64_t count,
                  std::int64_t first_row, std::int64_t rows);
    /// Σ place·2^(b·s)·code of linear column i, from slope and intercept; `all_terms` = TileOutputs::terms.
    void codes(const LinearCodes& linear, const ProgrammedTile& tile, std::size_t i, std::int64_t count,
               double all_terms, double* codes) const;

private:
    std::vector<float> float_inputs_, float_sums_;
    std::vector<double> double_inputs_, double_sums_;
};

}  // namespace remask::detail
