// Inside sim/linalg: the inner loops of ColumnConvolution, one instance an instruction set.
#pragma once

#include <cstdint>

namespace remask::detail {

/// Outputs that are computed together; weights, factors and sums are kept in panels of so many.
constexpr int panel_outputs = 16;

/// A block of positions, one panel of outputs, all columns.
struct ColumnBlock {
    const float* const* inputs;       ///< by position: its first input
    const std::int64_t* row_offsets;  ///< by row (weight of a filter): from there to the row's input
    const std::int64_t* column_ends;  ///< by column: one past its last row
    std::int64_t columns;
    const float* weights;  ///< [row][panel_outputs]
    const float* factors;  ///< [column][panel_outputs]
    float* sums;           ///< [column][position][panel_outputs], columns `column_stride` floats apart
    std::int64_t column_stride;
    float* output;  ///< [position][panel_outputs]: overwritten
};

struct ColumnKernel {
    const char* name;
    int positions;  ///< of a block
    void (*block)(const ColumnBlock& work);
    /// gradient[c] += Σ over `positions` of output_gradient[position][c] · sums[position][c], c < outputs ≤
    /// panel_outputs; the output's gradients are `stride` floats apart.
    void (*factor_gradient)(const float* sums, const float* output_gradient, std::int64_t stride,
                            std::int64_t positions, int outputs, float* gradient);
};

/// Null where the program was built without.
const ColumnKernel* plain_column_kernel();
const ColumnKernel* avx2_column_kernel();
const ColumnKernel* avx512_column_kernel();

}  // namespace remask::detail
