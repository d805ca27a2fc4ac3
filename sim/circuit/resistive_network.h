// Any network of resistors and voltage sources, solved exactly: modified nodal analysis with ideal sources eliminated,
// a sparse LDLᵀ factorisation and two steps of iterative refinement.
#pragma once

#include <memory>
#include <span>
#include <vector>

namespace remask {

/// Nodes 0, 1, … joined by resistors; some are held at a potential.
class ResistiveNetwork {
public:
    /// A new node; returns its number.
    int add_node();
    /// A resistor between two nodes, by its conductance in siemens, ≥ 0; 0 = no connection.
    void conduct(int a, int b, double siemens);
    /// A wire between two nodes, by its resistance in ohm, ≥ 0; 0 makes them one node.
    void wire(int a, int b, double ohms);
    /// An ideal source holds the node; its number is its place in the voltages given to the solver.
    void hold(int node, int source);

    struct Branch {
        int a;
        int b;
        double siemens;
    };
    struct Source {
        int node;
        int number;
    };
    int nodes() const { return static_cast<int>(same_as_.size()); }
    const std::vector<Branch>& branches() const { return branches_; }
    const std::vector<Source>& sources() const { return sources_; }
    /// The node that stands for all those which wires of no resistance join to `node`.
    int representative(int node) const;

private:
    std::vector<int> same_as_;
    std::vector<Branch> branches_;
    std::vector<Source> sources_;
};

/// A network, factorised once, for any number of source voltages. Immutable; solve() may be called from many threads.
class NodalSolver {
public:
    /// Every node needs a way to a source through resistors. Throws InternalError where one has none, or where wires of
    /// no resistance join two sources.
    explicit NodalSolver(const ResistiveNetwork& network);
    ~NodalSolver();
    NodalSolver(NodalSolver&&) noexcept;
    NodalSolver& operator=(NodalSolver&&) noexcept;

    /// The potential of every node in volt, for the voltage of every source.
    std::vector<double> solve(std::span<const double> source_volts) const;

    /// The largest |sum of branch currents| at any node that no source holds, in ampere: Kirchhoff's current law,
    /// summed over the branches and not by the factorised matrix.
    double kirchhoff_residual(std::span<const double> potentials) const;

private:
    struct Factorised;
    std::unique_ptr<const Factorised> factorised_;
};

}  // namespace remask
