// ColumnConvolution's loops with AVX2 and FMA: 6 positions × 2 vectors are 12 of the 16 registers.
#include "sim/linalg/column_kernel.h"

#if defined(__AVX2__) && defined(__FMA__)

#include <immintrin.h>

#include "sim/linalg/column_loops.h"

namespace remask::detail {

namespace {

struct Avx2 {
    using V = __m256;
    static constexpr int lanes = 8, positions = 6;
    static constexpr bool two = false;
    static V zero() { return _mm256_setzero_ps(); }
    static V load(const float* p) { return _mm256_loadu_ps(p); }
    static void store(float* p, V v) { _mm256_storeu_ps(p, v); }
    static void stream(float* p, V v) { _mm256_stream_ps(p, v); }
    static void finish() { _mm_sfence(); }
    static V all(const float* p) { return _mm256_broadcast_ss(p); }
    static V multiply_add(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }
};

}  // namespace

const ColumnKernel* avx2_column_kernel() {
    return column_kernel<Avx2>("avx2");
}

}  // namespace remask::detail

#else

namespace remask::detail {

const ColumnKernel* avx2_column_kernel() {
    return nullptr;
}

}  // namespace remask::detail

#endif
