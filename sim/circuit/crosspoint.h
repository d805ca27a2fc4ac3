// An array of cells between row lines and column lines, with the resistance of the lines.
//
//              column 0            column 1            column 2
//   driver ─ρ0─┬────────────── ρ1 ─┬────────────── ρ2 ─┬   row 0      ρ = row_segments
//             cell                cell                cell            κ = column_segments
//              └┐ κ0               └┐ κ0               └┐ κ0
//   driver ─ρ0─┬│───────────── ρ1 ─┬│───────────── ρ2 ─┬│  row 1
//             cell                cell                cell
//              └┤ κ1               └┤ κ1               └┤ κ1
//             sense                sense                sense, held at 0 V
//
// Every row line is driven by an ideal source at its left end; every column line ends in a virtual ground below. This
// is CrossSim's "input source" array (simulator/circuits/array/readme.md, version 3.2). Interleaved pairs of cells are
// the same network: two row lines a position, +V and −V, with no resistance of the column between them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace remask {

/// Resistances in ohm, each ≥ 0; what drivers and the sense end add in series is part of the first row segment and of
/// the last column segment.
struct CrosspointWires {
    std::vector<double> row_segments;     ///< [columns] segment c of every row line leads to column c
    std::vector<double> column_segments;  ///< [rows] segment r of every column line leads on from row r

    std::int64_t rows() const { return static_cast<std::int64_t>(column_segments.size()); }
    std::int64_t columns() const { return static_cast<std::int64_t>(row_segments.size()); }
    bool ideal() const;  ///< every segment is 0
};

/// The same resistance in every segment, drivers and sense ends without any of their own.
CrosspointWires uniform_wires(std::int64_t rows, std::int64_t columns, double row_ohms, double column_ohms);

/// InternalError unless there is at least one row and column, no resistance is negative or infinite, and
/// `siemens` [rows, columns] has as many elements, none negative or infinite.
void check_crosspoint(const CrosspointWires& wires, std::span<const double> siemens);

}  // namespace remask
