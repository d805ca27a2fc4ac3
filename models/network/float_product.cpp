#include "models/network/float_product.h"

#include <algorithm>

#include "sim/linalg/gemm.h"

namespace remask {

namespace {

/// c[j] += Σ_k a[k]·b[k][j], k ascending; four k at a time so that c is loaded and stored less often.
void add_rows(std::int64_t n, std::int64_t k, const float* a, std::int64_t step_a, const float* b, std::int64_t ldb,
              float* __restrict c) {
    std::int64_t i = 0;
    for (; i + 4 <= k; i += 4) {
        const float a0 = a[i * step_a], a1 = a[(i + 1) * step_a], a2 = a[(i + 2) * step_a], a3 = a[(i + 3) * step_a];
        const float* __restrict b0 = b + i * ldb;
        const float* __restrict b1 = b0 + ldb;
        const float* __restrict b2 = b1 + ldb;
        const float* __restrict b3 = b2 + ldb;
        for (std::int64_t j = 0; j < n; ++j) c[j] = (((c[j] + a0 * b0[j]) + a1 * b1[j]) + a2 * b2[j]) + a3 * b3[j];
    }
    for (; i < k; ++i) {
        const float a0 = a[i * step_a];
        const float* __restrict b0 = b + i * ldb;
        for (std::int64_t j = 0; j < n; ++j) c[j] += a0 * b0[j];
    }
}

float dot(std::int64_t k, const float* a, std::int64_t step_a, const float* b) {
    float sum = 0.0f;
    for (std::int64_t i = 0; i < k; ++i) sum += a[i * step_a] * b[i];
    return sum;
}

void portable_product(const ProductShape& shape, const float* a, std::int64_t lda, const float* b, std::int64_t ldb,
                      bool accumulate, float* c, std::int64_t ldc) {
    const std::int64_t step_a = shape.trans_a ? lda : 1;
    for (std::int64_t i = 0; i < shape.m; ++i) {
        const float* a_row = shape.trans_a ? a + i : a + i * lda;
        float* c_row = c + i * ldc;
        if (!accumulate) std::fill(c_row, c_row + shape.n, 0.0f);
        if (shape.trans_b) {
            for (std::int64_t j = 0; j < shape.n; ++j) c_row[j] += dot(shape.k, a_row, step_a, b + j * ldb);
        } else {
            add_rows(shape.n, shape.k, a_row, step_a, b, ldb, c_row);
        }
    }
}

}  // namespace

void product(Arithmetic arithmetic, const ProductShape& shape, const float* a, std::int64_t lda, const float* b,
             std::int64_t ldb, bool accumulate, float* c, std::int64_t ldc) {
    if (arithmetic == Arithmetic::fast) {
        sgemm(shape.trans_a, shape.trans_b, shape.m, shape.n, shape.k, 1.0f, a, lda, b, ldb, accumulate ? 1.0f : 0.0f,
              c, ldc);
    } else {
        portable_product(shape, a, lda, b, ldb, accumulate, c, ldc);
    }
}

}  // namespace remask
