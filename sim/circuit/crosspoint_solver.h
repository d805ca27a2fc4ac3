// The exact currents of a crosspoint array: every node of every line is an unknown. The judge of the fast model.
#pragma once

#include <span>
#include <vector>

#include "sim/circuit/crosspoint.h"
#include "sim/circuit/resistive_network.h"

namespace remask {

struct CrosspointCurrents {
    std::vector<double> amperes;  ///< [columns] into the virtual grounds
    /// The largest violation of Kirchhoff's current law at any node, in ampere.
    double kirchhoff_residual = 0.0;
};

/// Factorised once an array. Without any wire resistance the currents are Σ_r g·V, summed from row 0 on, to the bit.
class CrosspointSolver {
public:
    /// `siemens` [rows, columns]. See check_crosspoint() for what it refuses.
    CrosspointSolver(const CrosspointWires& wires, std::span<const double> siemens);

    /// For one voltage a row line.
    CrosspointCurrents solve(std::span<const double> row_volts) const;

private:
    struct Cell {
        int row_node;
        int column_node;
        double siemens;
    };
    std::int64_t rows_;
    std::int64_t columns_;
    std::vector<Cell> cells_;  ///< [rows, columns]
    NodalSolver solver_;
};

}  // namespace remask
