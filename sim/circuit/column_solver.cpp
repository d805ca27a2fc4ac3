#include "sim/circuit/column_solver.h"

#include "sim/base/diagnostics.h"
#include "sim/circuit/resistive_network.h"

namespace remask {

namespace {

constexpr int positive_source = 0;
constexpr int negative_source = 1;
constexpr int ground = 2;

/// The nodes of a source line with its cells to the column; returns the first of its `rows` nodes.
int add_source_line(ResistiveNetwork& network, const SourceLineWires& wires, int source,
                    std::span<const double> siemens, int first_column_node) {
    const auto rows = static_cast<int>(siemens.size());
    int before = network.add_node();
    network.hold(before, source);
    const int first = before + 1;
    for (int r = 0; r < rows; ++r) {
        const int node = network.add_node();
        network.wire(before, node, wires.source_segments[static_cast<std::size_t>(r)]);
        network.conduct(node, first_column_node + r, siemens[static_cast<std::size_t>(r)]);
        before = node;
    }
    return first;
}

}  // namespace

ColumnState solve_column(const SourceLineWires& wires, std::span<const double> positive_siemens,
                         std::span<const double> negative_siemens) {
    const std::size_t rows = positive_siemens.size();
    const bool interleaved = !negative_siemens.empty();
    if (rows == 0 || wires.source_segments.size() != rows || wires.column_segments.size() != rows ||
        (interleaved && negative_siemens.size() != rows)) {
        throw InternalError("a column and its wires do not have the same number of rows");
    }
    ResistiveNetwork network;
    for (std::size_t r = 0; r <= rows; ++r) network.add_node();  // the column's, and the ground
    network.hold(static_cast<int>(rows), ground);
    for (std::size_t r = rows; r-- > 0;) {
        network.wire(static_cast<int>(r) + 1, static_cast<int>(r), wires.column_segments[r]);
    }
    const int positive = add_source_line(network, wires, positive_source, positive_siemens, 0);
    const int negative = interleaved ? add_source_line(network, wires, negative_source, negative_siemens, 0) : 0;

    const NodalSolver solver(network);
    const double volts[] = {1.0, -1.0, 0.0};
    const std::vector<double> potentials = solver.solve(volts);
    ColumnState state;
    const auto drop_from = [&](int line, std::size_t r) {
        return potentials[static_cast<std::size_t>(line) + r] - potentials[r];
    };
    for (std::size_t r = 0; r < rows; ++r) {
        state.positive_drop.push_back(drop_from(positive, r));
        state.amperes += positive_siemens[r] * state.positive_drop.back();
        if (!interleaved) continue;
        state.negative_drop.push_back(drop_from(negative, r));
        state.amperes += negative_siemens[r] * state.negative_drop.back();
    }
    state.kirchhoff_residual = solver.kirchhoff_residual(potentials);
    return state;
}

}  // namespace remask
