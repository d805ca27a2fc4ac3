// Do the DACs' drawn levels have the distributions that the page says?
#include "sim/device/dac_levels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "tests/unit/device/distribution.h"

namespace remask {
namespace {

constexpr CellIdentity chip{4, 2, 0};

DacErrors fine() {
    DacErrors errors;
    errors.fraction_bits = 16;
    return errors;
}

TEST(DacLevels, WithoutErrorsAreTheDigits) {
    DacErrors errors = fine();
    EXPECT_FALSE(errors.any());
    EXPECT_EQ(dac_levels(errors, chip, {}, 2), (std::vector<std::int32_t>{0, 1 << 16, 2 << 16, 3 << 16}));
    errors.levels = {0, 1, 2, 3};
    EXPECT_FALSE(errors.any());
    errors.levels = {0, 1.25, 2, 2.5};
    EXPECT_TRUE(errors.any());
    errors.fraction_bits = 2;
    EXPECT_EQ(dac_levels(errors, chip, {}, 2), (std::vector<std::int32_t>{0, 5, 8, 10}));
}

TEST(DacLevels, GainsAreNormal) {
    DacErrors errors = fine();
    errors.gain = 0.05;
    std::vector<double> gains;
    for (int tile = 0; tile < 100; ++tile) {
        for (int row = 0; row < 100; ++row) {
            const std::vector<std::int32_t> levels = dac_levels(errors, chip, {tile, 1, row}, 3);
            EXPECT_EQ(levels[0], 0);
            gains.push_back((levels[7] / 65536.0 / 7.0 - 1.0) / 0.05);
            EXPECT_NEAR(levels[3] / 3.0, levels[7] / 7.0, 1.0);  // the same for every digit, but for rounding
        }
    }
    const test::Moments moments = test::moments_of(gains);
    EXPECT_NEAR(moments.mean, 0.0, 4.0 / std::sqrt(1e4));
    EXPECT_NEAR(moments.deviation, 1.0, 4.0 / std::sqrt(2e4));
    EXPECT_LT(test::kolmogorov_smirnov(gains, test::normal_share_below), test::kolmogorov_limit);
}

TEST(DacLevels, TheBowIsLargestInTheMiddleAndMovesNoEnd) {
    DacErrors errors = fine();
    errors.inl_bow = 0.1;
    std::vector<double> bows;
    for (int row = 0; row < 10000; ++row) {
        const std::vector<std::int32_t> levels = dac_levels(errors, chip, {0, 0, row}, 2);
        EXPECT_EQ(levels[3], 3 << 16);
        bows.push_back((levels[1] / 65536.0 - 1.0) / (0.1 * 8.0 / 9.0));  // 4·(1/3)·(2/3)
        EXPECT_NEAR(levels[1] - (1 << 16), levels[2] - (2 << 16), 1.0);
    }
    EXPECT_LT(test::kolmogorov_smirnov(bows, test::normal_share_below), test::kolmogorov_limit);
}

TEST(DacLevels, OneBitKnowsNoNonlinearity) {
    DacErrors errors = fine();
    errors.inl_bow = errors.inl_s_shape = 3.0;
    for (int row = 0; row < 100; ++row) {
        EXPECT_EQ(dac_levels(errors, chip, {0, 0, row}, 1), (std::vector<std::int32_t>{0, 1 << 16}));
    }
}

}  // namespace
}  // namespace remask
