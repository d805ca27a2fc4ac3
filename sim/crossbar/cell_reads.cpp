#include "sim/crossbar/cell_reads.h"

#include <algorithm>
#include <cmath>

#include "sim/base/diagnostics.h"
#include "sim/crossbar/programmed_layer.h"

namespace remask {

DigitCounts& DigitCounts::operator+=(const DigitCounts& other) {
    counts.resize(std::max(counts.size(), other.counts.size()));
    for (std::size_t i = 0; i < other.counts.size(); ++i) counts[i] += other.counts[i];
    vectors += other.vectors;
    return *this;
}

CellReads& CellReads::operator+=(const CellReads& other) {
    squares += other.squares;
    level_squares += other.level_squares;
    return *this;
}

namespace detail {

namespace {

/// Σ over digits of how often × v², at row k of the array that holds column n.
double squares_of(const ProgrammedLayer& layer, const DigitCounts& digits, std::int64_t k, std::int64_t n) {
    const int dac_bits = layer.parameters.dac_bits;
    const double top = (1 << dac_bits) - 1;
    double sum = 0.0;
    for (int digit = 1; digit < 1 << dac_bits; ++digit) {
        const auto count = static_cast<double>(digits.counts[static_cast<std::size_t>((k << dac_bits) + digit)]);
        if (count == 0.0) continue;
        const double level =
            layer.drive.empty() ? digit : std::ldexp(layer.drive_level(k, n, digit), -layer.drive_bits);
        sum += count * (level / top) * (level / top);
    }
    return sum;
}

}  // namespace

DigitCounts count_digits(const ProgrammedLayer& layer, const IntegerRows& inputs) {
    const int dac_bits = layer.parameters.dac_bits;
    const std::int32_t mask = (1 << dac_bits) - 1;
    const CrossbarGeometry& g = layer.geometry;
    if (inputs.rows() != g.rows) throw InternalError("crossbar inputs are not rows × vectors");
    DigitCounts digits;
    digits.vectors = inputs.vectors();
    digits.counts.resize(static_cast<std::size_t>(g.rows << dac_bits));
    std::vector<std::int32_t> row(static_cast<std::size_t>(inputs.vectors()));
    for (std::int64_t k = 0; k < g.rows; ++k) {
        inputs.read(k, row);
        std::int64_t* of_row = digits.counts.data() + (k << dac_bits);
        for (int phase = 0; phase < g.phases; ++phase) {
            for (const std::int32_t x : row) ++of_row[(x >> (dac_bits * phase)) & mask];
        }
        of_row[0] = 0;
    }
    return digits;
}

CellReads cell_reads(const ProgrammedLayer& layer, const DigitCounts& digits, const PeripheryMask& mask,
                     bool gated_are_not_read) {
    const CrossbarGeometry& g = layer.geometry;
    const int levels = (1 << layer.parameters.cell_bits) - 1;
    const double unit = std::ldexp(layer.sum_unit, layer.drive_bits);
    const double erased = layer.fixed_point ? layer.periphery_floor : 0.0;  // what the conductances hold of it
    CellReads reads;
    for (std::int64_t k = 0; k < g.rows; ++k) {
        const std::int64_t factor_row = mask.per_row_group ? g.row_group(k) : k / g.rows_per_tile;
        for (std::int64_t first = 0; first < g.columns; first += g.logical_columns_per_array) {
            std::int64_t cells = 0, sum = 0;
            for (std::int64_t n = first; n < std::min<std::int64_t>(first + g.logical_columns_per_array, g.columns);
                 ++n) {
                const bool gated = gated_are_not_read && !mask.factors.empty() &&
                                   mask.factors[static_cast<std::size_t>(factor_row * g.columns + n)] == 0.0;
                if (gated) continue;
                for (int part = 0; part < g.sides * g.slices; ++part) {
                    sum += layer.cell_conductance(k, n, part / g.slices, part % g.slices);
                    ++cells;
                }
            }
            const double squares = squares_of(layer, digits, k, first);
            const auto of_cells = static_cast<double>(cells);
            reads.squares += of_cells * squares;
            reads.level_squares += (static_cast<double>(sum) * unit - of_cells * erased) / levels * squares;
        }
    }
    return reads;
}

}  // namespace detail

}  // namespace remask
