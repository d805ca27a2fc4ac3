// Does the array solver, and does its reduction to effective conductances, agree with a dense solution by NumPy?
#include <gtest/gtest.h>

#include "sim/circuit/crosspoint_solver.h"
#include "sim/circuit/reduce_crosspoint.h"
#include "tests/reference/circuit/csv.h"

namespace remask {
namespace {

constexpr std::size_t rows = 7;
constexpr std::size_t columns = 5;
constexpr std::size_t vectors = 3;

TEST(DenseCrosspoint, BothSolversGiveNumpysCurrents) {
    const auto lines = read_lines(std::string(REMASK_TEST_DIR) + "/dense_crosspoint.csv");
    ASSERT_EQ(lines.size(), 2 + rows + 2 * vectors);
    const CrosspointWires wires{lines[0], lines[1]};
    std::vector<double> siemens;
    for (std::size_t r = 0; r < rows; ++r) siemens.insert(siemens.end(), lines[2 + r].begin(), lines[2 + r].end());
    const CrosspointSolver solver(wires, siemens);
    const std::vector<double> effective = reduce_crosspoint(wires, siemens);
    for (std::size_t v = 0; v < vectors; ++v) {
        const std::vector<double>& volts = lines[2 + rows + v];
        const std::vector<double>& expected = lines[2 + rows + vectors + v];
        const CrosspointCurrents found = solver.solve(volts);
        for (std::size_t c = 0; c < columns; ++c) {
            double reduced = 0.0;
            for (std::size_t r = 0; r < rows; ++r) reduced += volts[r] * effective[r * columns + c];
            EXPECT_NEAR(found.amperes[c] / expected[c], 1.0, 1e-12);
            EXPECT_NEAR(reduced / expected[c], 1.0, 1e-12);
        }
    }
}

}  // namespace
}  // namespace remask
