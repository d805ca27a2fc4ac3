// The identities that any implementation can be held to (docs/crossbar.md), on the engine as users call it.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "sim/base/diagnostics.h"
#include "sim/base/random.h"
#include "sim/crossbar/crossbar_engine.h"
#include "tests/unit/crossbar/exact_product.h"

namespace remask {
namespace {

constexpr std::int64_t rows = 150;
constexpr std::int64_t columns = 7;
constexpr std::int64_t vectors = 11;

CrossbarParameters base() {
    CrossbarParameters p;
    p.weight_bits = 8;
    p.input_bits = 8;
    p.rows = 64;
    p.columns = 128;
    p.active_rows = 24;
    p.cell_bits = 2;
    p.dac_bits = 1;
    return p;
}

using test::exact_product;
using Data = test::ProductData;

Data random_data(const CrossbarParameters& p, std::uint64_t seed) {
    RandomStream random(seed, "identities");
    Data data{rows, columns, vectors, {}, {}};
    const std::uint64_t weight_values = (1ULL << p.weight_bits) - 1;
    for (std::int64_t i = 0; i < rows * columns; ++i) {
        data.weights.push_back(static_cast<std::int32_t>(random.below(weight_values)) - (1 << (p.weight_bits - 1)) + 1);
    }
    for (std::int64_t i = 0; i < rows * vectors; ++i) {
        const auto x = static_cast<std::int32_t>(random.below(1ULL << p.input_bits));
        data.inputs.push_back(p.input_signed ? x - (1 << (p.input_bits - 1)) : x);
    }
    return data;
}

std::vector<double> multiply(const CrossbarParameters& p, const Data& data, const std::vector<double>& mask = {}) {
    const CrossbarLayer layer(p, rows, columns, data.weights, 1, p.input_signed);
    std::vector<double> outputs(static_cast<std::size_t>(columns * vectors));
    layer.multiply(data.inputs, vectors, {mask, false}, outputs);
    return outputs;
}

/// Every encoding and slicing that the parameters can say.
std::vector<CrossbarParameters> all_slicings() {
    std::vector<CrossbarParameters> all;
    for (const int cell_bits : {1, 2, 3, 7, 8}) {
        for (const int dac_bits : {1, 3, 8}) {
            for (const bool is_signed : {false, true}) {
                CrossbarParameters p = base();
                p.cell_bits = cell_bits;
                p.dac_bits = dac_bits;
                p.input_signed = is_signed && dac_bits == 1;
                all.push_back(p);
                p.subtract = Subtract::analog;
                all.push_back(p);
                p.subtract = Subtract::digital;
                p.encoding = Encoding::offset;
                all.push_back(p);
            }
        }
    }
    return all;
}

TEST(Identities, WithoutAnAdcTheProductIsExact) {
    for (CrossbarParameters p : all_slicings()) {
        const Data data = random_data(p, 1);
        EXPECT_EQ(multiply(p, data), exact_product(data));
        p.on_off_ratio = 50;  // the floor cancels, or the periphery takes it off
        EXPECT_EQ(multiply(p, data), exact_product(data));
    }
}

TEST(Identities, AnAdcWhoseLevelsHoldEveryIntegerIsExact) {
    for (CrossbarParameters p : all_slicings()) {
        const Data data = random_data(p, 2);
        const double most = p.active_rows * (std::ldexp(1.0, p.dac_bits) - 1) * (std::ldexp(1.0, p.cell_bits) - 1);
        p.adc_bits = static_cast<int>(std::ceil(std::log2(most + 1))) + 1;
        if (p.adc_bits > 16) continue;
        p.adc_range = AdcRange::lsb;
        EXPECT_EQ(multiply(p, data), exact_product(data));
        // Half a level unit a step: the range must still hold every sum.
        p.adc_bits += 1;
        if (p.adc_bits > 16) continue;
        const double levels = std::ldexp(1.0, p.adc_bits);
        p.adc_range = AdcRange::fixed;
        p.adc_lo = p.subtract == Subtract::analog ? -(levels - 2) / 4 : -0.5;
        p.adc_hi = p.subtract == Subtract::analog ? (levels - 2) / 4 : (levels - 1) / 2 - 0.5;
        EXPECT_EQ(multiply(p, data), exact_product(data));
    }
}

TEST(Identities, PowerOfTwoMaskScalesWeightsOnlyWithoutAnAdc) {
    CrossbarParameters p = base();
    Data data = random_data(p, 3);
    for (auto& w : data.weights) w /= 8;
    Data scaled = data;
    for (auto& w : scaled.weights) w *= 2;
    const std::vector<double> mask(static_cast<std::size_t>(3 * columns), 2.0);  // ceil(150/64) row tiles
    EXPECT_EQ(multiply(p, data, mask), multiply(p, scaled));
    p.adc_bits = 4;
    const std::vector<double> unmasked = multiply(p, data);
    std::vector<double> shifted = unmasked;
    for (double& y : shifted) y *= 2.0;
    EXPECT_EQ(multiply(p, data, mask), shifted);              // the mask acts on codes …
    EXPECT_NE(multiply(p, data, mask), multiply(p, scaled));  // … not on what the ADC sees
}

TEST(Identities, MaskOfZeroesGatesItsTile) {
    CrossbarParameters p = base();
    const Data data = random_data(p, 4);
    std::vector<double> mask(static_cast<std::size_t>(3 * columns), 1.0);
    for (std::int64_t n = 0; n < columns; ++n) mask[static_cast<std::size_t>(columns + n)] = 0.0;
    Data without = data;
    for (std::int64_t k = 64; k < 128; ++k) {
        for (std::int64_t n = 0; n < columns; ++n) without.weights[static_cast<std::size_t>(k * columns + n)] = 0;
    }
    EXPECT_EQ(multiply(p, data, mask), exact_product(without));
}

TEST(Calibration, HoldsTheShareOfSums) {
    // One row, one 2-bit slice, one phase: the sums are the products of digits, known one by one.
    CrossbarParameters p = base();
    p.weight_bits = 3;
    p.input_bits = 1;
    p.adc_bits = 4;
    p.adc_range = AdcRange::calibrated;
    const std::vector<std::int32_t> weights{3};
    std::vector<std::int32_t> inputs(100, 0);
    for (std::size_t i = 0; i < 10; ++i) inputs[i] = 1;
    // 200 sums (both sides): 10 are 3, the rest 0.
    const auto calibrated = [&](double percentile) {
        p.adc_percentile = percentile;
        return CrossbarLayer(p, 1, 1, weights, 1, false).calibrate(inputs, 100).at(0);
    };
    EXPECT_EQ(calibrated(95.0).hi, 1.0);  // 0 would do; the range is at least one level unit
    EXPECT_EQ(calibrated(95.6).hi, 3.0);
    EXPECT_EQ(calibrated(95.6).lo, 0.0);
    p.subtract = Subtract::analog;
    EXPECT_EQ(calibrated(95.0).lo, -3.0);  // 100 sums, 10 of them 3
}

TEST(CountCodes, OneCellByHand) {
    // One row, 2-bit cells, one 2-bit phase, weight 2: the positive side sees 2x, the negative 0. Range [1, 5] in 4
    // codes: delta 4/3; 0 → below the range (rint(-0.75) = -1), 2 → rint(0.75) = 1, 4 → rint(2.25) = 2, 6 → rint(3.75)
    // = 4, above.
    CrossbarParameters p = base();
    p.weight_bits = 3;
    p.input_bits = 2;
    p.dac_bits = 2;
    p.adc_bits = 2;
    p.adc_range = AdcRange::fixed;
    p.adc_lo = 1;
    p.adc_hi = 5;
    const std::vector<std::int32_t> weights{2};
    const std::vector<std::int32_t> inputs{0, 1, 2, 3, 3};
    const CrossbarLayer layer(p, 1, 1, weights, 1, false);
    std::vector<CodeCounts> counts = layer.count_codes(inputs, 5);
    ASSERT_EQ(counts.size(), 2u);
    EXPECT_EQ(counts[0].codes, (std::vector<std::int64_t>{1, 1, 1, 2}));
    EXPECT_EQ(counts[0].clipped_low, 1);
    EXPECT_EQ(counts[0].clipped_high, 2);
    EXPECT_EQ(counts[1].codes, (std::vector<std::int64_t>{5, 0, 0, 0}));
    EXPECT_EQ(counts[1].clipped_low, 5);
    EXPECT_EQ(counts[1].side, 1);
    const ConverterUse use = summary_of(counts[0]);
    EXPECT_EQ(use.conversions, 5);
    EXPECT_EQ(use.codes, 4);
    EXPECT_EQ(use.codes_used, 4);
    EXPECT_EQ(use.lowest_code, 0);
    EXPECT_EQ(use.highest_code, 3);
    EXPECT_EQ(use.clipped_share(), 0.6);
    EXPECT_EQ(summary_of(counts[1]).codes_used, 1);
    counts[0] += counts[0];
    EXPECT_EQ(counts[0].codes, (std::vector<std::int64_t>{2, 2, 2, 4}));
    EXPECT_THROW(counts[0] += counts[1], InternalError);
}

}  // namespace
}  // namespace remask
