#include "sim/circuit/resistive_network.h"

#include <Eigen/SparseCholesky>
#include <algorithm>
#include <cmath>
#include <map>

#include "sim/base/diagnostics.h"

namespace remask {

namespace {
constexpr int refinements = 2;
constexpr int unknown_of_no_node = -1;
}  // namespace

int ResistiveNetwork::add_node() {
    same_as_.push_back(nodes());
    return nodes() - 1;
}

void ResistiveNetwork::conduct(int a, int b, double siemens) {
    if (!(siemens >= 0.0) || std::isinf(siemens)) throw InternalError("a conductance must be finite and not negative");
    if (siemens > 0.0) branches_.push_back({a, b, siemens});
}

void ResistiveNetwork::wire(int a, int b, double ohms) {
    if (!(ohms >= 0.0)) throw InternalError("a wire's resistance must not be negative");
    if (ohms > 0.0) {
        conduct(a, b, 1.0 / ohms);
    } else {
        same_as_[static_cast<std::size_t>(representative(b))] = representative(a);
    }
}

void ResistiveNetwork::hold(int node, int source) {
    sources_.push_back({node, source});
}

int ResistiveNetwork::representative(int node) const {
    while (same_as_[static_cast<std::size_t>(node)] != node) node = same_as_[static_cast<std::size_t>(node)];
    return node;
}

struct NodalSolver::Factorised {
    std::vector<int> node;                           ///< [nodes] its representative
    std::vector<int> unknown;                        ///< [nodes] place among the unknowns, or unknown_of_no_node
    std::vector<ResistiveNetwork::Branch> branches;  ///< between representatives
    std::vector<ResistiveNetwork::Source> sources;
    int unknowns = 0;
    Eigen::SimplicialLDLT<Eigen::SparseMatrix<double>> cholesky;

    void number_unknowns(const ResistiveNetwork& network);
    void factorise();
    /// Σ of the currents that flow into each unknown node.
    Eigen::VectorXd inflow(std::span<const double> potentials) const;
};

void NodalSolver::Factorised::number_unknowns(const ResistiveNetwork& network) {
    const auto nodes = static_cast<std::size_t>(network.nodes());
    node.resize(nodes);
    for (std::size_t i = 0; i < nodes; ++i) node[i] = network.representative(static_cast<int>(i));
    std::vector<int> held(nodes, 0);
    for (const ResistiveNetwork::Source& source : network.sources()) {
        const int at = node[static_cast<std::size_t>(source.node)];
        sources.push_back({at, source.number});
        if (held[static_cast<std::size_t>(at)]++ != 0) throw InternalError("two sources hold one node");
    }
    unknown.assign(nodes, unknown_of_no_node);
    for (std::size_t i = 0; i < nodes; ++i) {
        if (node[i] == static_cast<int>(i) && held[i] == 0) unknown[i] = unknowns++;
    }
    for (const ResistiveNetwork::Branch& branch : network.branches()) {
        const int a = node[static_cast<std::size_t>(branch.a)];
        const int b = node[static_cast<std::size_t>(branch.b)];
        if (a != b) branches.push_back({a, b, branch.siemens});
    }
}

void NodalSolver::Factorised::factorise() {
    if (unknowns == 0) return;
    std::vector<Eigen::Triplet<double>> entries;
    entries.reserve(branches.size() * 4);
    for (const ResistiveNetwork::Branch& branch : branches) {
        const int a = unknown[static_cast<std::size_t>(branch.a)];
        const int b = unknown[static_cast<std::size_t>(branch.b)];
        if (a >= 0) entries.emplace_back(a, a, branch.siemens);
        if (b >= 0) entries.emplace_back(b, b, branch.siemens);
        if (a >= 0 && b >= 0) entries.emplace_back(std::max(a, b), std::min(a, b), -branch.siemens);
    }
    Eigen::SparseMatrix<double> matrix(unknowns, unknowns);
    matrix.setFromTriplets(entries.begin(), entries.end());
    cholesky.compute(matrix);
    if (cholesky.info() != Eigen::Success || !(cholesky.vectorD().minCoeff() > 0.0)) {
        throw InternalError("a node of the resistive network has no way to a source");
    }
}

Eigen::VectorXd NodalSolver::Factorised::inflow(std::span<const double> potentials) const {
    Eigen::VectorXd current = Eigen::VectorXd::Zero(unknowns);
    for (const ResistiveNetwork::Branch& branch : branches) {
        const int a = unknown[static_cast<std::size_t>(branch.a)];
        const int b = unknown[static_cast<std::size_t>(branch.b)];
        const double flow = branch.siemens * (potentials[static_cast<std::size_t>(branch.a)] -
                                              potentials[static_cast<std::size_t>(branch.b)]);
        if (a >= 0) current[a] -= flow;
        if (b >= 0) current[b] += flow;
    }
    return current;
}

NodalSolver::NodalSolver(const ResistiveNetwork& network) {
    auto factorised = std::make_unique<Factorised>();
    factorised->number_unknowns(network);
    factorised->factorise();
    factorised_ = std::move(factorised);
}

NodalSolver::~NodalSolver() = default;
NodalSolver::NodalSolver(NodalSolver&&) noexcept = default;
NodalSolver& NodalSolver::operator=(NodalSolver&&) noexcept = default;

std::vector<double> NodalSolver::solve(std::span<const double> source_volts) const {
    const Factorised& f = *factorised_;
    std::vector<double> volts(f.node.size(), 0.0);
    for (const ResistiveNetwork::Source& source : f.sources) {
        if (source.number < 0 || static_cast<std::size_t>(source.number) >= source_volts.size()) {
            throw InternalError("a source of the resistive network was given no voltage");
        }
        volts[static_cast<std::size_t>(source.node)] = source_volts[static_cast<std::size_t>(source.number)];
    }
    // The first correction of potentials that are all 0 is the solution; the others refine it.
    for (int step = 0; step <= refinements && f.unknowns > 0; ++step) {
        const Eigen::VectorXd correction = f.cholesky.solve(f.inflow(volts));
        for (std::size_t i = 0; i < volts.size(); ++i) {
            if (f.unknown[i] >= 0) volts[i] += correction[f.unknown[i]];
        }
    }
    for (std::size_t i = 0; i < volts.size(); ++i) volts[i] = volts[static_cast<std::size_t>(f.node[i])];
    return volts;
}

double NodalSolver::kirchhoff_residual(std::span<const double> potentials) const {
    if (factorised_->unknowns == 0) return 0.0;
    return factorised_->inflow(potentials).cwiseAbs().maxCoeff();
}

}  // namespace remask
