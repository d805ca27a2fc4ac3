// What the wires leave of each cell's conductance (docs/wires.md): every array is laid out as the matrix is mapped,
// solved, and its effective conductances take the place of the cells'.
#include <algorithm>
#include <cmath>

#include "sim/base/diagnostics.h"
#include "sim/circuit/column_solver.h"
#include "sim/circuit/reduction_cache.h"
#include "sim/crossbar/programmed_layer.h"
#include "sim/hardware/config_fault.h"

namespace remask::detail {

namespace {

/// Shared by all layers: a task at the periphery leaves the backbone's arrays as they are. ResNet-20 needs 42 MB.
ReductionCache& known_arrays() {
    static ReductionCache cache(std::size_t{64} << 20);
    return cache;
}

struct Cell {
    std::int64_t k, n;
    int side, slice;
};

/// The part of the matrix that one array holds.
struct ArrayPart {
    std::int64_t first_row, rows;
    std::int64_t first_column, columns;  ///< logical
};

class WireLosses {
public:
    WireLosses(const ProgrammedLayer& layer, int fraction_bits)
        : layer_(layer), p_(layer.parameters), g_(layer.geometry), wires_(*layer.parameters.wires) {
        const double levels = (1 << p_.cell_bits) - 1;
        const double range = p_.on_off_ratio > 0.0 ? 1.0 - 1.0 / p_.on_off_ratio : 1.0;
        floor_ = p_.on_off_ratio > 0.0 ? levels / (p_.on_off_ratio - 1.0) : 0.0;
        level_siemens_ = range / levels / wires_.on_resistance.si();
        unit_siemens_ = std::ldexp(level_siemens_, -fraction_bits);
        effective_.resize(static_cast<std::size_t>(g_.sides * g_.slices * g_.rows * g_.columns));
    }

    std::vector<std::int32_t> run() {
        for (std::int64_t t = 0; t < g_.row_tiles; ++t) {
            for (std::int64_t n = 0; n < g_.columns; n += g_.logical_columns_per_array) {
                check_interrupt();
                const ArrayPart part{t * g_.rows_per_tile, g_.tile_rows(t), n,
                                     std::min<std::int64_t>(g_.logical_columns_per_array, g_.columns - n)};
                if (wires_.layout == WireLayout::input_line) {
                    reduce_array(part);
                } else {
                    solve_columns(part);
                }
            }
        }
        return std::move(effective_);
    }

private:
    double siemens(const Cell& cell) const {
        const double g = layer_.cell_conductance(cell.k, cell.n, cell.side, cell.slice);
        return (layer_.fixed_point ? g * layer_.sum_unit : g + floor_) * level_siemens_;
    }

    void store(const Cell& cell, double siemens) {
        const std::int64_t matrix = cell.side * g_.slices + cell.slice;
        const double units = std::rint(siemens / unit_siemens_);
        if (!(units < 0x1.0p31)) {
            refuse_config("device.conductance_fraction_bits", "a conductance behind the wires of " +
                                                                  std::to_string(siemens / level_siemens_) +
                                                                  " level units does not fit 31 bits: use fewer");
        }
        effective_[static_cast<std::size_t>((matrix * g_.rows + cell.k) * g_.columns + cell.n)] =
            static_cast<std::int32_t>(units);
    }

    int lines_per_row() const { return wires_.interleaved ? 2 : 1; }
    int lines_per_column() const { return g_.slices * (wires_.interleaved ? 1 : g_.sides); }

    /// Which cell lies at row line `row` and column line `column` of an array: the sides of a slice are neighbours.
    Cell cell_at(const ArrayPart& part, std::int64_t row, std::int64_t column) const {
        if (wires_.interleaved) {
            return {part.first_row + row / 2, part.first_column + column / g_.slices, static_cast<int>(row % 2),
                    static_cast<int>(column % g_.slices)};
        }
        const std::int64_t of_weight = column % (g_.slices * g_.sides);
        return {part.first_row + row, part.first_column + column / (g_.slices * g_.sides),
                static_cast<int>(of_weight % g_.sides), static_cast<int>(of_weight / g_.sides)};
    }

    /// Segments of a column line behind each of `rows` rows, and the rest of the way to the sensed end.
    std::vector<double> column_segments(std::int64_t rows) const {
        std::vector<double> ohms(static_cast<std::size_t>(rows), wires_.column_segment.si());
        const auto beyond = static_cast<double>(wires_.row_placement == RowPlacement::far ? p_.rows - rows : 0);
        ohms.back() += beyond * wires_.column_segment.si() + wires_.column_sense.si();
        return ohms;
    }

    void reduce_array(const ArrayPart& part) {
        const std::int64_t columns = part.columns * lines_per_column();
        CrosspointWires wires;
        wires.row_segments.assign(static_cast<std::size_t>(columns), wires_.supply_segment().si());
        wires.row_segments.front() += wires_.supply_driver().si();
        for (const double ohms : column_segments(part.rows)) {
            if (wires_.interleaved) wires.column_segments.push_back(0.0);  // between the two lines of a row
            wires.column_segments.push_back(ohms);
        }
        std::vector<double> cells;
        cells.reserve(static_cast<std::size_t>(wires.rows() * columns));
        for (std::int64_t r = 0; r < wires.rows(); ++r) {
            for (std::int64_t c = 0; c < columns; ++c) cells.push_back(siemens(cell_at(part, r, c)));
        }
        const std::shared_ptr<const std::vector<double>> effective = known_arrays().reduce(wires, cells);
        for (std::int64_t r = 0; r < wires.rows(); ++r) {
            for (std::int64_t c = 0; c < columns; ++c) {
                store(cell_at(part, r, c), (*effective)[static_cast<std::size_t>(r * columns + c)]);
            }
        }
    }

    /// Each row group by itself: the cells of the others are parted while it is driven.
    void solve_columns(const ArrayPart& part) {
        SourceLineWires wires;
        wires.column_segments = column_segments(part.rows);
        wires.source_segments.assign(static_cast<std::size_t>(part.rows), wires_.supply_segment().si());
        const auto before = static_cast<double>(wires_.row_placement == RowPlacement::near ? p_.rows - part.rows : 0);
        wires.source_segments.front() += before * wires_.supply_segment().si() + wires_.supply_driver().si();
        for (std::int64_t first = 0; first < part.rows; first += g_.active_rows) {
            const std::int64_t last = std::min<std::int64_t>(first + g_.active_rows, part.rows);
            for (std::int64_t c = 0; c < part.columns * lines_per_column(); ++c) {
                solve_group(part, wires, c, first, last);
            }
        }
    }

    /// The cells in rows [first, last) of one column, each joined to its source for `input_density` of the time.
    void solve_group(const ArrayPart& part, const SourceLineWires& wires, std::int64_t column, std::int64_t first,
                     std::int64_t last) {
        std::vector<double> joined[2];
        for (int line = 0; line < lines_per_row(); ++line) {
            joined[line].assign(static_cast<std::size_t>(part.rows), 0.0);
            for (std::int64_t r = first; r < last; ++r) {
                const Cell cell = cell_at(part, r * lines_per_row() + line, column);
                joined[line][static_cast<std::size_t>(r)] = wires_.input_density * siemens(cell);
            }
        }
        const ColumnState state = solve_column(wires, joined[0], joined[1]);
        for (int line = 0; line < lines_per_row(); ++line) {
            const std::vector<double>& drop = line == 0 ? state.positive_drop : state.negative_drop;
            for (std::int64_t r = first; r < last; ++r) {
                const Cell cell = cell_at(part, r * lines_per_row() + line, column);
                store(cell, siemens(cell) * std::abs(drop[static_cast<std::size_t>(r)]));
            }
        }
    }

    const ProgrammedLayer& layer_;
    const CrossbarParameters& p_;
    const CrossbarGeometry& g_;
    const WireParameters& wires_;
    double floor_ = 0.0;          ///< of a cell without effects of the device, in level units
    double level_siemens_ = 0.0;  ///< one level unit
    double unit_siemens_ = 0.0;   ///< 2^−F level units
    std::vector<std::int32_t> effective_;
};

}  // namespace

void apply_wires(ProgrammedLayer& layer, int fraction_bits) {
    if (!layer.parameters.wires || layer.parameters.wires->ideal()) return;
    layer.conductance = WireLosses(layer, fraction_bits).run();
    layer.fixed_point = true;
    layer.fraction_bits = fraction_bits;
    layer.sum_unit = std::ldexp(1.0, -fraction_bits);
}

}  // namespace remask::detail
