// Does the nodal solver solve small circuits, and refuse those that have no solution?
#include <gtest/gtest.h>

#include <numeric>

#include "sim/base/diagnostics.h"
#include "sim/circuit/crosspoint_solver.h"
#include "sim/circuit/resistive_network.h"
#include "tests/unit/circuit/arrays.h"

namespace remask {
namespace {

TEST(ResistiveNetwork, UnbalancedBridge) {
    // 10 V over a bridge: 1 Ω and 2 Ω left, 3 Ω and 4 Ω right, 5 Ω between. By Cramer's rule on
    // (1 + 1/2 + 1/5)x − y/5 = 10, −x/5 + (1/3 + 1/4 + 1/5)y = 10/3: x = 51/7.75·… computed below from the determinant.
    ResistiveNetwork network;
    for (int i = 0; i < 4; ++i) network.add_node();
    network.hold(0, 0);
    network.hold(3, 1);
    network.wire(0, 1, 1.0);
    network.wire(1, 3, 2.0);
    network.wire(0, 2, 3.0);
    network.wire(2, 3, 4.0);
    network.wire(1, 2, 5.0);
    const double volts[] = {10.0, 0.0};
    const NodalSolver solver(network);
    const std::vector<double> v = solver.solve(volts);
    const double a = 1.7, d = 47.0 / 60.0, b = -0.2;
    const double determinant = a * d - b * b;
    EXPECT_NEAR(v[1], (10.0 * d - b * 10.0 / 3.0) / determinant, 1e-13);
    EXPECT_NEAR(v[2], (a * 10.0 / 3.0 - b * 10.0) / determinant, 1e-13);
    EXPECT_LE(solver.kirchhoff_residual(v), 1e-14);
}

TEST(ResistiveNetwork, WireWithoutResistanceIsOneNode) {
    ResistiveNetwork network;
    for (int i = 0; i < 4; ++i) network.add_node();
    network.hold(0, 0);
    network.hold(3, 1);
    network.wire(0, 1, 2.0);
    network.wire(2, 1, 0.0);
    network.wire(2, 3, 6.0);
    const double volts[] = {4.0, 0.0};
    const std::vector<double> v = NodalSolver(network).solve(volts);
    EXPECT_DOUBLE_EQ(v[1], 3.0);
    EXPECT_EQ(v[2], v[1]);
}

TEST(ResistiveNetwork, ResidualFindsAWrongPotential) {
    ResistiveNetwork network;
    for (int i = 0; i < 3; ++i) network.add_node();
    network.hold(0, 0);
    network.hold(2, 1);
    network.wire(0, 1, 1.0);
    network.wire(1, 2, 1.0);
    const double wrong[] = {1.0, 0.6, 0.0};  // 0.4 A in, 0.6 A out
    EXPECT_NEAR(NodalSolver(network).kirchhoff_residual(wrong), 0.2, 1e-15);
}

TEST(ResistiveNetwork, RefusesANodeThatFloatsAndSourcesInParallel) {
    ResistiveNetwork floating;
    for (int i = 0; i < 3; ++i) floating.add_node();
    floating.hold(0, 0);
    floating.wire(1, 2, 1.0);
    EXPECT_THROW(NodalSolver{floating}, InternalError);

    ResistiveNetwork parallel;
    for (int i = 0; i < 2; ++i) parallel.add_node();
    parallel.hold(0, 0);
    parallel.hold(1, 1);
    parallel.wire(0, 1, 0.0);
    EXPECT_THROW(NodalSolver{parallel}, InternalError);
}

TEST(CrosspointSolver, WithoutWireResistanceIsTheIdealSumToTheBit) {
    RandomStream random(3, "ideal crosspoint");
    constexpr std::int64_t rows = 37;
    constexpr std::int64_t columns = 11;
    const std::vector<double> siemens = random_siemens(random, rows * columns);
    const std::vector<double> volts = random_volts(random, rows);
    const CrosspointCurrents found = CrosspointSolver(uniform_wires(rows, columns, 0.0, 0.0), siemens).solve(volts);
    for (std::int64_t c = 0; c < columns; ++c) {
        double ideal = 0.0;
        for (std::int64_t r = 0; r < rows; ++r) {
            ideal += siemens[static_cast<std::size_t>(r * columns + c)] * volts[static_cast<std::size_t>(r)];
        }
        EXPECT_EQ(found.amperes[static_cast<std::size_t>(c)], ideal);
    }
    EXPECT_EQ(found.kirchhoff_residual, 0.0);
}

TEST(CrosspointSolver, ObeysKirchhoffsLawOnRandomArrays) {
    RandomStream random(4, "kirchhoff");
    for (const double ohms : {0.01, 1.0, 50.0}) {
        const std::vector<double> siemens = random_siemens(random, 48 * 40);
        const CrosspointCurrents found =
            CrosspointSolver(uniform_wires(48, 40, ohms, 3.0 * ohms), siemens).solve(random_volts(random, 48));
        const double total = std::accumulate(found.amperes.begin(), found.amperes.end(), 0.0);
        EXPECT_LE(found.kirchhoff_residual, 1e-10 * total / 40) << ohms;  // of a column's mean current
    }
}

TEST(CrosspointSolver, RefusesWhatIsNoArray) {
    const std::vector<double> four(4, 1e-4);
    EXPECT_THROW(CrosspointSolver(uniform_wires(2, 3, 1.0, 1.0), four), InternalError);
    EXPECT_THROW(CrosspointSolver(uniform_wires(2, 2, -1.0, 1.0), four), InternalError);
    EXPECT_THROW(CrosspointSolver(uniform_wires(2, 2, 1.0, 1.0), std::vector<double>{1.0, 1.0, -1.0, 1.0}),
                 InternalError);
    EXPECT_THROW(CrosspointSolver(uniform_wires(2, 2, 1.0, 1.0), four).solve(four), InternalError);
}

}  // namespace
}  // namespace remask
