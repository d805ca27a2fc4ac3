// Inside sim/linalg: the loops of column_kernel.h over an instruction set's vectors. Included once for each of them,
// compiled for it; everything is local to the including file.
//
// `Isa` has: V, lanes, positions, zero(), load(p), store(p, v), all(p) (one float in every lane), multiply_add(a, b,
// c).
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

/// `positions` × one panel of sums stay in registers over a column's rows: each row's weights are loaded once a block.
template <class Isa>
void column_block(const ColumnBlock& work) {
    using V = typename Isa::V;
    constexpr int count = Isa::positions, vectors = panel_outputs / Isa::lanes;
    const float* inputs[count];
    REMASK_UNROLL
    for (int p = 0; p < count; ++p) inputs[p] = work.inputs[p];
    const float* weights = work.weights;
    std::int64_t row = 0;
    for (std::int64_t column = 0; column < work.columns; ++column) {
        V sum[count][vectors];
        REMASK_UNROLL
        for (int p = 0; p < count; ++p) {
            REMASK_UNROLL
            for (int v = 0; v < vectors; ++v) sum[p][v] = Isa::zero();
        }
        for (const std::int64_t end = work.column_ends[column]; row < end; ++row, weights += panel_outputs) {
            const std::int64_t offset = work.row_offsets[row];
            V weight[vectors];
            REMASK_UNROLL
            for (int v = 0; v < vectors; ++v) weight[v] = Isa::load(weights + v * Isa::lanes);
            REMASK_UNROLL
            for (int p = 0; p < count; ++p) {
                const V x = Isa::all(inputs[p] + offset);
                REMASK_UNROLL
                for (int v = 0; v < vectors; ++v) sum[p][v] = Isa::multiply_add(x, weight[v], sum[p][v]);
            }
        }
        float* sums = work.sums + column * work.column_stride;
        const float* factors = work.factors + column * panel_outputs;
        REMASK_UNROLL
        for (int p = 0; p < count; ++p) {
            REMASK_UNROLL
            for (int v = 0; v < vectors; ++v) {
                const int at = p * panel_outputs + v * Isa::lanes;
                Isa::store(sums + at, sum[p][v]);
                const V before = column == 0 ? Isa::zero() : Isa::load(work.output + at);
                Isa::store(work.output + at, Isa::multiply_add(sum[p][v], Isa::load(factors + v * Isa::lanes), before));
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
    static const ColumnKernel kernel{name, Isa::positions, column_block<Isa>, column_factor_gradient<Isa>};
    return &kernel;
}

}  // namespace

}  // namespace remask::detail

#undef REMASK_UNROLL
