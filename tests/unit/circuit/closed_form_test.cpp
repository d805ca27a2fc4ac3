// Do the solvers give what a ladder of equal resistors gives on paper?
//
// A chain of nodes u_i with wire segments ρ between them and a conductance g from each to a fixed potential obeys
// u_{i−1} − 2u_i + u_{i+1} = ρg·u_i (potentials relative to the fixed one), so u_i = A·cosh((i + i0)·θ) with
// 2·cosh θ − 2 = ρg, i.e. sinh(θ/2) = √(ρg)/2, and i0 from the open end.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "sim/circuit/column_solver.h"
#include "sim/circuit/crosspoint_solver.h"
#include "sim/circuit/reduce_crosspoint.h"

namespace remask {
namespace {

constexpr double tolerance = 1e-12;  // relative

struct Ladder {
    int cells;
    double segment_ohms;
    double siemens;
    double angle() const { return 2.0 * std::asinh(std::sqrt(segment_ohms * siemens) / 2.0); }
};

void PrintTo(const Ladder& ladder, std::ostream* out) {
    *out << ladder.cells << " cells of " << ladder.siemens << " S, segments of " << ladder.segment_ohms << " ohm";
}

class ClosedForm : public testing::TestWithParam<Ladder> {};

/// u_c/V = cosh((n − c − 1/2)θ)/cosh((n + 1/2)θ): no current beyond the last cell, V before the first segment.
TEST_P(ClosedForm, SingleRow) {
    const auto [n, rho, g] = GetParam();
    const double theta = GetParam().angle();
    const CrosspointWires wires = uniform_wires(1, n, rho, 0.0);
    const std::vector<double> siemens(static_cast<std::size_t>(n), g);
    const double volts[] = {0.7};
    const CrosspointCurrents found = CrosspointSolver(wires, siemens).solve(volts);
    const std::vector<double> effective = reduce_crosspoint(wires, siemens);
    for (int c = 0; c < n; ++c) {
        const double expected = g * std::cosh((n - c - 0.5) * theta) / std::cosh((n + 0.5) * theta);
        EXPECT_NEAR(found.amperes[static_cast<std::size_t>(c)] / (0.7 * expected), 1.0, tolerance) << c;
        EXPECT_NEAR(effective[static_cast<std::size_t>(c)] / expected, 1.0, tolerance) << c;
    }
}

/// With w = 1 − v/V: w_r = cosh((r + 1/2)θ)/cosh((n + 1/2)θ), I = (V − V·w_{n−1})/ρ. In a form without cancellation:
/// cosh a − cosh b = 2·sinh((a+b)/2)·sinh((a−b)/2).
TEST_P(ClosedForm, SingleColumn) {
    const auto [n, rho, g] = GetParam();
    const double theta = GetParam().angle();
    const CrosspointWires wires = uniform_wires(n, 1, 0.0, rho);
    const std::vector<double> siemens(static_cast<std::size_t>(n), g);
    const std::vector<double> volts(static_cast<std::size_t>(n), 0.7);
    const double per_volt = 2.0 * std::sinh(n * theta) * std::sinh(theta / 2.0) / std::cosh((n + 0.5) * theta) / rho;
    EXPECT_NEAR(CrosspointSolver(wires, siemens).solve(volts).amperes[0] / (0.7 * per_volt), 1.0, tolerance);
    const std::vector<double> effective = reduce_crosspoint(wires, siemens);
    EXPECT_NEAR(std::accumulate(effective.begin(), effective.end(), 0.0) / per_volt, 1.0, tolerance);
    for (int r = 0; r < n;
         ++r) {  // by reciprocity: the current of row r alone is g times what 1 V at the sense end gives
        const double expected = g * std::cosh((r + 0.5) * theta) / std::cosh((n + 0.5) * theta);
        EXPECT_NEAR(effective[static_cast<std::size_t>(r)] / expected, 1.0, tolerance) << r;
    }
}

/// Equal segments ρ in the source line (fed at row 0) and in the column (sensed below row n − 1). The drop over the
/// cells obeys d_{r+1} − 2d_r + d_{r−1} = 2ρg·d_r and is symmetric, d_r = A·cosh((r − (n−1)/2)θ); continued to r = −1,
/// ρI = d_{−1} − d_0. Around the loop V = 2ρI + d_0 + ρ·Σ_{r<n−1}(column current) and that sum is (n − 1)I/2 by
/// symmetry.
TEST_P(ClosedForm, ColumnWithSourceLine) {
    const auto [n, rho, g] = GetParam();
    const double theta = 2.0 * std::asinh(std::sqrt(2.0 * rho * g) / 2.0);
    const double middle = (n - 1) / 2.0;
    const double current = 2.0 * std::sinh(n * theta / 2.0) * std::sinh(theta / 2.0) / rho;  // with A = 1
    const double volts = 2.0 * rho * current + std::cosh(middle * theta) + rho * (n - 1) * current / 2.0;
    const std::vector<double> segments(static_cast<std::size_t>(n), rho);
    const ColumnState found = solve_column({segments, segments}, std::vector<double>(static_cast<std::size_t>(n), g));
    EXPECT_NEAR(found.amperes / (current / volts), 1.0, tolerance);
    EXPECT_LE(found.kirchhoff_residual, 1e-10 * found.amperes);
    for (int r = 0; r < n; ++r) {
        const double expected = std::cosh((r - middle) * theta) / volts;  // of the 1 V applied
        EXPECT_NEAR(found.positive_drop[static_cast<std::size_t>(r)], expected, 1e-13) << r;
    }
}

INSTANTIATE_TEST_SUITE_P(Ladders, ClosedForm,
                         testing::Values(Ladder{1, 10.0, 1e-4}, Ladder{2, 1000.0, 1e-3}, Ladder{64, 0.1, 1e-4},
                                         Ladder{128, 1.0, 1.0 / 6000}, Ladder{512, 5.0, 1e-4}),
                         [](const auto& instance) { return std::to_string(instance.param.cells) + "Cells"; });

}  // namespace
}  // namespace remask
