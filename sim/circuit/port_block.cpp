#include "sim/circuit/port_block.h"

#include <algorithm>
#include <utility>

namespace remask::detail {

namespace {

constexpr int panel_size = 4;  ///< pivots whose updates go over the mesh together

std::size_t at(const Mesh& mesh, int row, int column) {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(mesh.nodes) + static_cast<std::size_t>(column);
}

/// row[j] += factor·pivot[j] for j in [first, last).
void add_scaled(double* row, const double* pivot, double factor, int first, int last) {
    for (int j = first; j < last; ++j) row[j] += factor * pivot[j];
}

void add_scaled_panel(double* row, const double* const* pivot, const double* factor, int first, int last) {
    const double *p0 = pivot[0], *p1 = pivot[1], *p2 = pivot[2], *p3 = pivot[3];
    const double f0 = factor[0], f1 = factor[1], f2 = factor[2], f3 = factor[3];
    for (int j = first; j < last; ++j) row[j] += (f0 * p0[j] + f1 * p1[j]) + (f2 * p2[j] + f3 * p3[j]);
}

/// The node numbers of two blocks in their common mesh: those of `a` unchanged, those of `b` behind, but where two
/// ports meet they are one.
std::vector<int> numbers_of_b(const PortBlock& a, const PortBlock& b, const std::vector<int>& a_ports,
                              const std::vector<int>& b_ports, int& nodes) {
    std::vector<int> number(static_cast<std::size_t>(b.mesh.nodes), -1);
    for (std::size_t i = 0; i < b_ports.size(); ++i) number[static_cast<std::size_t>(b_ports[i])] = a_ports[i];
    nodes = a.mesh.nodes;
    for (int& n : number) {
        if (n < 0) n = nodes++;
    }
    return number;
}

void rename(std::vector<int>& ports, const std::vector<int>& number) {
    for (int& port : ports) port = number[static_cast<std::size_t>(port)];
}

void append(std::vector<int>& ports, const std::vector<int>& more) {
    ports.insert(ports.end(), more.begin(), more.end());
}

/// Eliminates every node that is no port.
PortBlock keep_ports(const std::vector<std::pair<const Mesh*, std::vector<int>>>& parts, int nodes, PortBlock block) {
    std::vector<bool> kept(static_cast<std::size_t>(nodes), false);
    for (const auto* ports : {&block.left, &block.right, &block.top, &block.bottom}) {
        for (const int port : *ports) kept[static_cast<std::size_t>(port)] = true;
    }
    std::vector<int> number(static_cast<std::size_t>(nodes));
    const auto eliminated = static_cast<int>(std::count(kept.begin(), kept.end(), false));
    int inner = 0;
    int outer = eliminated;
    for (std::size_t i = 0; i < kept.size(); ++i) number[i] = kept[i] ? outer++ : inner++;
    Mesh mesh(nodes);
    for (const auto& [part, names] : parts) {
        for (int i = 0; i < part->nodes; ++i) {
            const int a = number[static_cast<std::size_t>(names[static_cast<std::size_t>(i)])];
            for (int j = i + 1; j < part->nodes; ++j) {
                mesh.between(a, number[static_cast<std::size_t>(names[static_cast<std::size_t>(j)])]) +=
                    part->between(i, j);
            }
        }
    }
    block.mesh = eliminate(std::move(mesh), eliminated);
    for (int& n : number) n -= eliminated;
    for (auto* ports : {&block.left, &block.right, &block.top, &block.bottom}) rename(*ports, number);
    return block;
}

std::vector<int> identity(int count) {
    std::vector<int> numbers(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) numbers[static_cast<std::size_t>(i)] = i;
    return numbers;
}

}  // namespace

Mesh::Mesh(int count) : nodes(count), siemens(static_cast<std::size_t>(count) * static_cast<std::size_t>(count), 0.0) {}

double& Mesh::between(int a, int b) {
    return siemens[at(*this, std::min(a, b), std::max(a, b))];
}
double Mesh::between(int a, int b) const {
    return siemens[at(*this, std::min(a, b), std::max(a, b))];
}

Mesh eliminate(Mesh mesh, int eliminated) {
    const int n = mesh.nodes;
    const auto row = [&](int i) { return mesh.siemens.data() + at(mesh, i, 0); };
    double inverse_sum[panel_size];
    const double* pivot[panel_size];
    for (int first = 0; first < eliminated; first += panel_size) {
        const int last = std::min(first + panel_size, eliminated);
        for (int k = first; k < last; ++k) {
            for (int p = first; p < k; ++p) add_scaled(row(k), row(p), row(p)[k] * inverse_sum[p - first], k + 1, n);
            double sum = 0.0;
            for (int j = k + 1; j < n; ++j) sum += row(k)[j];
            inverse_sum[k - first] = sum > 0.0 ? 1.0 / sum : 0.0;
            pivot[k - first] = row(k);
        }
        for (int i = last; i < n; ++i) {
            double factor[panel_size];
            for (int p = first; p < last; ++p) factor[p - first] = row(p)[i] * inverse_sum[p - first];
            if (last - first == panel_size) {
                add_scaled_panel(row(i), pivot, factor, i + 1, n);
            } else {
                for (int p = 0; p < last - first; ++p) add_scaled(row(i), pivot[p], factor[p], i + 1, n);
            }
        }
    }
    Mesh rest(n - eliminated);
    for (int i = eliminated; i < n; ++i) {
        std::copy(row(i) + i, row(i) + n, rest.siemens.data() + at(rest, i - eliminated, i - eliminated));
    }
    return rest;
}

PortBlock block_of_cells(const CrosspointWires& wires, std::span<const double> siemens, const Rectangle& area) {
    const auto height = static_cast<std::size_t>(area.height());
    const auto width = static_cast<std::size_t>(area.width());
    const auto top = static_cast<std::size_t>(area.top);
    const auto left = static_cast<std::size_t>(area.left);
    int nodes = 0;
    struct Wire {
        int a, b;
        double ohms;
    };
    std::vector<Wire> segments;
    const auto next_node = [&](int from, double ohms) {  // the other end of a segment
        if (ohms == 0.0) return from;
        segments.push_back({from, nodes, ohms});
        return nodes++;
    };
    PortBlock block;
    std::vector<int> row_node(height * width);
    std::vector<int> column_node(height * width);
    for (std::size_t r = 0; r < height; ++r) {
        int node = nodes++;
        block.left.push_back(node);
        for (std::size_t c = 0; c < width; ++c) {
            node = row_node[r * width + c] = next_node(node, wires.row_segments[left + c]);
        }
        if (area.right < wires.columns()) block.right.push_back(node);
    }
    for (std::size_t c = 0; c < width; ++c) {
        int node = nodes++;
        block.bottom.push_back(node);
        for (std::size_t r = height; r-- > 0;) {
            node = column_node[r * width + c] = next_node(node, wires.column_segments[top + r]);
        }
        if (area.top > 0) block.top.push_back(node);
    }
    Mesh mesh(nodes);
    for (const Wire& segment : segments) mesh.between(segment.a, segment.b) = 1.0 / segment.ohms;
    for (std::size_t i = 0; i < height * width; ++i) {
        const std::size_t at_row = (top + i / width) * static_cast<std::size_t>(wires.columns());
        mesh.between(row_node[i], column_node[i]) += siemens[at_row + left + i % width];
    }
    return keep_ports({{&mesh, identity(nodes)}}, nodes, std::move(block));
}

PortBlock join_right(PortBlock a, PortBlock b) {
    int nodes = 0;
    const std::vector<int> number = numbers_of_b(a, b, a.right, b.left, nodes);
    for (auto* ports : {&b.right, &b.top, &b.bottom}) rename(*ports, number);
    PortBlock joined;
    joined.left = a.left;
    joined.right = b.right;
    joined.top = a.top;
    append(joined.top, b.top);
    joined.bottom = a.bottom;
    append(joined.bottom, b.bottom);
    return keep_ports({{&a.mesh, identity(a.mesh.nodes)}, {&b.mesh, number}}, nodes, std::move(joined));
}

PortBlock join_below(PortBlock a, PortBlock b) {
    int nodes = 0;
    const std::vector<int> number = numbers_of_b(a, b, a.bottom, b.top, nodes);
    for (auto* ports : {&b.left, &b.right, &b.bottom}) rename(*ports, number);
    PortBlock joined;
    joined.left = a.left;
    append(joined.left, b.left);
    joined.right = a.right;
    append(joined.right, b.right);
    joined.top = a.top;
    joined.bottom = b.bottom;
    return keep_ports({{&a.mesh, identity(a.mesh.nodes)}, {&b.mesh, number}}, nodes, std::move(joined));
}

}  // namespace remask::detail
