// Which matrix product stands behind training: Eigen compiled for baseline x86-64, OpenBLAS or oneDNN, one thread each,
// on the products that the convolutions of a CIFAR ResNet cause. Prints a Markdown table of GFLOP/s.
#include <cblas.h>

#include <Eigen/Core>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <random>
#include <span>
#include <vector>

#ifdef REMASK_HAVE_DNNL
#include <dnnl.h>
#endif

namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// C[m,n] = op(A)[m,k] · op(B)[k,n]
struct Product {
    const char* purpose;
    bool trans_a, trans_b;
    std::int64_t m, k, n;
};

std::vector<float> random_values(std::int64_t count, unsigned seed) {
    std::mt19937 generator(seed);
    std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = uniform(generator);
    return values;
}

/// Best of `rounds` rounds of at least 20 ms each: what the code can do when nobody else uses the core.
double gigaflops(const Product& product, const std::function<void()>& multiply) {
    using Clock = std::chrono::steady_clock;
    multiply();
    const double work = 2.0 * static_cast<double>(product.m * product.k * product.n);
    const int repeats = std::max(1, static_cast<int>(4e8 / work));
    double best = 0.0;
    for (int round = 0; round < 7; ++round) {
        const auto start = Clock::now();
        for (int i = 0; i < repeats; ++i) multiply();
        const std::chrono::duration<double> elapsed = Clock::now() - start;
        best = std::max(best, work * repeats / elapsed.count() * 1e-9);
    }
    return best;
}

double eigen_rate(const Product& p, const float* a, const float* b, float* c) {
    using Map = Eigen::Map<const Matrix>;
    const Map x(a, p.trans_a ? p.k : p.m, p.trans_a ? p.m : p.k);
    const Map y(b, p.trans_b ? p.n : p.k, p.trans_b ? p.k : p.n);
    Eigen::Map<Matrix> z(c, p.m, p.n);
    return gigaflops(p, [&] {
        if (p.trans_a) {
            z.noalias() = x.transpose() * y;
        } else if (p.trans_b) {
            z.noalias() = x * y.transpose();
        } else {
            z.noalias() = x * y;
        }
    });
}

double openblas_rate(const Product& p, const float* a, const float* b, float* c) {
    const auto m = static_cast<int>(p.m), n = static_cast<int>(p.n), k = static_cast<int>(p.k);
    return gigaflops(p, [=] {
        cblas_sgemm(CblasRowMajor, p.trans_a ? CblasTrans : CblasNoTrans, p.trans_b ? CblasTrans : CblasNoTrans, m, n,
                    k, 1.0f, a, p.trans_a ? m : k, b, p.trans_b ? k : n, 0.0f, c, n);
    });
}

double dnnl_rate([[maybe_unused]] const Product& p, [[maybe_unused]] const float* a, [[maybe_unused]] const float* b,
                 [[maybe_unused]] float* c) {
#ifdef REMASK_HAVE_DNNL
    return gigaflops(p, [=] {
        dnnl_sgemm(p.trans_a ? 'T' : 'N', p.trans_b ? 'T' : 'N', p.m, p.n, p.k, 1.0f, a, p.trans_a ? p.m : p.k, b,
                   p.trans_b ? p.k : p.n, 0.0f, c, p.n);
    });
#else
    return 0.0;
#endif
}

void measure(const Product& p) {
    const std::vector<float> a = random_values(p.m * p.k, 1);
    const std::vector<float> b = random_values(p.k * p.n, 2);
    std::vector<float> c(static_cast<std::size_t>(p.m * p.n));
    std::printf("| %s | %lld × %lld × %lld | %.1f | %.1f | %.1f |\n", p.purpose, static_cast<long long>(p.m),
                static_cast<long long>(p.k), static_cast<long long>(p.n), eigen_rate(p, a.data(), b.data(), c.data()),
                openblas_rate(p, a.data(), b.data(), c.data()), dnnl_rate(p, a.data(), b.data(), c.data()));
}

}  // namespace

int main() {
    openblas_set_num_threads(1);  // oneDNN: run with OMP_NUM_THREADS=1
    std::printf("OpenBLAS kernels: %s\n\n", openblas_get_corename());
    std::printf("| product | m × k × n | Eigen, SSE2 | OpenBLAS | oneDNN |\n|---|---|---|---|---|\n");
    struct Layer {
        std::int64_t out, taps, positions;
    };
    const Layer image[] = {{16, 144, 1024}, {32, 288, 256}, {64, 576, 64}};
    const Layer eight_images[] = {{16, 144, 8192}, {32, 288, 2048}, {64, 576, 512}};
    const Layer blocks[] = {{16, 144, 256}, {32, 288, 256}, {16, 144, 224}, {32, 288, 196}, {64, 576, 49}};
    for (const std::span<const Layer> layers : {std::span<const Layer>(image), {eight_images}, {blocks}}) {
        for (const Layer& l : layers) {
            measure({"forward", false, false, l.out, l.taps, l.positions});
            measure({"weight gradient", false, true, l.out, l.positions, l.taps});
            measure({"the same, transposed", false, true, l.taps, l.positions, l.out});
            measure({"input gradient", true, false, l.taps, l.out, l.positions});
        }
    }
    return 0;
}
