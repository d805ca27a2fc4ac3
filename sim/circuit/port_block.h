// Internal: a rectangle of a crosspoint array as the conductances between the ends of its lines, everything inside
// eliminated; and how two neighbours become one.
#pragma once

#include <span>
#include <vector>

#include "sim/circuit/crosspoint.h"

namespace remask::detail {

/// Symmetric mesh of conductances between nodes, in siemens; row-major, only elements above the diagonal are kept.
struct Mesh {
    int nodes = 0;
    std::vector<double> siemens;

    explicit Mesh(int count);
    double& between(int a, int b);
    double between(int a, int b) const;
};

/// Star-mesh transformation of nodes 0 … eliminated−1 in their order: node k with conductances g_ki of sum s leaves
/// g_ki·g_kj/s between its neighbours i, j. Sums and products of positive numbers only, so that nothing cancels and
/// every conductance keeps its relative accuracy (Grassmann, Taksar and Heyman, Operations Research 33 (1985) 1107,
/// observed it for Markov chains). Nodes without neighbours are dropped. The mesh of the others remains, renumbered
/// from 0.
Mesh eliminate(Mesh mesh, int eliminated);

/// Ports are numbers of nodes; two are the same where no resistance lies between. Lists are empty where a line has no
/// end or goes nowhere: at the array's top and right edge.
struct PortBlock {
    Mesh mesh{0};
    std::vector<int> left;    ///< [row lines]
    std::vector<int> right;   ///< [row lines]
    std::vector<int> top;     ///< [column lines]
    std::vector<int> bottom;  ///< [column lines]
};

/// Cells of rows [top, bottom), columns [left, right) of an array, with the row segments on their left and the column
/// segments below them. For small rectangles: every node is an element of one dense mesh.
struct Rectangle {
    std::int64_t top, bottom, left, right;
    std::int64_t height() const { return bottom - top; }
    std::int64_t width() const { return right - left; }
};
PortBlock block_of_cells(const CrosspointWires& wires, std::span<const double> siemens, const Rectangle& area);

/// `b` on the right of `a` / below `a`: a column's line runs from top to bottom, a row's from left to right.
PortBlock join_right(PortBlock a, PortBlock b);
PortBlock join_below(PortBlock a, PortBlock b);

}  // namespace remask::detail
