// ColumnConvolution's loops with AVX-512: 8 positions × 1 vector, twice where the layer allows: 16 sums, enough to
// keep two multiply-add units busy.
#include "sim/linalg/column_kernel.h"

#if defined(__AVX512F__)

#include <immintrin.h>

#include "sim/linalg/column_loops.h"

namespace remask::detail {

namespace {

struct Avx512 {
    using V = __m512;
    static constexpr int lanes = 16, positions = 8;
    static constexpr bool two = true;
    static V zero() { return _mm512_setzero_ps(); }
    static V load(const float* p) { return _mm512_loadu_ps(p); }
    static void store(float* p, V v) { _mm512_storeu_ps(p, v); }
    static void stream(float* p, V v) { _mm512_stream_ps(p, v); }
    static void finish() { _mm_sfence(); }
    static V all(const float* p) { return _mm512_set1_ps(*p); }
    static V multiply_add(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
};

}  // namespace

const ColumnKernel* avx512_column_kernel() {
    return column_kernel<Avx512>("avx512");
}

}  // namespace remask::detail

#else

namespace remask::detail {

const ColumnKernel* avx512_column_kernel() {
    return nullptr;
}

}  // namespace remask::detail

#endif
