// With wires that have resistance: does every ADC see the current that the exact solver finds in the array as it is
// mapped, is the fast path the reference to the last bit, and are wires without resistance the same as none?
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <map>

#include "sim/base/random.h"
#include "sim/circuit/column_solver.h"
#include "sim/circuit/crosspoint_solver.h"
#include "tests/reference/crossbar/random_case.h"

namespace remask::test {
namespace {

Resistance ohms(double value) {
    return Resistance::from_si(value);
}

WireParameters random_wires(RandomStream& random, const CrossbarParameters& p) {
    WireParameters wires;
    const bool may_interleave = p.encoding == Encoding::differential && p.subtract == Subtract::analog;
    wires.interleaved = may_interleave && random.below(2) == 0;
    wires.row_placement = random.below(2) == 0 ? RowPlacement::far : RowPlacement::near;
    wires.on_resistance = ohms(1000.0 + 20000.0 * random.uniform());
    if (p.dac_bits == 1 && random.below(3) == 0) {
        wires.layout = WireLayout::source_line;
        wires.source_segment = ohms(5.0 * random.uniform());
        wires.source_driver = ohms(random.below(2) == 0 ? 0.0 : 50.0 * random.uniform());
        wires.input_density = 0.1 + 0.9 * random.uniform();
    } else {
        wires.row_segment = ohms(random.below(4) == 0 ? 0.0 : 5.0 * random.uniform());
        wires.row_driver = ohms(random.below(2) == 0 ? 0.0 : 50.0 * random.uniform());
    }
    wires.column_segment = ohms(random.below(4) == 0 ? 0.0 : 5.0 * random.uniform());
    wires.column_sense = ohms(random.below(2) == 0 ? 0.0 : 50.0 * random.uniform());
    return wires;
}

CrossbarLayer layer_of(const RandomCase& c, const DeviceParameters& device = {}) {
    return CrossbarLayer(c.parameters, c.rows, c.columns, c.weights, c.kernel_size, c.parameters.input_signed, {},
                         device, CellIdentity{5, 1, 2});
}

void expect_same_bits(const std::vector<double>& a, const std::vector<double>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] == 0.0 && b[i] == 0.0) continue;  // the page fixes values, not the sign of zero
        ASSERT_EQ(std::bit_cast<std::uint64_t>(a[i]), std::bit_cast<std::uint64_t>(b[i]))
            << "at " << i << ": " << a[i] << " against " << b[i];
    }
}

std::vector<double> product(const CrossbarLayer& layer, const RandomCase& c) {
    std::vector<double> outputs(static_cast<std::size_t>(c.columns * c.vectors), -1.0);
    layer.multiply(c.inputs, c.vectors, {c.mask, c.mask_per_row_group}, outputs);
    return outputs;
}

/// 16-bit digits times 8-bit cells with their fraction may need more than 31 bits.
bool fits(const RandomCase& c, int fraction_bits) {
    const CrossbarParameters& p = c.parameters;
    const double sum = p.dac_bits + p.cell_bits + fraction_bits + std::log2(p.rows) + 1;
    return sum < 31 && p.input_bits + p.weight_bits + sum + std::log2(c.rows) + 2 < 53;
}

TEST(WireLosses, FastEqualsReferenceOverRandomConfigurations) {
    int tried = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        RandomCase c = random_case(seed + 9000);
        RandomStream random(seed, "random wires");
        DeviceParameters device;
        device.conductance_fraction_bits = static_cast<int>(random.below(12));
        if (random.below(3) == 0) device.stuck_on = 0.1;
        if (!fits(c, device.conductance_fraction_bits)) continue;
        c.parameters.wires = random_wires(random, c.parameters);
        SCOPED_TRACE("case " + std::to_string(seed) + ": " + c.text());
        const CrossbarLayer layer = layer_of(c, device);
        std::vector<double> expected(static_cast<std::size_t>(c.columns * c.vectors));
        layer.multiply_reference(c.inputs, c.vectors, {c.mask, c.mask_per_row_group}, expected);
        expect_same_bits(expected, product(layer, c));
        ++tried;
        if (testing::Test::HasFailure()) return;
    }
    EXPECT_GT(tried, 200);
}

TEST(WireLosses, WiresWithoutResistanceAreNone) {
    int tried = 0;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        RandomCase c = random_case(seed + 700);
        SCOPED_TRACE("case " + std::to_string(seed) + ": " + c.text());
        const std::vector<double> without = product(layer_of(c), c);
        c.parameters.wires.emplace();
        c.parameters.wires->on_resistance = ohms(6000);
        c.parameters.wires->row_segment = ohms(0);
        expect_same_bits(product(layer_of(c), c), without);
        if (c.parameters.dac_bits == 1) {
            c.parameters.wires->layout = WireLayout::source_line;
            c.parameters.wires->row_segment.reset();
            c.parameters.wires->source_segment = ohms(0);
            c.parameters.wires->input_density = 0.25;
            expect_same_bits(product(layer_of(c), c), without);
            ++tried;
        }
    }
    EXPECT_GT(tried, 20);
}

/// The arrays of a small layer, cell by cell where docs/wires.md puts them, empty rows and columns included, solved
/// exactly. Currents in level units.
class MappedArrays {
public:
    explicit MappedArrays(const RandomCase& c)
        : case_(c), p_(c.parameters), wires_(*c.parameters.wires), g_(geometry_of(p_, c.rows, c.columns)) {
        const double levels = (1 << p_.cell_bits) - 1;
        const double gmax = 1.0 / wires_.on_resistance.si();
        const double gmin = p_.on_off_ratio > 0.0 ? gmax / p_.on_off_ratio : 0.0;
        level_siemens_ = (gmax - gmin) / levels;
        gmin_ = gmin;
    }

    /// What the conversion's ADC sees.
    double sum(const Conversion& at) {
        std::vector<double> digits(static_cast<std::size_t>(p_.rows), 0.0);  // of the physical rows
        const std::int64_t first = at.tile * g_.rows_per_tile + at.group * g_.active_rows;
        const std::int64_t end = at.tile * g_.rows_per_tile + g_.tile_rows(at.tile);
        for (std::int64_t k = first; k < std::min<std::int64_t>(first + g_.active_rows, end); ++k) {
            const auto bits =
                static_cast<std::uint32_t>(case_.inputs[static_cast<std::size_t>(k * case_.vectors + at.vector)]);
            digits[physical_row(k)] = (bits >> (p_.dac_bits * at.phase)) & ((1U << p_.dac_bits) - 1U);
        }
        const std::int64_t array = at.column / g_.logical_columns_per_array;
        const std::int64_t within = at.column % g_.logical_columns_per_array;
        const std::int64_t slice_column = within * g_.slices + at.slice;
        if (wires_.interleaved) return interleaved_current(at.tile, array, digits, slice_column);
        const auto current = [&](int side) {
            return plain_current(at.tile, array, digits, slice_column * g_.sides + side);
        };
        const bool analog = p_.encoding == Encoding::differential && p_.subtract == Subtract::analog;
        return analog ? current(0) - current(1) : current(at.side);
    }

private:
    std::size_t physical_row(std::int64_t k) const {
        const std::int64_t tile = k / g_.rows_per_tile;
        const std::int64_t unused = p_.rows - g_.tile_rows(tile);
        return static_cast<std::size_t>(k % g_.rows_per_tile +
                                        (wires_.row_placement == RowPlacement::near ? unused : 0));
    }

    /// Conductances [physical rows, physical columns] of one side's cells, or of both sides' columns in turn.
    std::vector<double> cells(std::int64_t tile, std::int64_t array, int only_side) const {
        std::vector<double> siemens(static_cast<std::size_t>(p_.rows * p_.columns), 0.0);
        const std::int64_t last_row = tile * g_.rows_per_tile + g_.tile_rows(tile);
        for (std::int64_t k = tile * g_.rows_per_tile; k < last_row; ++k) {
            for (std::int64_t n = 0; n < g_.columns; ++n) {
                if (n / g_.logical_columns_per_array != array) continue;
                for (int slice = 0; slice < g_.slices; ++slice) {
                    for (int side = 0; side < g_.sides; ++side) {
                        if (only_side >= 0 && side != only_side) continue;
                        const std::int64_t slice_column = n % g_.logical_columns_per_array * g_.slices + slice;
                        const std::int64_t column = only_side >= 0 ? slice_column : slice_column * g_.sides + side;
                        siemens[physical_row(k) * static_cast<std::size_t>(p_.columns) +
                                static_cast<std::size_t>(column)] = cell_siemens(k, n, side, slice);
                    }
                }
            }
        }
        return siemens;
    }

    double cell_siemens(std::int64_t k, std::int64_t n, int side, int slice) const {
        const std::int32_t w = case_.weights[static_cast<std::size_t>(k * g_.columns + n)];
        std::int32_t magnitude = side == 0 ? std::max(w, 0) : std::max(-w, 0);
        if (p_.encoding == Encoding::offset) magnitude = w + (1 << (p_.weight_bits - 1));
        return gmin_ + level_siemens_ * ((magnitude >> (p_.cell_bits * slice)) & ((1 << p_.cell_bits) - 1));
    }

    std::vector<double> column_segments(int lines_per_row) const {
        std::vector<double> segments;
        for (int r = 0; r < p_.rows; ++r) {
            for (int line = 1; line < lines_per_row; ++line) segments.push_back(0.0);
            segments.push_back(wires_.column_segment.si());
        }
        segments.back() += wires_.column_sense.si();
        return segments;
    }

    CrosspointWires crosspoint(int lines_per_row) const {
        CrosspointWires wires;
        wires.row_segments.assign(static_cast<std::size_t>(p_.columns), wires_.row_segment->si());
        wires.row_segments.front() += wires_.row_driver.si();
        wires.column_segments = column_segments(lines_per_row);
        return wires;
    }

    SourceLineWires source_line() const {
        SourceLineWires wires;
        wires.source_segments.assign(static_cast<std::size_t>(p_.rows), wires_.source_segment->si());
        wires.source_segments.front() += wires_.source_driver.si();
        wires.column_segments = column_segments(1);
        return wires;
    }

    /// One column of `siemens`, parted where no digit joins the cell to the source.
    std::vector<double> joined(const std::vector<double>& siemens, const std::vector<double>& digits,
                               std::int64_t column) const {
        std::vector<double> result;
        for (std::size_t r = 0; r < digits.size(); ++r) {
            result.push_back(digits[r] *
                             siemens[r * static_cast<std::size_t>(p_.columns) + static_cast<std::size_t>(column)]);
        }
        return result;
    }

    double plain_current(std::int64_t tile, std::int64_t array, const std::vector<double>& digits,
                         std::int64_t column) {
        if (wires_.layout == WireLayout::source_line) {
            return solve_column(source_line(), joined(cells(tile, array, -1), digits, column)).amperes / level_siemens_;
        }
        auto& solver = solvers_[{tile, array}];
        if (!solver) solver = std::make_unique<CrosspointSolver>(crosspoint(1), cells(tile, array, -1));
        return solver->solve(digits).amperes[static_cast<std::size_t>(column)] / level_siemens_;
    }

    double interleaved_current(std::int64_t tile, std::int64_t array, const std::vector<double>& digits,
                               std::int64_t column) {
        const std::vector<double> positive = cells(tile, array, 0);
        const std::vector<double> negative = cells(tile, array, 1);
        if (wires_.layout == WireLayout::source_line) {
            return solve_column(source_line(), joined(positive, digits, column), joined(negative, digits, column))
                       .amperes /
                   level_siemens_;
        }
        std::vector<double> both;
        std::vector<double> volts;
        for (std::ptrdiff_t r = 0; r < p_.rows; ++r) {
            both.insert(both.end(), positive.begin() + r * p_.columns, positive.begin() + (r + 1) * p_.columns);
            both.insert(both.end(), negative.begin() + r * p_.columns, negative.begin() + (r + 1) * p_.columns);
            volts.push_back(digits[static_cast<std::size_t>(r)]);
            volts.push_back(-digits[static_cast<std::size_t>(r)]);
        }
        auto& solver = solvers_[{tile, array}];
        if (!solver) solver = std::make_unique<CrosspointSolver>(crosspoint(2), both);
        return solver->solve(volts).amperes[static_cast<std::size_t>(column)] / level_siemens_;
    }

    const RandomCase& case_;
    const CrossbarParameters& p_;
    const WireParameters& wires_;
    CrossbarGeometry g_;
    double level_siemens_;
    double gmin_;
    std::map<std::pair<std::int64_t, std::int64_t>, std::unique_ptr<CrosspointSolver>> solvers_;
};

/// A layer on a few small arrays.
RandomCase small_case(RandomStream& random) {
    RandomCase c;
    CrossbarParameters& p = c.parameters;
    p.weight_bits = 4;
    p.input_bits = 2;
    p.cell_bits = 2;
    p.dac_bits = random.below(2) == 0 ? 1 : 2;
    p.rows = static_cast<int>(3 + random.below(6));
    p.columns = static_cast<int>(4 + random.below(9));
    p.active_rows = random.below(2) == 0 ? 0 : static_cast<int>(1 + random.below(static_cast<std::uint64_t>(p.rows)));
    p.encoding = random.below(3) == 0 ? Encoding::offset : Encoding::differential;
    if (p.encoding == Encoding::differential && random.below(2) == 0) p.subtract = Subtract::analog;
    if (random.below(2) == 0) p.on_off_ratio = 5.0 + 20.0 * random.uniform();
    c.rows = static_cast<std::int64_t>(2 + random.below(14));
    c.columns = static_cast<std::int64_t>(1 + random.below(5));
    c.vectors = 2;
    for (std::int64_t i = 0; i < c.rows * c.columns; ++i) {
        c.weights.push_back(static_cast<std::int32_t>(random.below(15)) - 7);
    }
    for (std::int64_t i = 0; i < c.rows * c.vectors; ++i)
        c.inputs.push_back(static_cast<std::int32_t>(random.below(4)));
    return c;
}

/// The largest deviation of what ADCs see from the exact currents; `conversions` counts them.
double largest_deviation(const RandomCase& c, int fraction_bits, int& conversions) {
    DeviceParameters device;
    device.conductance_fraction_bits = fraction_bits;
    const CrossbarLayer layer = layer_of(c, device);
    MappedArrays exact(c);
    double largest = 0.0;
    std::vector<double> outputs(static_cast<std::size_t>(c.columns * c.vectors));
    layer.multiply_reference(c.inputs, c.vectors, {}, outputs, [&](const Conversion& at) {
        largest = std::max(largest, std::abs(at.sum - exact.sum(at)));
        ++conversions;
    });
    return largest;
}

TEST(WireLosses, EveryAdcSeesTheExactCurrentWithInputLines) {
    int conversions = 0;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        RandomStream random(seed, "mapped arrays");
        RandomCase c = small_case(random);
        do {
            c.parameters.wires = random_wires(random, c.parameters);
        } while (c.parameters.wires->layout != WireLayout::input_line);
        // Each of at most 8 driven cells, twice with analog subtraction, is rounded to 2^−16 level units; digits are
        // ≤ 3.
        const double rounding = 8 * 2 * 3 * std::ldexp(0.5, -16);
        EXPECT_LE(largest_deviation(c, 16, conversions), rounding) << "case " << seed;
    }
    EXPECT_GT(conversions, 3000);
}

TEST(WireLosses, SourceLinesAreExactWhereAllRowsOfAGroupAreDriven) {
    int conversions = 0;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        RandomStream random(seed, "source lines");
        RandomCase c = small_case(random);
        c.parameters.dac_bits = 1;
        for (std::int32_t& x : c.inputs) x = 3;
        do {
            c.parameters.wires = random_wires(random, c.parameters);
        } while (c.parameters.wires->layout != WireLayout::source_line);
        c.parameters.wires->input_density = 1.0;
        const double rounding = 8 * 2 * std::ldexp(0.5, -16);
        EXPECT_LE(largest_deviation(c, 16, conversions), rounding) << "case " << seed;
    }
    EXPECT_GT(conversions, 3000);
}

TEST(WireLosses, SourceLinesAreCloseWhereTheDensityIsThatOfTheInputs) {
    // 32 rows, 6 kΩ, 1 Ω: the columns lose some 5 %; the model of half the rows must explain most of it.
    RandomStream random(3, "source density");
    RandomCase c;
    CrossbarParameters& p = c.parameters;
    p.weight_bits = 3;
    p.input_bits = 1;
    p.cell_bits = 2;
    p.dac_bits = 1;
    p.rows = 32;
    p.columns = 8;
    c.rows = 32;
    c.columns = 4;
    c.vectors = 40;
    for (int i = 0; i < 32 * 4; ++i) c.weights.push_back(static_cast<std::int32_t>(random.below(7)) - 3);
    for (int i = 0; i < 32 * 40; ++i) c.inputs.push_back(static_cast<std::int32_t>(random.below(2)));
    p.wires.emplace();
    p.wires->layout = WireLayout::source_line;
    p.wires->on_resistance = ohms(6000);
    p.wires->source_segment = p.wires->column_segment = ohms(1);
    p.wires->input_density = 0.5;
    const CrossbarLayer layer = layer_of(c);
    RandomCase ideal = c;
    ideal.parameters.wires.reset();
    std::vector<double> sums;
    std::vector<double> outputs(4 * 40);
    layer_of(ideal).multiply_reference(c.inputs, c.vectors, {}, outputs,
                                       [&](const Conversion& at) { sums.push_back(at.sum); });
    MappedArrays exact(c);
    double loss = 0.0;
    double error = 0.0;
    std::size_t i = 0;
    layer.multiply_reference(c.inputs, c.vectors, {}, outputs, [&](const Conversion& at) {
        const double truth = exact.sum(at);
        loss += std::abs(sums[i++] - truth);
        error += std::abs(at.sum - truth);
    });
    EXPECT_GT(loss, 0.0);
    EXPECT_LT(error, loss / 4);
}

TEST(WireLosses, MoreResistanceGivesSmallerOutputs) {
    RandomStream random(8, "monotone outputs");
    RandomCase c;
    CrossbarParameters& p = c.parameters;
    p.weight_bits = 8;
    p.input_bits = 4;
    p.cell_bits = 2;
    p.dac_bits = 1;
    p.rows = p.columns = 64;
    c.rows = 100;
    c.columns = 12;
    c.vectors = 1;
    for (int i = 0; i < 100 * 12; ++i) c.weights.push_back(static_cast<std::int32_t>(random.below(128)));
    c.inputs.assign(100, 15);
    double before = INFINITY;
    for (const double segment : {0.0, 0.1, 0.5, 1.0, 3.0, 10.0}) {
        p.wires.emplace();
        p.wires->on_resistance = ohms(6000);
        p.wires->row_segment = p.wires->column_segment = ohms(segment);
        double sum = 0.0;
        for (const double y : product(layer_of(c), c)) sum += y;
        EXPECT_LT(sum, before) << segment;
        before = sum;
    }
}

}  // namespace
}  // namespace remask::test
