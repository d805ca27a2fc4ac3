// Do the four array layouts give the currents of CrossSim's four circuit solvers? crosssim_layouts.py made the file.
#include <gtest/gtest.h>

#include <cmath>

#include "sim/circuit/column_solver.h"
#include "sim/circuit/crosspoint_solver.h"
#include "tests/reference/circuit/csv.h"

namespace remask {
namespace {

constexpr std::size_t vectors = 2;

using Lines = std::vector<std::vector<double>>;

struct Case {
    bool source_line, interleaved;
    std::size_t inputs, outputs, whole;
    bool near;
    double row_ohms, column_ohms, row_terminal, column_terminal;  ///< of cells with 1 ohm when fully on
    Lines positive, negative;                                     ///< [outputs][inputs]
    Lines volts, amperes;
};

Lines take(const Lines& lines, std::size_t& at, std::size_t count) {
    Lines taken(lines.begin() + static_cast<std::ptrdiff_t>(at),
                lines.begin() + static_cast<std::ptrdiff_t>(at + count));
    at += count;
    return taken;
}

std::vector<Case> read_cases() {
    const Lines lines = read_lines(std::string(REMASK_TEST_DIR) + "/crosssim_layouts.csv");
    std::vector<Case> cases;
    for (std::size_t at = 0; at < lines.size();) {
        const std::vector<double>& head = lines[at++];
        Case c{head.at(0) != 0.0,
               head.at(1) != 0.0,
               static_cast<std::size_t>(head.at(2)),
               static_cast<std::size_t>(head.at(3)),
               static_cast<std::size_t>(head.at(4)),
               head.at(5) != 0.0,
               head.at(6),
               head.at(7),
               head.at(8),
               head.at(9),
               {},
               {},
               {},
               {}};
        c.positive = take(lines, at, c.outputs);
        if (c.interleaved) c.negative = take(lines, at, c.outputs);
        c.volts = take(lines, at, vectors);
        c.amperes = take(lines, at, vectors);
        cases.push_back(std::move(c));
    }
    return cases;
}

/// Row lines in the order of the inputs; an interleaved pair's two lines are neighbours without resistance between.
std::vector<double> crosspoint_currents(const Case& c, std::size_t v) {
    CrosspointWires wires;
    wires.row_segments.assign(c.outputs, c.row_ohms);
    std::vector<double> siemens;
    std::vector<double> volts;
    for (std::size_t i = 0; i < c.inputs; ++i) {
        for (const bool negative : {false, true}) {
            if (negative && !c.interleaved) continue;
            wires.column_segments.push_back(c.interleaved && !negative ? 0.0 : c.column_ohms);
            volts.push_back(negative ? -c.volts[v][i] : c.volts[v][i]);
            for (std::size_t o = 0; o < c.outputs; ++o) siemens.push_back((negative ? c.negative : c.positive)[o][i]);
        }
    }
    wires.column_segments.back() += c.column_terminal;
    return CrosspointSolver(wires, siemens).solve(volts).amperes;
}

std::vector<double> source_line_currents(const Case& c, std::size_t v) {
    SourceLineWires wires;
    wires.source_segments.assign(c.inputs, c.row_ohms);
    wires.column_segments.assign(c.inputs, c.column_ohms);
    const auto unused = static_cast<double>(c.whole - c.inputs);
    wires.source_segments.front() += c.row_terminal + (c.near ? unused * c.row_ohms : 0.0);
    wires.column_segments.back() += c.column_terminal + (c.near ? 0.0 : unused * c.column_ohms);
    std::vector<double> currents;
    for (std::size_t o = 0; o < c.outputs; ++o) {
        std::vector<double> positive;
        std::vector<double> negative;
        for (std::size_t i = 0; i < c.inputs; ++i) {
            positive.push_back(c.positive[o][i] * c.volts[v][i]);
            if (c.interleaved) negative.push_back(c.negative[o][i] * c.volts[v][i]);
        }
        currents.push_back(solve_column(wires, positive, negative).amperes);
    }
    return currents;
}

TEST(CrosssimLayouts, EveryCurrentAgrees) {
    int compared[2][2] = {};
    for (const Case& c : read_cases()) {
        for (std::size_t v = 0; v < vectors; ++v) {
            const std::vector<double> found = c.source_line ? source_line_currents(c, v) : crosspoint_currents(c, v);
            ASSERT_EQ(found.size(), c.amperes[v].size());
            for (std::size_t o = 0; o < found.size(); ++o) {
                EXPECT_NEAR(found[o], c.amperes[v][o], 1e-11) << "of volts up to 1 over cells of 1 ohm";
                ++compared[c.source_line ? 1 : 0][c.interleaved ? 1 : 0];
            }
        }
    }
    for (const auto& of_layout : compared) {
        for (const int count : of_layout) EXPECT_GE(count, 12);
    }
}

}  // namespace
}  // namespace remask
