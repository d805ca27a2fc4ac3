// Columns with a source line of their own: the cells of a 1T1R array draw their current from a line beside the column,
// and the input on the word line only joins a cell to it or parts it. CrossSim's "separate source" array
// (simulator/circuits/array/readme.md, version 3.2). Columns do not influence each other.
//
//   source ─σ0─┬─── σ1 ─┬─── σ2 ─┬      σ = source_segments, from the end that is fed
//             cell     cell     cell    (those whose row is driven)
//              └── κ0 ──┴── κ1 ──┴─ κ2 ─ sense, held at 0 V      κ = column_segments
//
// Interleaved pairs have a second source line of opposite sign, whose cells meet the same column.
#pragma once

#include <span>
#include <vector>

namespace remask {

/// Resistances in ohm, each ≥ 0.
struct SourceLineWires {
    std::vector<double> source_segments;  ///< [rows] segment r leads to row r
    std::vector<double> column_segments;  ///< [rows] segment r leads on from row r
};

/// What one column does with its source line at 1 V (and that of the negative cells at −1 V).
struct ColumnState {
    double amperes = 0.0;               ///< into the virtual ground
    std::vector<double> positive_drop;  ///< [rows] volt over each cell's place, from source line to column
    std::vector<double> negative_drop;  ///< [rows], ≤ 0; empty unless interleaved
    double kirchhoff_residual = 0.0;    ///< ampere
};

/// Exact. A cell that is parted has conductance 0. `negative` is empty unless the pairs are interleaved.
ColumnState solve_column(const SourceLineWires& wires, std::span<const double> positive_siemens,
                         std::span<const double> negative_siemens = {});

}  // namespace remask
