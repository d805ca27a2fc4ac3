// Do the ADCs' drawn errors have the distributions that the page says, and the nonlinearity its shape?
#include "sim/device/adc_error.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/unit/device/distribution.h"

namespace remask {
namespace {

constexpr CellIdentity chip{11, 3, 1};

TEST(AdcErrors, AreNormalWithTheirDeviations) {
    AdcErrors errors;
    errors.offset = 1.5;
    errors.gain = 0.02;
    errors.inl_bow = 0.7;
    errors.inl_s_shape = 0.3;
    std::vector<double> offsets, gains, bows, s_shapes;
    for (int tile = 0; tile < 100; ++tile) {
        for (int adc = 0; adc < 100; ++adc) {
            const AdcError error = draw_adc_error(errors, chip, {tile, 2, adc});
            offsets.push_back(error.offset / 1.5);
            gains.push_back(error.gain / 0.02);
            bows.push_back(error.bow / 0.7);
            s_shapes.push_back(error.s_shape / 0.3);
        }
    }
    for (const auto& sample : {offsets, gains, bows, s_shapes}) {
        const test::Moments moments = test::moments_of(sample);
        EXPECT_NEAR(moments.mean, 0.0, 4.0 / std::sqrt(1e4));
        EXPECT_NEAR(moments.deviation, 1.0, 4.0 / std::sqrt(2e4));
        EXPECT_LT(test::kolmogorov_smirnov(sample, test::normal_share_below), test::kolmogorov_limit);
    }
    double product = 0.0;  // of independent numbers
    for (std::size_t i = 0; i < offsets.size(); ++i) product += offsets[i] * gains[i];
    EXPECT_NEAR(product / 1e4, 0.0, 4.0 / std::sqrt(1e4));
}

TEST(AdcErrors, BelongToTheirAdc) {
    AdcErrors errors;
    errors.offset = 1.0;
    const auto offset = [&](const CellIdentity& identity, const AdcPlace& place) {
        return draw_adc_error(errors, identity, place).offset;
    };
    const double first = offset(chip, {0, 0, 0});
    EXPECT_EQ(first, offset(chip, {0, 0, 0}));
    for (const AdcPlace& other : {AdcPlace{1, 0, 0}, AdcPlace{0, 1, 0}, AdcPlace{0, 0, 1}}) {
        EXPECT_NE(first, offset(chip, other));
    }
    for (const CellIdentity& other : {CellIdentity{12, 3, 1}, CellIdentity{11, 4, 1}, CellIdentity{11, 3, 2}}) {
        EXPECT_NE(first, offset(other, {0, 0, 0}));
    }
}

TEST(AdcErrors, OneStrengthLeavesTheOtherDrawsAlone) {
    AdcErrors gain_only;
    gain_only.gain = 0.05;
    AdcErrors both = gain_only;
    both.offset = 3.0;
    EXPECT_EQ(draw_adc_error(gain_only, chip, {}).gain, draw_adc_error(both, chip, {}).gain);
    EXPECT_EQ(draw_adc_error(gain_only, chip, {}).offset, 0.0);
}

TEST(AdcErrors, GainIsNeverNegative) {
    AdcErrors errors;
    errors.gain = 1.0;
    int cut = 0;
    for (int adc = 0; adc < 1000; ++adc) {
        const double gain = draw_adc_error(errors, chip, {0, 0, adc}).gain;
        EXPECT_GE(gain, -1.0);
        cut += gain == -1.0 ? 1 : 0;
    }
    EXPECT_NEAR(cut, 158.7, 4 * 11.6);  // below −1 deviation
}

TEST(AdcErrors, TheNonlinearityIsZeroAtTheEndsAndHasItsPeaks) {
    AdcError bow;
    bow.bow = 2.0;
    AdcError s_shape;
    s_shape.s_shape = 3.0;
    for (const double end : {-0.5, 0.0, 1.0, 1.5}) {
        EXPECT_EQ(bow.nonlinearity(end), 0.0);
        EXPECT_EQ(s_shape.nonlinearity(end), 0.0);
    }
    EXPECT_DOUBLE_EQ(bow.nonlinearity(0.5), 2.0);
    EXPECT_DOUBLE_EQ(bow.nonlinearity(0.25), 1.5);
    const double peak = 0.5 - 1.0 / std::sqrt(12.0);
    EXPECT_NEAR(s_shape.nonlinearity(peak), 3.0, 1e-14);
    EXPECT_NEAR(s_shape.nonlinearity(1.0 - peak), -3.0, 1e-14);
    EXPECT_EQ(s_shape.nonlinearity(0.5), 0.0);
    for (int i = 0; i <= 100; ++i) {
        EXPECT_LE(bow.nonlinearity(i / 100.0), 2.0);
        EXPECT_LE(std::abs(s_shape.nonlinearity(i / 100.0)), 3.0 + 1e-14);
    }
}

}  // namespace
}  // namespace remask
