// Does the array solver agree with the exact nodal solution of CrossSim's geometry, and with CrossSim's own circuit
// solver, on a 64 × 64 array? The files lie in the folder REMASK_REFERENCE.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "sim/circuit/crosspoint_solver.h"
#include "sim/circuit/reduce_crosspoint.h"
#include "tests/reference/circuit/csv.h"

namespace remask {
namespace {

constexpr std::size_t size = 64;
constexpr double on_ohms = 1e4;

struct Published {
    const char* name;
    double segment_ohms;
};
void PrintTo(const Published& published, std::ostream* out) {
    *out << published.name;
}

class CrosssimWires : public testing::TestWithParam<Published> {
protected:
    void SetUp() override {
        const char* folder = std::getenv("REMASK_REFERENCE");
        if (folder == nullptr) GTEST_SKIP() << "set REMASK_REFERENCE to the folder with crosssim/ir_G_64x64.csv";
        folder_ = std::string(folder) + "/crosssim/";
        // CrossSim keeps [output, input] in units of 1/Rmin.
        const auto transposed = read_lines(folder_ + "ir_G_64x64.csv");
        siemens_.resize(size * size);
        for (std::size_t o = 0; o < size; ++o) {
            for (std::size_t i = 0; i < size; ++i) siemens_[i * size + o] = transposed[o][i] / on_ohms;
        }
        volts_ = read_lines(folder_ + "ir_V_3x64.csv");
        wires_ = uniform_wires(size, size, GetParam().segment_ohms, GetParam().segment_ohms);
    }

    /// The largest relative deviation of `amperes` [vectors][size] from a file, which is in volt/Rmin.
    double deviation(const std::vector<std::vector<double>>& amperes, const std::string& file) const {
        const auto expected = read_lines(folder_ + "ir_" + GetParam().name + file);
        double largest = 0.0;
        for (std::size_t v = 0; v < expected.size(); ++v) {
            for (std::size_t c = 0; c < size; ++c) {
                largest = std::max(largest, std::abs(amperes[v][c] * on_ohms / expected[v][c] - 1.0));
            }
        }
        return largest;
    }

    std::string folder_;
    std::vector<double> siemens_;
    std::vector<std::vector<double>> volts_;
    CrosspointWires wires_;
};

TEST_P(CrosssimWires, ExactSolver) {
    const CrosspointSolver solver(wires_, siemens_);
    std::vector<std::vector<double>> amperes;
    for (const auto& volts : volts_) {
        const CrosspointCurrents found = solver.solve(volts);
        amperes.push_back(found.amperes);
        const double largest = *std::max_element(found.amperes.begin(), found.amperes.end());
        EXPECT_LE(found.kirchhoff_residual, 1e-10 * largest);
    }
    EXPECT_LE(deviation(amperes, "_nodal_exact.csv"), 1e-10);
    EXPECT_LE(deviation(amperes, "_crosssim.csv"), 1e-6);
}

TEST_P(CrosssimWires, EffectiveConductances) {
    const std::vector<double> effective = reduce_crosspoint(wires_, siemens_);
    std::vector<std::vector<double>> amperes;
    for (const auto& volts : volts_) {
        auto& sums = amperes.emplace_back(size, 0.0);
        for (std::size_t i = 0; i < size * size; ++i) sums[i % size] += volts[i / size] * effective[i];
    }
    EXPECT_LE(deviation(amperes, "_nodal_exact.csv"), 1e-10);
}

INSTANTIATE_TEST_SUITE_P(Published, CrosssimWires,
                         testing::Values(Published{"Rp0.1", 0.1}, Published{"Rp1", 1.0}, Published{"Rp5", 5.0}),
                         [](const auto& instance) {
                             return std::to_string(static_cast<int>(instance.param.segment_ohms * 10)) + "DeciOhm";
                         });

}  // namespace
}  // namespace remask
