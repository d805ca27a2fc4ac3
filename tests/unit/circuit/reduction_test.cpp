// Are the effective conductances of an array those of the exact solver, whatever its shape and wires?
#include <gtest/gtest.h>

#include "sim/circuit/crosspoint_solver.h"
#include "sim/circuit/port_block.h"
#include "sim/circuit/reduce_crosspoint.h"
#include "tests/unit/circuit/arrays.h"

namespace remask {
namespace {

/// Every element by a solution of its own: row r alone at 1 V.
void expect_exact(const CrosspointWires& wires, const std::vector<double>& siemens) {
    const std::vector<double> effective = reduce_crosspoint(wires, siemens);
    const CrosspointSolver solver(wires, siemens);
    double largest = 0.0;
    for (const double g : siemens) largest = std::max(largest, g);
    for (std::int64_t r = 0; r < wires.rows(); ++r) {
        std::vector<double> volts(static_cast<std::size_t>(wires.rows()), 0.0);
        volts[static_cast<std::size_t>(r)] = 1.0;
        const CrosspointCurrents exact = solver.solve(volts);
        for (std::int64_t c = 0; c < wires.columns(); ++c) {
            const double found = effective[static_cast<std::size_t>(r * wires.columns() + c)];
            ASSERT_NEAR(found, exact.amperes[static_cast<std::size_t>(c)], 1e-12 * largest) << r << ", " << c;
        }
    }
}

TEST(ReduceCrosspoint, EqualsTheExactSolverOnRandomArrays) {
    RandomStream random(11, "reduction");
    for (int i = 0; i < 60; ++i) {
        const auto rows = static_cast<std::int64_t>(1 + random.below(20));
        const auto columns = static_cast<std::int64_t>(1 + random.below(20));
        CrosspointWires wires = uniform_wires(rows, columns, 0.0, 0.0);
        // Any segment may have no resistance, as between the two cells of an interleaved pair.
        for (double& ohms : wires.row_segments) ohms = random.uniform() < 0.3 ? 0.0 : 100.0 * random.uniform();
        for (double& ohms : wires.column_segments) ohms = random.uniform() < 0.3 ? 0.0 : 100.0 * random.uniform();
        expect_exact(wires, random_siemens(random, rows * columns));
    }
}

TEST(ReduceCrosspoint, EqualsTheExactSolverWhereWiresAreGoodOrBad) {
    RandomStream random(12, "reduction extremes");
    for (const double ohms : {1e-3, 1.0, 1e4}) {
        expect_exact(uniform_wires(33, 24, ohms, ohms), random_siemens(random, 33 * 24));
    }
    expect_exact(uniform_wires(9, 9, 2.0, 2.0), std::vector<double>(81, 0.0));  // no cell conducts
}

TEST(ReduceCrosspoint, WithoutResistanceChangesNoBit) {
    RandomStream random(13, "reduction ideal");
    const std::vector<double> siemens = random_siemens(random, 19 * 21);
    EXPECT_EQ(reduce_crosspoint(uniform_wires(19, 21, 0.0, 0.0), siemens), siemens);
}

TEST(ReduceCrosspoint, MoreResistanceMeansLessCurrentInEveryColumnSum) {
    RandomStream random(14, "monotone");
    for (int i = 0; i < 10; ++i) {
        const std::vector<double> siemens = random_siemens(random, 24 * 12, 0.0);
        std::vector<double> before = siemens;
        for (const double ohms : {0.1, 1.0, 3.0, 10.0}) {
            const std::vector<double> now = reduce_crosspoint(uniform_wires(24, 12, ohms, ohms), siemens);
            double sum_before = 0.0;
            double sum_now = 0.0;
            for (std::size_t k = 0; k < now.size(); ++k) {
                sum_before += before[k];
                sum_now += now[k];
            }
            EXPECT_LT(sum_now, sum_before)
                << ohms;  // the current of all rows driven alike: Rayleigh's monotonicity law
            before = now;
        }
    }
}

TEST(StarMesh, StarBecomesTriangleAndChainASeries) {
    detail::Mesh star(4);  // node 0 with 1, 2 and 3 S to nodes 1, 2, 3
    for (int i = 1; i < 4; ++i) star.between(0, i) = i;
    const detail::Mesh triangle = detail::eliminate(star, 1);
    EXPECT_DOUBLE_EQ(triangle.between(0, 1), 1.0 * 2.0 / 6.0);
    EXPECT_DOUBLE_EQ(triangle.between(0, 2), 1.0 * 3.0 / 6.0);
    EXPECT_DOUBLE_EQ(triangle.between(1, 2), 2.0 * 3.0 / 6.0);

    constexpr int inner = 9;  // more than two panels of pivots
    detail::Mesh chain(inner + 2);
    for (int i = 0; i + 1 < inner; ++i) chain.between(i, i + 1) = 1.0;
    chain.between(0, inner) = 1.0;
    chain.between(inner - 1, inner + 1) = 1.0;
    EXPECT_DOUBLE_EQ(detail::eliminate(chain, inner).between(0, 1), 1.0 / (inner + 1));
}

}  // namespace
}  // namespace remask
