// Inside sim/linalg: the loops of column_kernel.h over an instruction set's vectors. Included once for each of them,
// compiled for it; everything is local to the including file.
//
// `Isa` has: V, lanes, positions (of a block), two (whether registers suffice for twice a block's sums of a panel),
// zero(), load(p), store(p, v), stream(p, v) (past the caches, where it can; p is a vector's own alignment), finish()
// (what was streamed is seen by other threads), all(p) (one float in every lane), multiply_add(a, b, c).
#pragma once

#include "sim/linalg/column_kernel.h"

/// Unrolled, so that what a loop indexes stays in registers.
#if defined(__clang__)
#define REMASK_UNROLL _Pragma("clang loop unroll(full)")
#else
#define REMASK_UNROLL _Pragma("GCC unroll 16")
#endif

namespace remask::detail {

namespace {

/// The sums of `blocks` × Isa::positions positions and `panels` panels stay in registers over a column's rows.
template <class Isa, int blocks, int panels>
void column_tile(const ColumnTile& tile) {
    using V = typename Isa::V;
    constexpr int count = Isa::positions, per_panel = panel_outputs / Isa::lanes, vectors = panels * per_panel;
    const float* inputs[count];
    REMASK_UNROLL
    for (int p = 0; p < count; ++p) inputs[p] = tile.inputs[p];
    const std::int64_t panel_weights = tile.column_ends[tile.columns - 1] * panel_outputs;
    const std::int64_t panel_factors = tile.columns * panel_outputs, panel_sums = tile.columns * tile.column_stride;
    const float* weights = tile.weights;
    std::int64_t row = 0;
    for (std::int64_t column = 0; column < tile.columns; ++column) {
        V sum[blocks][count][vectors];
        REMASK_UNROLL
        for (int b = 0; b < blocks; ++b) {
            REMASK_UNROLL
            for (int p = 0; p < count; ++p) {
                REMASK_UNROLL
                for (int v = 0; v < vectors; ++v) sum[b][p][v] = Isa::zero();
            }
        }
        for (const std::int64_t end = tile.column_ends[column]; row < end; ++row, weights += panel_outputs) {
            V weight[vectors];
            REMASK_UNROLL
            for (int v = 0; v < vectors; ++v) {
                weight[v] = Isa::load(weights + v / per_panel * panel_weights + v % per_panel * Isa::lanes);
            }
            REMASK_UNROLL
            for (int b = 0; b < blocks; ++b) {
                const std::int64_t offset = tile.row_offsets[row] + (b == 0 ? 0 : tile.second_block);
                REMASK_UNROLL
                for (int p = 0; p < count; ++p) {
                    const V x = Isa::all(inputs[p] + offset);
                    REMASK_UNROLL
                    for (int v = 0; v < vectors; ++v) sum[b][p][v] = Isa::multiply_add(x, weight[v], sum[b][p][v]);
                }
            }
        }
        REMASK_UNROLL
        for (int v = 0; v < vectors; ++v) {
            const int panel = v / per_panel, lane = v % per_panel * Isa::lanes;
            float* sums = tile.sums + panel * panel_sums + column * tile.column_stride + lane;
            float* output = tile.output + panel * panel_outputs + lane;
            const V factor = Isa::load(tile.factors + panel * panel_factors + column * panel_outputs + lane);
            REMASK_UNROLL
            for (int b = 0; b < blocks; ++b) {
                REMASK_UNROLL
                for (int p = 0; p < count; ++p) {
                    const int at = b * count + p;
                    Isa::stream(sums + at * panel_outputs, sum[b][p][v]);
                    float* to = output + at * tile.output_stride;
                    const V before = column == 0 ? Isa::zero() : Isa::load(to);
                    Isa::store(to, Isa::multiply_add(sum[b][p][v], factor, before));
                }
            }
        }
    }
}

template <class Isa>
void column_factor_gradient(const float* sums, const float* output_gradient, std::int64_t stride,
                            std::int64_t positions, int outputs, float* gradient) {
    using V = typename Isa::V;
    constexpr int vectors = panel_outputs / Isa::lanes;
    if (outputs < panel_outputs) {
        for (std::int64_t p = 0; p < positions; ++p) {
            for (int c = 0; c < outputs; ++c)
                gradient[c] += output_gradient[p * stride + c] * sums[p * panel_outputs + c];
        }
        return;
    }
    V total[vectors];
    REMASK_UNROLL
    for (int v = 0; v < vectors; ++v) total[v] = Isa::load(gradient + v * Isa::lanes);
    for (std::int64_t p = 0; p < positions; ++p) {
        REMASK_UNROLL
        for (int v = 0; v < vectors; ++v) {
            total[v] = Isa::multiply_add(Isa::load(output_gradient + p * stride + v * Isa::lanes),
                                         Isa::load(sums + p * panel_outputs + v * Isa::lanes), total[v]);
        }
    }
    REMASK_UNROLL
    for (int v = 0; v < vectors; ++v) Isa::store(gradient + v * Isa::lanes, total[v]);
}

template <class Isa>
const ColumnKernel* column_kernel(const char* name) {
    static_assert(Isa::positions <= most_positions);
    static const ColumnKernel kernel = [name] {
        ColumnKernel made{name,    Isa::positions, column_tile<Isa, 1, 1>,     nullptr,
                          nullptr, Isa::finish,    column_factor_gradient<Isa>};
        if constexpr (Isa::two) {
            made.two_panels = column_tile<Isa, 1, 2>;
            made.two_blocks = column_tile<Isa, 2, 1>;
        }
        return made;
    }();
    return &kernel;
}

}  // namespace

}  // namespace remask::detail

#undef REMASK_UNROLL
