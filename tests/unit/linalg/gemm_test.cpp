// Do the matrix products follow their declaration, against plain loops over small odd shapes of integers?
#include "sim/linalg/gemm.h"

#include <gtest/gtest.h>

#include <vector>

#include "sim/base/parallel.h"
#include "sim/base/random.h"

namespace remask {
namespace {

template <class T>
struct Product {
    bool trans_a, trans_b;
    std::int64_t m, n, k, pad;
    std::vector<T> a, b, c, expected;
    std::int64_t lda() const { return (trans_a ? m : k) + pad; }
    std::int64_t ldb() const { return (trans_b ? k : n) + pad; }
    std::int64_t ldc() const { return n + pad; }
};

template <class T>
Product<T> random_product(RandomStream& random, T alpha, T beta) {
    Product<T> p{};
    p.trans_a = random.below(2) == 1;
    p.trans_b = random.below(2) == 1;
    p.m = 1 + static_cast<std::int64_t>(random.below(40));
    p.n = 1 + static_cast<std::int64_t>(random.below(70));
    p.k = 1 + static_cast<std::int64_t>(random.below(130));
    p.pad = static_cast<std::int64_t>(random.below(3));
    const auto fill = [&](std::vector<T>& values, std::int64_t rows, std::int64_t stride) {
        values.resize(static_cast<std::size_t>(rows * stride));
        for (T& value : values) value = static_cast<T>(random.below(31)) - T{15};
    };
    fill(p.a, p.trans_a ? p.k : p.m, p.lda());
    fill(p.b, p.trans_b ? p.n : p.k, p.ldb());
    fill(p.c, p.m, p.ldc());
    p.expected = p.c;
    for (std::int64_t i = 0; i < p.m; ++i) {
        for (std::int64_t j = 0; j < p.n; ++j) {
            T sum = 0;
            for (std::int64_t l = 0; l < p.k; ++l) {
                const std::int64_t at_a = p.trans_a ? l * p.lda() + i : i * p.lda() + l;
                const std::int64_t at_b = p.trans_b ? j * p.ldb() + l : l * p.ldb() + j;
                sum += p.a[static_cast<std::size_t>(at_a)] * p.b[static_cast<std::size_t>(at_b)];
            }
            T& out = p.expected[static_cast<std::size_t>(i * p.ldc() + j)];
            out = alpha * sum + beta * out;
        }
    }
    return p;
}

TEST(Gemm, FloatEqualsPlainLoops) {
    RandomStream random(1, "sgemm");
    for (int i = 0; i < 100; ++i) {
        const float alpha = i % 3 == 0 ? 2.0F : 1.0F;
        const float beta = i % 2 == 0 ? 0.0F : 1.0F;
        Product<float> p = random_product<float>(random, alpha, beta);
        sgemm(p.trans_a, p.trans_b, p.m, p.n, p.k, alpha, p.a.data(), p.lda(), p.b.data(), p.ldb(), beta, p.c.data(),
              p.ldc());
        EXPECT_EQ(p.c, p.expected) << p.m << "x" << p.n << "x" << p.k;
    }
}

TEST(Gemm, DoubleEqualsPlainLoops) {
    RandomStream random(2, "dgemm");
    for (int i = 0; i < 100; ++i) {
        const double alpha = i % 3 == 0 ? 2.0 : 1.0;
        const double beta = i % 2 == 0 ? 0.0 : 1.0;
        Product<double> p = random_product<double>(random, alpha, beta);
        dgemm(p.trans_a, p.trans_b, p.m, p.n, p.k, alpha, p.a.data(), p.lda(), p.b.data(), p.ldb(), beta, p.c.data(),
              p.ldc());
        EXPECT_EQ(p.c, p.expected) << p.m << "x" << p.n << "x" << p.k;
    }
}

TEST(Gemm, ManyThreadsMayCallAtOnce) {
    RandomStream random(3, "threads");
    const Product<float> p = random_product<float>(random, 1.0F, 1.0F);
    ThreadPool pool(4);
    pool.run(64, [&](std::int64_t, int) {
        std::vector<float> c = p.c;
        sgemm(p.trans_a, p.trans_b, p.m, p.n, p.k, 1.0F, p.a.data(), p.lda(), p.b.data(), p.ldb(), 1.0F, c.data(),
              p.ldc());
        EXPECT_EQ(c, p.expected);
    });
}

TEST(Gemm, NamesItsLibrary) {
    EXPECT_NE(blas_description().find("OpenBLAS"), std::string::npos);
}

}  // namespace
}  // namespace remask
