// The matrix product of float networks, by BLAS or by plain loops in a fixed order.
#pragma once

#include <cstdint>

#include "models/network/float_network.h"

namespace remask {

/// C[m,n] = op(A)[m,k]·op(B)[k,n] (+ C where `accumulate`), row-major; op transposes where trans_… is true.
struct ProductShape {
    bool trans_a = false;
    bool trans_b = false;
    std::int64_t m = 0, n = 0, k = 0;
};

/// lda, ldb, ldc: elements from one stored row to the next. C must not overlap A or B. Arithmetic::portable sums over k
/// in ascending order, without fused multiply-adds.
void product(Arithmetic arithmetic, const ProductShape& shape, const float* a, std::int64_t lda, const float* b,
             std::int64_t ldb, bool accumulate, float* c, std::int64_t ldc);

}  // namespace remask
