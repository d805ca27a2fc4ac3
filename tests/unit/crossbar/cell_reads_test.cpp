// Reads of cells, ΣG·V², against a loop over every cell, phase and vector.
#include "sim/crossbar/cell_reads.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "sim/base/random.h"
#include "sim/crossbar/crossbar_engine.h"
#include "sim/device/dac_levels.h"

namespace remask {
namespace {

constexpr std::int64_t rows = 45, columns = 7, vectors = 9;  // row tiles of 32 and 13
constexpr CellIdentity chip{4, 2, 0};

struct Case {
    CrossbarParameters parameters;
    DeviceParameters device;
    std::vector<double> factors;  ///< empty: no mask
    bool per_row_group = false;
    bool gated_are_not_read = false;
};

CrossbarParameters design(Encoding encoding, int dac_bits) {
    CrossbarParameters p;
    p.weight_bits = 6;
    p.input_bits = 6;
    p.rows = 32;
    p.columns = 16;
    p.cell_bits = 2;
    p.dac_bits = dac_bits;
    p.encoding = encoding;
    return p;
}

std::vector<std::int32_t> draw(const char* purpose, std::int64_t count, std::int32_t least, std::uint64_t range) {
    RandomStream random(11, purpose);
    std::vector<std::int32_t> values;
    for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<std::int32_t>(random.below(range)) + least);
    return values;
}

CrossbarLayer layer_of(const Case& made) {
    const auto weights = draw("weights", rows * columns, -31, 63);
    return {made.parameters, rows, columns, weights, 1, made.parameters.input_signed, {}, made.device, chip};
}

std::vector<std::int32_t> inputs_of(const Case& made) {
    return draw("inputs", rows * vectors, made.parameters.input_signed ? -32 : 0, 64);
}

/// Voltage of a row relative to a full digit's.
double voltage(const Case& made, const CrossbarGeometry& g, std::int64_t k, std::int64_t n, int digit) {
    const double top = (1 << made.parameters.dac_bits) - 1;
    if (!made.device.dac_errors) return digit / top;
    const DacPlace place{k / 32, n / g.logical_columns_per_array, k % 32};
    const auto levels = dac_levels(*made.device.dac_errors, chip, place, made.parameters.dac_bits);
    return levels[static_cast<std::size_t>(digit)] * std::pow(2.0, -made.device.dac_errors->fraction_bits) / top;
}

CellReads loop_over_cells(const Case& made, const CrossbarLayer& layer, const std::vector<std::int32_t>& inputs) {
    const CrossbarGeometry& g = layer.geometry();
    const std::vector<double> conductance = layer.conductances();
    const CrossbarParameters& p = made.parameters;
    const double erased = p.on_off_ratio > 0.0 ? 3.0 / (p.on_off_ratio - 1.0) : 0.0;
    CellReads sums;
    for (std::int64_t v = 0; v < vectors; ++v) {
        for (int phase = 0; phase < (6 + p.dac_bits - 1) / p.dac_bits; ++phase) {
            for (std::int64_t k = 0; k < rows; ++k) {
                const std::int32_t x = inputs[static_cast<std::size_t>(k * vectors + v)];
                const int digit = (x >> (p.dac_bits * phase)) & ((1 << p.dac_bits) - 1);
                for (std::int64_t n = 0; n < columns; ++n) {
                    const double volt = voltage(made, g, k, n, digit);
                    const std::int64_t factor_row = made.per_row_group ? g.row_group(k) : k / 32;
                    const auto factor = static_cast<std::size_t>(factor_row * columns + n);
                    if (made.gated_are_not_read && !made.factors.empty() && made.factors[factor] == 0.0) continue;
                    for (int part = 0; part < g.sides * g.slices; ++part) {
                        const auto cell = static_cast<std::size_t>((part * rows + k) * columns + n);
                        sums.squares += volt * volt;
                        sums.level_squares += (conductance[cell] - erased) / 3.0 * volt * volt;
                    }
                }
            }
        }
    }
    return sums;
}

void expect_loop(const Case& made) {
    const CrossbarLayer layer = layer_of(made);
    const auto inputs = inputs_of(made);
    const CellReads expected = loop_over_cells(made, layer, inputs);
    const CellReads reads = layer.cell_reads(layer.count_digits(StoredRows(inputs, vectors)),
                                             {made.factors, made.per_row_group}, made.gated_are_not_read);
    EXPECT_GT(expected.level_squares, 0.0);
    EXPECT_NEAR(reads.squares, expected.squares, 1e-12 * expected.squares);
    EXPECT_NEAR(reads.level_squares, expected.level_squares, 1e-11 * expected.squares);
}

TEST(CellReads, AreWhatALoopOverTheCellsGives) {
    for (const Encoding encoding : {Encoding::differential, Encoding::offset}) {
        for (const int dac_bits : {1, 2, 3}) {
            SCOPED_TRACE(dac_bits);
            expect_loop({design(encoding, dac_bits), {}, {}});
        }
    }
    Case made{design(Encoding::differential, 1), {}, {}};
    made.parameters.input_signed = true;
    expect_loop(made);
    made.parameters.column_flip = true;  // what is stored is read
    expect_loop(made);
}

TEST(CellReads, HoldEveryEffectOfTheCells) {
    Case made{design(Encoding::differential, 2), {}, {}};
    made.parameters.on_off_ratio = 20.0;
    expect_loop(made);  // the floor of ideal cells is no effect of the device
    made.device.programming_error = ProgrammingError{ErrorModel::constant, 0.1};
    made.device.stuck_on = 0.05;
    expect_loop(made);
    made.device.dac_errors.emplace();
    made.device.dac_errors->gain = 0.1;
    made.device.dac_errors->inl_bow = 0.2;
    expect_loop(made);
    made.parameters.dac_bits = 1;
    expect_loop(made);
}

TEST(CellReads, WiresLowerThem) {
    Case made{design(Encoding::differential, 1), {}, {}};
    made.parameters.on_off_ratio = 20.0;
    const auto inputs = inputs_of(made);
    const auto sum = [&] {
        const CrossbarLayer layer = layer_of(made);
        return layer.cell_reads(layer.count_digits(StoredRows(inputs, vectors)), {}, false).level_squares;
    };
    const double ideal = sum();
    made.parameters.wires.emplace();
    made.parameters.wires->on_resistance = Resistance::from_si(6e3);
    made.parameters.wires->row_segment = Resistance::from_si(5.0);
    made.parameters.wires->column_segment = Resistance::from_si(5.0);
    expect_loop(made);
    EXPECT_LT(sum(), ideal);
}

TEST(CellReads, LeaveGatedColumnsOut) {
    Case made{design(Encoding::differential, 1), {}, {}};
    for (std::int64_t i = 0; i < 2 * columns; ++i) made.factors.push_back(i % 3 == 0 ? 0.0 : 1.0);
    expect_loop(made);
    made.gated_are_not_read = true;
    expect_loop(made);
    made.parameters.active_rows = 8;  // groups of 8 rows: 4 in the first tile, 2 in the second
    made.per_row_group = true;
    made.factors.clear();
    for (std::int64_t i = 0; i < 6 * columns; ++i) made.factors.push_back(i % 5 == 0 ? 0.0 : 2.0);
    expect_loop(made);
}

// Weight 13 = digits 1 and 3 on the positive side, 0 on the negative one; input 0b000101 drives it twice: 4 cells
// twice, (1/3 + 3/3)·2.
TEST(CellReads, OneWeightByHand) {
    const CrossbarLayer layer(design(Encoding::differential, 1), 1, 1, std::vector<std::int32_t>{13}, 1, false);
    const std::vector<std::int32_t> input{5};
    const CellReads reads = layer.cell_reads(layer.count_digits(StoredRows(input, 1)), {}, false);
    ASSERT_EQ(layer.geometry().slices, 3);  // 5 bits of magnitude in cells of 2
    EXPECT_DOUBLE_EQ(reads.squares, 2 * 6);
    EXPECT_DOUBLE_EQ(reads.level_squares, 2 * (1.0 / 3 + 1.0));
}

TEST(CellReads, DoNotDependOnHowVectorsAreCut) {
    const Case made{design(Encoding::differential, 2), {}, {}};
    const CrossbarLayer layer = layer_of(made);
    const auto inputs = inputs_of(made);
    const DigitCounts whole = layer.count_digits(StoredRows(inputs, vectors));
    DigitCounts parts = layer.count_digits(StoredRows(inputs, vectors, 5, 4));
    parts += layer.count_digits(StoredRows(inputs, vectors, 0, 5));
    EXPECT_EQ(parts.counts, whole.counts);
    EXPECT_EQ(parts.vectors, vectors);
}

}  // namespace
}  // namespace remask
