// Dense matrix products by OpenBLAS, which chooses its kernels for the processor at run time. Row-major, one thread a
// call; any number of threads may call at once. Sums are exact in every order while all operands are integers and no
// partial sum reaches 2^24 (float) or 2^53 (double); otherwise the last bits depend on the processor.
#pragma once

#include <cstdint>
#include <string>

namespace remask {

/// C[m,n] = alpha·op(A)[m,k]·op(B)[k,n] + beta·C; op transposes where trans_… is true. lda, ldb, ldc: elements between
/// the starts of two rows as stored. With beta = 0, C need not be initialised.
void sgemm(bool trans_a, bool trans_b, std::int64_t m, std::int64_t n, std::int64_t k, float alpha, const float* a,
           std::int64_t lda, const float* b, std::int64_t ldb, float beta, float* c, std::int64_t ldc);

/// The same in double precision.
void dgemm(bool trans_a, bool trans_b, std::int64_t m, std::int64_t n, std::int64_t k, double alpha, const double* a,
           std::int64_t lda, const double* b, std::int64_t ldb, double beta, double* c, std::int64_t ldc);

/// Ends BLAS's threads of its own: remask's are the only ones. Called by the functions above, harmless to repeat;
/// called first in a program it saves the processor time that they would spin away.
void use_single_threaded_blas();

/// Version, build options and the kernels in use, for `remask info`.
std::string blas_description();

}  // namespace remask
