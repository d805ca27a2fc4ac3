// Inside sim/linalg: the inner loops of ColumnConvolution, one instance an instruction set.
#pragma once

#include <cstdint>

namespace remask::detail {

/// Outputs that are computed together; weights, factors and sums are kept in panels of so many.
constexpr int panel_outputs = 16;
/// No kernel's block has more positions.
constexpr int most_positions = 8;

/// A tile: one block of positions and one panel of outputs, or two of either; all columns.
struct ColumnTile {
    const float* const* inputs;       ///< by position of the first block: its first input
    std::int64_t second_block;        ///< floats from there to the first input of the second block's position
    const std::int64_t* row_offsets;  ///< by row (weight of a filter): from a first input to the row's input
    const std::int64_t* column_ends;  ///< by column: one past its last row
    std::int64_t columns;
    const float* weights;  ///< [panel][row][panel_outputs]
    const float* factors;  ///< [panel][column][panel_outputs]
    float* sums;           ///< [panel][column][position][panel_outputs], columns `column_stride` floats apart
    std::int64_t column_stride;
    float* output;  ///< [position][panel][panel_outputs], positions `output_stride` floats apart: overwritten
    std::int64_t output_stride;
};

struct ColumnKernel {
    const char* name;
    int positions;  ///< of a block
    void (*one)(const ColumnTile& tile);
    /// Of two panels or two blocks: each input, each weight is loaded for twice as many sums. Null where the
    /// instruction set has too few registers.
    void (*two_panels)(const ColumnTile& tile);
    void (*two_blocks)(const ColumnTile& tile);
    void (*finish)();  ///< after the last tile: other threads may read the sums
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
