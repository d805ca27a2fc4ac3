#include "sim/linalg/gemm.h"

#include <cblas.h>

#include "sim/base/diagnostics.h"

extern "C" {
// Declared here too: another BLAS's cblas.h may be the one that is found.
void openblas_set_num_threads(int num_threads);
char* openblas_get_config(void);
char* openblas_get_corename(void);
// In no header, and only in an OpenBLAS with threads of its own (hence weak): ends those that it starts when it is
// loaded, which would otherwise spin for a tenth of a second, waiting for work.
int blas_thread_shutdown_(void) __attribute__((weak));
}

namespace remask {

namespace {

blasint narrow(std::int64_t value) {
    if (value < 0 || value > 0x7fffffff) throw InternalError("matrix dimension out of range for BLAS");
    return static_cast<blasint>(value);
}

CBLAS_TRANSPOSE op(bool transpose) {
    return transpose ? CblasTrans : CblasNoTrans;
}

}  // namespace

void use_single_threaded_blas() {
    static const bool once = [] {
        openblas_set_num_threads(1);
        if (blas_thread_shutdown_ != nullptr) blas_thread_shutdown_();
        return true;
    }();
    static_cast<void>(once);
}

void sgemm(bool trans_a, bool trans_b, std::int64_t m, std::int64_t n, std::int64_t k, float alpha, const float* a,
           std::int64_t lda, const float* b, std::int64_t ldb, float beta, float* c, std::int64_t ldc) {
    use_single_threaded_blas();
    cblas_sgemm(CblasRowMajor, op(trans_a), op(trans_b), narrow(m), narrow(n), narrow(k), alpha, a, narrow(lda), b,
                narrow(ldb), beta, c, narrow(ldc));
}

void dgemm(bool trans_a, bool trans_b, std::int64_t m, std::int64_t n, std::int64_t k, double alpha, const double* a,
           std::int64_t lda, const double* b, std::int64_t ldb, double beta, double* c, std::int64_t ldc) {
    use_single_threaded_blas();
    cblas_dgemm(CblasRowMajor, op(trans_a), op(trans_b), narrow(m), narrow(n), narrow(k), alpha, a, narrow(lda), b,
                narrow(ldb), beta, c, narrow(ldc));
}

std::string blas_description() {
    return std::string(openblas_get_config()) + ", kernels: " + openblas_get_corename();
}

}  // namespace remask
