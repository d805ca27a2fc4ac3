// The lookup kernels over shapes of one logical column, as a share of what this processor's own measured instruction
// rates allow (the roofline of docs/performance.md), on one thread.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "sim/base/random.h"
#include "sim/crossbar/kernels.h"
#include "sim/crossbar/lookup_kernel.h"

namespace {

using namespace remask;
using namespace remask::detail;

double thread_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Executions a second of eight independent copies of an instruction sequence: the best of many short runs.
template <class Eight>
double rate(const Eight& eight) {
    constexpr int rounds = 200000;
    double best = 1e9;
    for (int repeat = 0; repeat < 25; ++repeat) {
        const double started = thread_seconds();
        for (int i = 0; i < rounds; ++i) eight();
        best = std::min(best, thread_seconds() - started);
    }
    return 8.0 * rounds / best;
}

#if defined(__x86_64__)
#define REMASK_EIGHT(X) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)

/// A lookup and its addition: one permutation and one byte addition.
double lookup_rate(std::string_view kernel) {
    if (kernel == "avx512") {
        return rate([] {
#define X(n) "vpermb %%zmm1, %%zmm2, %%zmm3\n\tvpaddb %%zmm3, %%zmm" #n ", %%zmm" #n "\n\t"
            asm volatile(REMASK_EIGHT(X)::: "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11");
#undef X
        });
    }
    return rate([] {
#define X(n) "vpshufb %%ymm1, %%ymm2, %%ymm3\n\tvpaddb %%ymm3, %%ymm" #n ", %%ymm" #n "\n\t"
        asm volatile(REMASK_EIGHT(X)::: "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11");
#undef X
    });
}

/// Quantising and adding up one vector of byte sums, in the fewest instructions: with AVX-512 a lookup of the codes and
/// a dot product with the places; with AVX2 two rounding multiplications of words, packing, and the dot product in two.
double conversion_rate(std::string_view kernel) {
    if (kernel == "avx512") {
        return rate([] {
#define X(n, m) "vpermt2b %%zmm1, %%zmm0, %%zmm" #n "\n\tvpdpbusd %%zmm1, %%zmm0, %%zmm" #m "\n\t"
            asm volatile(X(4, 12) X(5, 13) X(6, 14) X(7, 15) X(8, 12) X(9, 13) X(10, 14) X(11, 15)::
                             : "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13",
                               "xmm14", "xmm15");
#undef X
        });
    }
    return rate([] {
#define X(n)                                                                                                    \
    "vpmulhrsw %%ymm1, %%ymm2, %%ymm12\n\tvpmulhrsw %%ymm1, %%ymm2, %%ymm13\n\tvpackuswb %%ymm12, %%ymm13, "    \
    "%%ymm3\n\tvpmaddubsw %%ymm2, %%ymm3, %%ymm3\n\tvpmaddwd %%ymm1, %%ymm3, %%ymm3\n\tvpaddd %%ymm3, %%ymm" #n \
    ", %%ymm" #n "\n\t"
        asm volatile(REMASK_EIGHT(X)::
                         : "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13");
#undef X
    });
}
#else
double lookup_rate(std::string_view) {
    return 0.0;
}
double conversion_rate(std::string_view) {
    return 0.0;
}
#endif

struct AlignedBytes {
    explicit AlignedBytes(std::size_t size) : bytes(size + 64) {
        void* at = bytes.data();
        std::size_t space = bytes.size();
        start = static_cast<std::uint8_t*>(std::align(64, size, at, space));
    }
    std::vector<std::uint8_t> bytes;
    std::uint8_t* start;
};

/// One column of `rows` 2-bit cells in `planes` converted columns, 8-bit inputs through 1-bit DACs, 8-bit ADC.
void column(benchmark::State& state, const LookupKernel* kernel) {
    const double lookups_per_s = lookup_rate(kernel->name), conversions_per_s = conversion_rate(kernel->name);
    const auto rows = state.range(0), vectors = state.range(1), planes = state.range(2);
    const auto lookups = (rows + kernel->index_bits - 1) / kernel->index_bits;
    const auto blocks = (vectors + kernel->vectors_per_block - 1) / kernel->vectors_per_block;
    constexpr int quads = 2;
    RandomStream random(1, "kernel benchmark");
    AlignedBytes indices(static_cast<std::size_t>(blocks * quads * lookups * kernel->lanes));
    for (auto& index : indices.bytes) index = static_cast<std::uint8_t>(random.below(1U << kernel->index_bits));
    std::vector<std::uint8_t> levels(static_cast<std::size_t>(planes * lookups * kernel->index_bits));
    for (auto& level : levels) level = static_cast<std::uint8_t>(random.below(2));  // half the cells of a side are 0
    AlignedBytes tables(static_cast<std::size_t>(lookups * planes * kernel->table_bytes));
    std::vector<std::uint8_t> codes(256);
    for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::uint8_t>(i * 2 / 3);
    std::vector<std::int32_t> totals(static_cast<std::size_t>(blocks * kernel->vectors_per_block));
    std::int64_t clips = 0;
    const int shift[max_chunk] = {0, 0, 2, 0, 2, 0, 2, 0};
    const std::int8_t sign[max_chunk] = {-1, 1, -1, 1, -1, 1, -1, 1};
    const bool pair[max_chunk] = {};
    const std::int8_t places[] = {1, 2, 4, 8, 1, 2, 4, 8};
    ColumnJob job{};
    job.indices = indices.start;
    job.blocks = blocks;
    job.vectors = vectors;
    job.quads = quads;
    job.lookups = static_cast<int>(lookups);
    job.planes = static_cast<int>(planes);
    job.levels = levels.data();
    job.shift = shift;
    job.sign = sign;
    job.pair = pair;
    job.places = places;
    job.quad_bits = 4;
    job.seven_bits = true;
    job.codes = codes.data();
    job.totals = totals.data();
    job.clip_count = &clips;
    job.tables = tables.start;
    const double started = thread_seconds();
    for (auto _ : state) kernel->convert_column(job);
    const double seconds = thread_seconds() - started;
    const auto sums = static_cast<double>(blocks * quads * planes) * static_cast<double>(state.iterations());
    const double least = sums * (static_cast<double>(lookups) / lookups_per_s + 1.0 / conversions_per_s);
    state.counters["roofline_share"] = least / seconds;
    state.counters["lookups/s"] = sums * static_cast<double>(lookups) / seconds;
    state.counters["peak_lookups/s"] = lookups_per_s;
    state.counters["conversions/s"] = sums * kernel->lanes / seconds;
    // Products of an 8-bit weight and an 8-bit input, all slices, sides and phases.
    state.counters["products/s"] = static_cast<double>(vectors * rows * state.iterations()) / seconds;
}

}  // namespace

int main(int argc, char** argv) {
    for (const CrossbarKernel& info : crossbar_kernels()) {
        if (!info.runs_here || info.name == "plain") continue;
        const LookupKernel* kernel = info.name == "avx512" ? avx512_lookup_kernel() : avx2_lookup_kernel();
        benchmark::RegisterBenchmark(("column/" + std::string(info.name)).c_str(), column, kernel)
            ->ArgNames({"rows", "vectors", "planes"})
            ->Args({128, 1024, 8})
            ->Args({128, 1024, 4})
            ->Args({128, 256, 8})
            ->Args({128, 64, 8})
            ->Args({64, 1024, 8})
            ->Args({16, 1024, 8});
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
