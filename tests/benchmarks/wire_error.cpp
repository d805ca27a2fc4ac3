// How far the currents that the fast model gives are from the exact ones, conversion by conversion: the table of
// docs/wires.md. One 128 × 128 array, 8-bit weights in 2-bit differential cells, 8-bit inputs through 1-bit DACs.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "sim/base/random.h"
#include "sim/circuit/column_solver.h"
#include "sim/circuit/crosspoint_solver.h"
#include "sim/crossbar/crossbar_engine.h"

namespace {

using namespace remask;

constexpr int size = 128;
constexpr int slices = 4;
constexpr int logical = size / (2 * slices);
constexpr int vectors = 24;

struct Work {
    std::vector<std::int32_t> weights, inputs;
    double density = 0.0;  ///< of ones among the inputs' bits
};

/// Weights and inputs as in a network after training: Gaussian weights, half the inputs 0, small ones more frequent.
Work make_work() {
    RandomStream random(1, "wire error");
    Work work;
    for (int i = 0; i < size * logical; ++i) {
        work.weights.push_back(
            static_cast<std::int32_t>(std::lround(std::clamp(random.normal() / 3.0, -1.0, 1.0) * 127.0)));
    }
    for (int i = 0; i < size * vectors; ++i) {
        work.inputs.push_back(std::min(255, std::max(0, static_cast<int>(random.normal() * 60.0))));
        for (int bit = 0; bit < 8; ++bit) work.density += work.inputs.back() >> bit & 1;
    }
    work.density /= 8.0 * size * vectors;
    return work;
}

CrossbarParameters design(const WireParameters& wires) {
    CrossbarParameters p;
    p.weight_bits = p.input_bits = 8;
    p.rows = p.columns = size;
    p.cell_bits = 2;
    p.dac_bits = 1;
    p.wires = wires;
    return p;
}

/// The exact current of every conversion in level units.
class Exact {
public:
    Exact(const Work& work, const WireParameters& wires) : work_(work), wires_(wires) {
        level_siemens_ = 1.0 / 3.0 / wires.on_resistance.si();
        for (int k = 0; k < size; ++k) {
            for (int c = 0; c < size; ++c) {
                const int w = work.weights[static_cast<std::size_t>(k * logical + c / (2 * slices))];
                const int magnitude = c % 2 == 0 ? std::max(w, 0) : std::max(-w, 0);
                siemens_.push_back(level_siemens_ * (magnitude >> (2 * (c / 2 % slices)) & 3));
            }
        }
    }

    double sum(const Conversion& at) {
        const int column = static_cast<int>(at.column) * 2 * slices + at.slice * 2 + at.side;
        std::vector<double> digits;
        for (int k = 0; k < size; ++k) {
            digits.push_back(work_.inputs[static_cast<std::size_t>(k * vectors + at.vector)] >> at.phase & 1);
        }
        if (wires_.layout == WireLayout::source_line) {
            std::vector<double> joined;
            for (int k = 0; k < size; ++k) {
                joined.push_back(digits[static_cast<std::size_t>(k)] *
                                 siemens_[static_cast<std::size_t>(k * size + column)]);
            }
            const SourceLineWires lines{std::vector<double>(size, wires_.source_segment->si()),
                                        std::vector<double>(size, wires_.column_segment.si())};
            return solve_column(lines, joined).amperes / level_siemens_;
        }
        auto& known = currents_[static_cast<std::size_t>(at.vector * 8 + at.phase)];
        if (known.empty()) known = solver().solve(digits).amperes;
        return known[static_cast<std::size_t>(column)] / level_siemens_;
    }

private:
    const CrosspointSolver& solver() {
        if (!solver_) {
            solver_ = std::make_unique<CrosspointSolver>(
                uniform_wires(size, size, wires_.row_segment->si(), wires_.column_segment.si()), siemens_);
        }
        return *solver_;
    }

    const Work& work_;
    const WireParameters& wires_;
    double level_siemens_ = 0.0;
    std::vector<double> siemens_;
    std::unique_ptr<CrosspointSolver> solver_;
    std::vector<std::vector<double>> currents_{8 * vectors};
};

std::vector<double> sums(const Work& work, const CrossbarParameters& parameters) {
    const CrossbarLayer layer(parameters, size, logical, work.weights, 1, false);
    std::vector<double> seen;
    std::vector<double> outputs(logical * vectors);
    layer.multiply_reference(work.inputs, vectors, {}, outputs, [&](const Conversion& at) { seen.push_back(at.sum); });
    return seen;
}

void print_row(const char* name, const std::vector<double>& values, const std::vector<double>& exact) {
    std::vector<double> absolute;
    double sum = 0.0;
    double squares = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double error = values[i] - exact[i];
        sum += error;
        squares += error * error;
        absolute.push_back(std::abs(error));
    }
    std::sort(absolute.begin(), absolute.end());
    const auto n = static_cast<double>(values.size());
    const auto quantile = [&](double share) { return absolute[static_cast<std::size_t>(share * (n - 1))]; };
    std::printf("| %s | %+.4f | %.4f | %.4f | %.4f | %.4f |\n", name, sum / n, std::sqrt(squares / n), quantile(0.5),
                quantile(0.99), absolute.back());
}

void compare(const Work& work, WireParameters wires) {
    Exact solver(work, wires);
    CrossbarParameters none = design(wires);
    none.wires.reset();
    std::vector<double> exact;
    std::vector<double> outputs(logical * vectors);
    CrossbarLayer(none, size, logical, work.weights, 1, false)
        .multiply_reference(work.inputs, vectors, {}, outputs,
                            [&](const Conversion& at) { exact.push_back(solver.sum(at)); });
    double mean = 0.0;
    for (const double sum : exact) mean += sum / static_cast<double>(exact.size());
    const double segment = wires.supply_segment().si();
    std::printf("\n%s, %g ohm a segment, cells of %g ohm; mean sum %.2f\n\n",
                std::string(word_of(wires.layout)).c_str(), segment, wires.on_resistance.si(), mean);
    std::printf("| sums in level units | mean error | RMS | median | 99 %% | largest |\n|---|---|---|---|---|---|\n");
    print_row("no wires", sums(work, none), exact);
    if (wires.layout == WireLayout::input_line) {
        print_row("fast model", sums(work, design(wires)), exact);
        return;
    }
    for (const double factor : {0.5, 1.0, 2.0}) {
        wires.input_density = factor * work.density;
        char name[64];
        std::snprintf(name, sizeof name, "fast model, input_density %.3f", wires.input_density);
        print_row(name, sums(work, design(wires)), exact);
    }
}

}  // namespace

int main() {
    const Work work = make_work();
    std::printf("%d conversions; a bit of an input is 1 with probability %.3f\n", vectors * 8 * size, work.density);
    for (const auto& [ohms, on] : {std::pair{1.0, 6e3}, std::pair{2.82, 6e3}, std::pair{2.82, 1e5}}) {
        WireParameters wires;
        wires.on_resistance = Resistance::from_si(on);
        wires.column_segment = Resistance::from_si(ohms);
        wires.row_segment = wires.column_segment;
        compare(work, wires);
        wires.layout = WireLayout::source_line;
        wires.row_segment.reset();
        wires.source_segment = wires.column_segment;
        compare(work, wires);
    }
    return 0;
}
