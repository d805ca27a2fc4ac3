// One ADC with errors: the code's definition, by hand and by its transition levels.
#include "sim/crossbar/converter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

#include "sim/crossbar/crossbar_engine.h"

namespace remask::detail {
namespace {

/// 8 bits over 0 … 255: one level unit a step.
Adc unit_steps() {
    Adc adc;
    adc.hi = 255.0;
    adc.top_code = 255.0;
    return adc;
}

/// T[k]: the lowest sum with code k or more, found by halving.
double transition(const Converter& converter, std::int64_t k) {
    double below = -50.0, above = 400.0;
    while (above - below > 1e-9) {
        const double middle = 0.5 * (below + above);
        (converter.convert(middle).code >= k ? above : below) = middle;
    }
    return above;
}

TEST(Converter, WithoutErrorsItIsTheAdcToTheBit) {
    Adc odd;  // steps that no double holds
    odd.lo = -17.3;
    odd.hi = 44.1;
    odd.top_code = 31.0;
    odd.delta = (odd.hi - odd.lo) / 31.0;
    for (const Adc& adc : {unit_steps(), odd}) {
        for (int i = -2000; i < 12000; ++i) {
            const double sum = i / 32.0;  // halves among them: ties
            const Adc::Result ideal = adc.convert(sum);
            const Adc::Result same = Converter{adc, {}}.convert_with_error(sum);
            EXPECT_EQ(ideal.code, same.code);
            EXPECT_EQ(ideal.clipped, same.clipped);
        }
    }
}

/// G·T[k] + V_os = ideal transition, the definition of gain and offset in IEEE Std 1241.
TEST(Converter, OffsetAndGainMoveTheTransitions) {
    Converter converter{unit_steps(), {}};
    converter.error.offset = 3.25;
    converter.error.gain = -0.05;
    for (const std::int64_t k : {10, 100, 200, 230}) {
        const double ideal = static_cast<double>(k) - 0.5;
        EXPECT_NEAR(0.95 * transition(converter, k) + 3.25, ideal, 1e-6);
    }
}

/// What is left of a transition after gain and offset is the nonlinearity at its place.
TEST(Converter, WhatIsLeftIsTheNonlinearity) {
    Converter converter{unit_steps(), {}};
    converter.error.bow = 2.0;
    converter.error.s_shape = -1.0;
    for (const std::int64_t k : {1, 50, 128, 200, 255}) {
        const double at = transition(converter, k);
        EXPECT_NEAR(static_cast<double>(k) - 0.5 - at, converter.error.nonlinearity(at / 255.0), 1e-6);
    }
    EXPECT_NEAR(transition(converter, 128), 125.5, 0.1);  // the bow's 2 LSB
}

TEST(Converter, ClipsAtBothEnds) {
    Converter converter{unit_steps(), {}};
    converter.error.offset = -2.0;
    EXPECT_TRUE(converter.convert(0.0).clipped);
    EXPECT_EQ(converter.convert(0.0).code, 0);
    EXPECT_FALSE(converter.convert(255.0).clipped);
    EXPECT_EQ(converter.convert(255.0).code, 253);
    converter.error.offset = 2.0;
    EXPECT_EQ(converter.convert(255.0).code, 255);
    EXPECT_TRUE(converter.convert(255.0).clipped);
}

/// 4 slices and 2 sides: 8 physical columns a weight, an ADC for every 5 of 16 columns. With an input of 0 the code is
/// the ADC's offset, clipped at 0: columns of one ADC have the same, others differ.
TEST(Converter, EachAdcServesItsColumns) {
    CrossbarParameters p;
    p.weight_bits = 8;
    p.input_bits = 1;
    p.rows = 4;
    p.columns = 16;
    p.cell_bits = 2;
    p.dac_bits = 1;
    p.adc_bits = 8;
    p.adc_range = AdcRange::fixed;
    p.adc_lo = -1000.0;  // offsets far above 0
    p.adc_hi = 1000.0;
    DeviceParameters device;
    device.adc_errors = AdcErrors{20.0, 0.0, 0.0, 0.0, 4};  // 4 columns each
    device.adc_errors->adcs_per_array = 3;                  // 6, 6 and 4 columns
    const std::vector<std::int32_t> weights(8 * 4, 0);      // two row tiles, two arrays of two weights in each
    const CrossbarLayer layer(p, 8, 4, weights, 1, false, {}, device, CellIdentity{5, 0, 0});
    std::vector<double> outputs(4);
    std::vector<std::vector<std::int64_t>> codes(4 * 3);  // by array and ADC
    layer.multiply_reference(std::vector<std::int32_t>(8, 0), 1, {}, outputs, [&](const Conversion& c) {
        const std::int64_t physical = (c.column % 2) * 8 + c.slice * 2 + c.side;
        const std::int64_t array = c.tile * 2 + c.column / 2;
        codes[static_cast<std::size_t>(array * 3 + physical / 6)].push_back(c.code);
    });
    std::set<std::int64_t> different;
    for (std::size_t adc = 0; adc < codes.size(); ++adc) {
        EXPECT_EQ(codes[adc].size(), adc % 3 == 2 ? 4U : 6U);
        EXPECT_EQ(std::set<std::int64_t>(codes[adc].begin(), codes[adc].end()).size(), 1U);
        different.insert(codes[adc][0]);
    }
    EXPECT_GT(different.size(), 8U);
}

}  // namespace
}  // namespace remask::detail
