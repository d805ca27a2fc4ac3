#include "sim/circuit/crosspoint_solver.h"

#include "sim/base/diagnostics.h"

namespace remask {

namespace {

/// Nodes: the row's side and the column's side of every cell, [rows, columns] each, then drivers, then one ground.
ResistiveNetwork network_of(const CrosspointWires& wires, std::span<const double> siemens) {
    check_crosspoint(wires, siemens);
    const auto rows = static_cast<int>(wires.rows());
    const auto columns = static_cast<int>(wires.columns());
    const auto row_node = [&](int r, int c) { return r * columns + c; };
    const auto column_node = [&](int r, int c) { return (rows + r) * columns + c; };
    ResistiveNetwork network;
    for (int i = 0; i < 2 * rows * columns; ++i) network.add_node();
    for (int r = 0; r < rows; ++r) {
        const int driver = network.add_node();
        network.hold(driver, r);
        for (int c = 0; c < columns; ++c) {
            network.wire(c == 0 ? driver : row_node(r, c - 1), row_node(r, c),
                         wires.row_segments[static_cast<std::size_t>(c)]);
        }
    }
    const int ground = network.add_node();
    network.hold(ground, rows);
    for (int c = 0; c < columns; ++c) {
        for (int r = 0; r < rows; ++r) {
            network.wire(r + 1 < rows ? column_node(r + 1, c) : ground, column_node(r, c),
                         wires.column_segments[static_cast<std::size_t>(r)]);
        }
    }
    for (int r = 0; r < rows; ++r) {
        for (int c = 0; c < columns; ++c) {
            network.conduct(row_node(r, c), column_node(r, c), siemens[static_cast<std::size_t>(row_node(r, c))]);
        }
    }
    return network;
}

}  // namespace

CrosspointSolver::CrosspointSolver(const CrosspointWires& wires, std::span<const double> siemens)
    : rows_(wires.rows()), columns_(wires.columns()), solver_(network_of(wires, siemens)) {
    const auto cells = static_cast<int>(rows_ * columns_);
    for (int i = 0; i < cells; ++i) cells_.push_back({i, cells + i, siemens[static_cast<std::size_t>(i)]});
}

CrosspointCurrents CrosspointSolver::solve(std::span<const double> row_volts) const {
    if (static_cast<std::int64_t>(row_volts.size()) != rows_) throw InternalError("not one voltage a row line");
    std::vector<double> volts(row_volts.begin(), row_volts.end());
    volts.push_back(0.0);  // the ground
    const std::vector<double> potentials = solver_.solve(volts);
    CrosspointCurrents currents;
    currents.amperes.assign(static_cast<std::size_t>(columns_), 0.0);
    // By Kirchhoff's law a column's current is that of its cells, which are far less sensitive to rounding than the
    // small drop over the last segment.
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        const Cell& cell = cells_[i];
        currents.amperes[i % static_cast<std::size_t>(columns_)] +=
            cell.siemens * (potentials[static_cast<std::size_t>(cell.row_node)] -
                            potentials[static_cast<std::size_t>(cell.column_node)]);
    }
    currents.kirchhoff_residual = solver_.kirchhoff_residual(potentials);
    return currents;
}

}  // namespace remask
