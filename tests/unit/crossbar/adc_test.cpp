// Do the converter's windows, levels and codes follow step 5 of the page, and its shortcuts the codes?
#include "sim/crossbar/adc.h"

#include <gtest/gtest.h>

#include <vector>

namespace remask {
namespace {

CrossbarParameters parameters(int bits, AdcRange range, Subtract subtract = Subtract::digital) {
    CrossbarParameters p;
    p.weight_bits = 8;
    p.input_bits = 8;
    p.rows = 128;
    p.columns = 128;
    p.cell_bits = 2;
    p.dac_bits = 1;
    p.adc_bits = bits;
    p.adc_range = range;
    p.subtract = subtract;
    return p;
}

TEST(Adc, FullRange) {
    const Adc digital = make_adc(parameters(8, AdcRange::full), 128, {});
    EXPECT_EQ(digital.lo, 0.0);
    EXPECT_EQ(digital.hi, 128 * 1 * 3);
    EXPECT_EQ(digital.delta, 384.0 / 255.0);
    const Adc analog = make_adc(parameters(8, AdcRange::full, Subtract::analog), 128, {});
    EXPECT_EQ(analog.lo, -384.0);
    EXPECT_EQ(analog.top_code, 254.0);  // 2^8 − 1 levels: zero is one of them
    EXPECT_EQ(analog.convert(0.0).code, 127);
    CrossbarParameters p = parameters(8, AdcRange::full);
    p.on_off_ratio = 100;
    EXPECT_DOUBLE_EQ(make_adc(p, 128, {}).hi, 384.0 * 100.0 / 99.0);
}

TEST(Adc, OneLevelUnitAStep) {
    const Adc digital = make_adc(parameters(6, AdcRange::lsb), 128, {});
    EXPECT_EQ(digital.hi, 63.0);
    EXPECT_EQ(digital.delta, 1.0);
    const Adc analog = make_adc(parameters(6, AdcRange::lsb, Subtract::analog), 128, {});
    EXPECT_EQ(analog.lo, -31.0);
    EXPECT_EQ(analog.hi, 31.0);
    EXPECT_EQ(analog.delta, 1.0);
}

TEST(Adc, RoundsHalfToEvenAndClips) {
    CrossbarParameters p = parameters(4, AdcRange::fixed);
    p.adc_lo = 0;
    p.adc_hi = 30;  // delta = 2
    const Adc adc = make_adc(p, 128, {});
    EXPECT_EQ(adc.convert(1).code, 0);
    EXPECT_EQ(adc.convert(3).code, 2);
    EXPECT_EQ(adc.convert(5).code, 2);
    EXPECT_EQ(adc.convert(7).code, 4);
    EXPECT_FALSE(adc.convert(30).clipped);
    EXPECT_TRUE(adc.convert(32).clipped);
    EXPECT_EQ(adc.convert(32).code, 15);
    EXPECT_TRUE(adc.convert(-2).clipped);
    EXPECT_EQ(adc.convert(-2).code, 0);
}

TEST(Adc, LinearCodesEndWhereTheRangeDoes) {
    const LinearCodes unit = find_linear_codes(make_adc(parameters(6, AdcRange::lsb), 128, {}), 0, 384);
    EXPECT_TRUE(unit.holds(0, 63));
    EXPECT_FALSE(unit.holds(0, 64));
    CrossbarParameters half = parameters(8, AdcRange::fixed);
    half.adc_lo = -20;
    half.adc_hi = 107.5;  // delta = 1/2
    const LinearCodes halves = find_linear_codes(make_adc(half, 128, {}), -384, 384);
    EXPECT_EQ(halves.slope, 2);
    EXPECT_EQ(halves.intercept, 40);
    EXPECT_TRUE(halves.holds(-20, 107));
    EXPECT_FALSE(halves.holds(-21, 107));
    EXPECT_FALSE(halves.holds(-20, 108));
    EXPECT_FALSE(find_linear_codes(make_adc(parameters(8, AdcRange::full), 128, {}), 0, 384).holds(0, 384));
}

TEST(Adc, FloatShortcutGivesTheCodesForEverySum) {
    int found = 0;
    for (int bits = 2; bits <= 12; ++bits) {
        for (const Subtract subtract : {Subtract::digital, Subtract::analog}) {
            for (const AdcRange range : {AdcRange::full, AdcRange::lsb}) {
                const Adc adc = make_adc(parameters(bits, range, subtract), 128, {});
                const auto fast = find_float_adc(adc, -384, 384);
                if (!fast) continue;
                ++found;
                for (int sum = -384; sum <= 384; ++sum) {
                    const float z = std::max(
                        -2.0F, std::min(fast->top_code + 2.0F, static_cast<float>(sum) * fast->scale + fast->offset));
                    const float code = std::max(0.0F, std::min(fast->top_code, std::rint(z)));
                    EXPECT_EQ(static_cast<std::int64_t>(code), adc.convert(sum).code) << bits << " bits, sum " << sum;
                }
            }
        }
    }
    EXPECT_GT(found, 30);
}

TEST(Adc, FloatShortcutWithACellFloorGivesTheCodesForEverySum) {
    CrossbarParameters p = parameters(8, AdcRange::full);
    p.on_off_ratio = 17.37;
    const double floor_level = 3.0 / 16.37;
    const Adc adc = make_adc(p, 16, {});
    const auto fast = find_float_adc_with_floor(adc, floor_level, 16, 3);
    ASSERT_TRUE(fast.has_value());
    for (int digits = 0; digits <= 16; ++digits) {
        for (int sum = 0; sum <= 3 * digits; ++sum) {
            const float z = static_cast<float>(sum) * fast->scale + fast->offset_with(floor_level * digits);
            EXPECT_EQ(static_cast<std::int64_t>(std::rint(z)), adc.convert(sum + floor_level * digits).code);
        }
    }
}

TEST(Adc, RoundingTricksRoundHalfToEven) {
    for (int i = -4000; i <= 4000; ++i) {
        const double x = i * 0.25;
        EXPECT_EQ(round_double(x), std::rint(x));
        EXPECT_EQ(round_float(static_cast<float>(x)), std::rint(static_cast<float>(x)));
    }
}

}  // namespace
}  // namespace remask
