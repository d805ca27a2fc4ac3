// ISAAC's encoding of columns: does it save the ADC's most significant bit, as the paper says, and nothing else change?
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/base/random.h"
#include "sim/crossbar/crossbar_engine.h"
#include "tests/unit/crossbar/exact_product.h"

namespace remask {
namespace {

constexpr std::int64_t rows = 128;
constexpr std::int64_t columns = 6;
constexpr std::int64_t vectors = 20;

/// ISAAC's arrays: 128 rows, 2-bit cells, 1-bit DACs, 16-bit weights in 8 slices, with an offset.
CrossbarParameters isaac() {
    CrossbarParameters p;
    p.weight_bits = 16;
    p.input_bits = 16;
    p.rows = p.columns = 128;
    p.cell_bits = 2;
    p.dac_bits = 1;
    p.encoding = Encoding::offset;
    p.adc_bits = 8;
    p.column_flip = true;
    return p;
}

using test::exact_product;
using Data = test::ProductData;

/// Columns from small weights to large ones, so that there are sums of every size; the first vector drives all rows
/// with all bits.
Data data_for(const CrossbarParameters& p) {
    RandomStream random(7, "column flip");
    Data data{rows, columns, vectors, {}, {}};
    const std::int64_t largest = (1 << (p.weight_bits - 1)) - 1;
    for (std::int64_t k = 0; k < rows; ++k) {
        for (std::int64_t n = 0; n < columns; ++n) {
            const std::int64_t lowest = n < 3 ? -largest : largest - (largest >> (2 * n));
            data.weights.push_back(static_cast<std::int32_t>(
                lowest + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(largest - lowest + 1)))));
        }
    }
    const auto values = std::uint64_t{1} << p.input_bits;
    for (std::int64_t i = 0; i < rows * vectors; ++i) {
        data.inputs.push_back(static_cast<std::int32_t>(i % vectors == 0 ? values - 1 : random.below(values)));
    }
    return data;
}

struct Outcome {
    std::vector<double> outputs;
    double largest_sum = 0.0;
    std::int64_t clipped = 0;
};

Outcome run(const CrossbarParameters& p, const Data& data) {
    const CrossbarLayer layer(p, rows, columns, data.weights, 1, false);
    Outcome outcome;
    outcome.outputs.resize(static_cast<std::size_t>(columns * vectors));
    outcome.clipped = layer.multiply(data.inputs, vectors, {}, outcome.outputs).conversions_clipped;
    std::vector<double> reference(outcome.outputs.size());
    layer.multiply_reference(data.inputs, vectors, {}, reference, [&](const Conversion& conversion) {
        outcome.largest_sum = std::max(outcome.largest_sum, conversion.sum);
    });
    EXPECT_EQ(outcome.outputs, reference);
    return outcome;
}

/// "Reduces the size of the ADC by one bit": 128 rows of 2-bit cells sum up to 384, nine bits; eight are exact.
TEST(ColumnFlip, EightBitsAreExactForIsaacsArrays) {
    for (const Encoding encoding : {Encoding::offset, Encoding::differential}) {
        CrossbarParameters p = isaac();
        p.encoding = encoding;
        const Data data = data_for(p);
        for (const AdcRange range : {AdcRange::full, AdcRange::lsb}) {
            p.adc_range = range;
            const Outcome outcome = run(p, data);
            EXPECT_EQ(outcome.outputs, exact_product(data));
            EXPECT_LT(outcome.largest_sum, 256.0);
            EXPECT_GT(outcome.largest_sum, 192.0);  // the paper turns columns by the most significant bit, not by half
        }
        p.column_flip = false;  // the ninth bit is needed without it
        const Outcome without = run(p, data);
        EXPECT_NE(without.outputs, exact_product(data));
        EXPECT_GT(without.clipped, 0);
        p.adc_bits = 9;
        EXPECT_EQ(run(p, data).outputs, exact_product(data));
    }
}

TEST(ColumnFlip, TheBitThatIsSavedIsTheOnlyOneToSpare) {
    CrossbarParameters p = isaac();
    p.adc_range = AdcRange::lsb;
    p.adc_bits = 7;
    const Data data = data_for(p);
    const Outcome outcome = run(p, data);
    EXPECT_GT(outcome.clipped, 0);
    EXPECT_NE(outcome.outputs, exact_product(data));
}

/// What a flipped column loses is that its complement's floors count too; the periphery takes them off.
TEST(ColumnFlip, AFiniteOnOffRatioIsCorrected) {
    for (const Encoding encoding : {Encoding::offset, Encoding::differential}) {
        CrossbarParameters p = isaac();
        p.encoding = encoding;
        p.on_off_ratio = 4.0;  // f = 3/3 = 1: sums stay whole numbers, up to 255 + 128
        p.adc_bits = 9;
        p.adc_range = AdcRange::lsb;
        const Data data = data_for(p);
        EXPECT_EQ(run(p, data).outputs, exact_product(data));
        p.adc_range = AdcRange::full;  // hi = 255 + 384/3: steps below one level unit hold every sum to half a step
        p.adc_bits = 16;
        const double step = (255.0 + 128.0) / 65535.0;
        const double places = 65535.0 * 21845.0 * (encoding == Encoding::offset ? 1.0 : 2.0);
        const std::vector<double> exact = exact_product(data);
        const std::vector<double> outputs = run(p, data).outputs;
        for (std::size_t i = 0; i < exact.size(); ++i) EXPECT_NEAR(outputs[i], exact[i], 0.51 * step * places);
    }
}

TEST(ColumnFlip, StoredColumnsNeverReachTheMostSignificantBit) {
    CrossbarParameters p = isaac();
    p.adc_bits = 0;
    const Data data = data_for(p);
    for (const int active_rows : {1, 3, 50, 128}) {
        p.active_rows = active_rows;
        const CrossbarLayer layer(p, rows, columns, data.weights, 1, false);
        const std::vector<double> cells = layer.conductances();  // [slices][K][N]
        const int slices = layer.geometry().slices;
        const double most_significant = std::exp2(std::floor(std::log2(3.0 * active_rows)));
        for (std::int64_t first = 0; first < rows; first += active_rows) {
            for (std::int64_t s = 0; s < slices; ++s) {
                for (std::int64_t n = 0; n < columns; ++n) {
                    double sum = 0.0;
                    for (std::int64_t k = first; k < std::min<std::int64_t>(first + active_rows, rows); ++k) {
                        sum += cells[static_cast<std::size_t>((s * rows + k) * columns + n)];
                    }
                    EXPECT_LT(sum, most_significant);
                }
            }
        }
    }
}

}  // namespace
}  // namespace remask
