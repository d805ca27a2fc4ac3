// Time of the wire-resistance solvers per array: cells of random levels of 2 bits, 6 kΩ when fully on, 1 Ω segments.
#include <benchmark/benchmark.h>

#include <vector>

#include "sim/base/random.h"
#include "sim/circuit/column_solver.h"
#include "sim/circuit/crosspoint_solver.h"
#include "sim/circuit/reduce_crosspoint.h"

namespace {

using namespace remask;

constexpr double on_siemens = 1.0 / 6000.0;
constexpr double segment_ohms = 1.0;

std::vector<double> cells(std::int64_t count) {
    RandomStream random(1, "circuit benchmark");
    std::vector<double> siemens(static_cast<std::size_t>(count));
    for (double& g : siemens) g = static_cast<double>(random.below(4)) / 3.0 * on_siemens;
    return siemens;
}

/// Nodal matrix, ordering and LDLᵀ of the whole array.
void exact_factorisation(benchmark::State& state) {
    const std::int64_t size = state.range(0);
    const std::vector<double> siemens = cells(size * size);
    const CrosspointWires wires = uniform_wires(size, size, segment_ohms, segment_ohms);
    for (auto _ : state) benchmark::DoNotOptimize(CrosspointSolver(wires, siemens));
}

/// One input vector on the factorised array, two steps of refinement included.
void exact_solution(benchmark::State& state) {
    const std::int64_t size = state.range(0);
    const CrosspointSolver solver(uniform_wires(size, size, segment_ohms, segment_ohms), cells(size * size));
    const std::vector<double> volts(static_cast<std::size_t>(size), 0.5);
    for (auto _ : state) benchmark::DoNotOptimize(solver.solve(volts));
}

/// All effective conductances of an array.
void reduction(benchmark::State& state) {
    const std::int64_t size = state.range(0);
    const std::vector<double> siemens = cells(size * size);
    const CrosspointWires wires = uniform_wires(size, size, segment_ohms, segment_ohms);
    for (auto _ : state) benchmark::DoNotOptimize(reduce_crosspoint(wires, siemens));
}

/// One column with a source line, exactly.
void column(benchmark::State& state) {
    const std::int64_t size = state.range(0);
    const std::vector<double> segments(static_cast<std::size_t>(size), segment_ohms);
    const std::vector<double> siemens = cells(size);
    for (auto _ : state) benchmark::DoNotOptimize(solve_column({segments, segments}, siemens));
}

BENCHMARK(exact_factorisation)->Arg(64)->Arg(128)->Unit(benchmark::kMillisecond);
BENCHMARK(exact_solution)->Arg(64)->Arg(128)->Unit(benchmark::kMillisecond);
BENCHMARK(reduction)->Arg(64)->Arg(128)->Arg(256)->Unit(benchmark::kMillisecond);
BENCHMARK(column)->Arg(64)->Arg(128)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
