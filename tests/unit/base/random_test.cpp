// Are the streams those that are promised, independent of each other, and distributed as they say?
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "sim/base/random.h"

namespace remask {
namespace {

constexpr std::uint64_t max64 = std::numeric_limits<std::uint64_t>::max();

// From an independent implementation in Python of SplitMix64, FNV-1a and xoshiro256**, which itself gave the published
// values: SplitMix64 of seed 0: e220a8397b1dcdaf; FNV-1a of "foobar": 85944171f73967e8; xoshiro256** of state 1, 2, 3,
// 4: 11520, 0, 1509978240, 1215971899390074240. key = mix(seed), then key = mix(key ^ part) for fnv(purpose), a, b;
// state = SplitMix64(key).
TEST(RandomStream, GivesTheSpecifiedBits) {
    RandomStream zero(0, "");
    for (const std::uint64_t expected : {0x53d0f039176786d1u, 0x6b6c85b77ed37075u, 0xc16458632b5075c8u}) {
        EXPECT_EQ(zero.bits(), expected);
    }
    RandomStream shuffle(42, "shuffle", 3);
    for (const std::uint64_t expected : {0xf5d8c5966328fd98u, 0xe958dfc699120848u, 0xd1d3f07da44be758u}) {
        EXPECT_EQ(shuffle.bits(), expected);
    }
    RandomStream stuck(max64, "stuck", 1, max64);
    for (const std::uint64_t expected : {0x2a9ec85494b368e5u, 0x7b9b7b920e1b2b75u, 0x12e9a58e271daa2eu}) {
        EXPECT_EQ(stuck.bits(), expected);
    }
}

TEST(RandomStream, DependsOnItsNameOnly) {
    RandomStream first(7, "cells", 1, 2);
    std::vector<std::uint64_t> values(100);
    for (auto& value : values) value = first.bits();
    RandomStream other(7, "cells", 2, 1);
    RandomStream again(7, "cells", 1, 2);
    for (const std::uint64_t value : values) {  // drawn in turns with another stream: nothing changes
        other.bits();
        EXPECT_EQ(again.bits(), value);
    }
}

TEST(RandomStream, EveryPartOfTheNameCounts) {
    const std::uint64_t base = RandomStream(1, "x", 2, 3).bits();
    EXPECT_NE(base, RandomStream(2, "x", 2, 3).bits());
    EXPECT_NE(base, RandomStream(1, "y", 2, 3).bits());
    EXPECT_NE(base, RandomStream(1, "x", 3, 3).bits());
    EXPECT_NE(base, RandomStream(1, "x", 2, 2).bits());
    EXPECT_NE(base, RandomStream(1, "x", 3, 2).bits());
}

TEST(RandomStream, NeighbouringStreamsAreUncorrelated) {
    constexpr int streams = 20000;
    double sum = 0.0;
    double previous = RandomStream(1, "a", 0).uniform() - 0.5;
    for (std::uint64_t a = 1; a <= streams; ++a) {
        const double current = RandomStream(1, "a", a).uniform() - 0.5;
        sum += previous * current;
        previous = current;
    }
    // Products of independent uniforms have mean 0 and standard deviation 1/12.
    EXPECT_LT(std::fabs(sum), 5.0 * std::sqrt(streams) / 12.0);
}

TEST(RandomStream, UniformFillsItsBinsEvenly) {
    constexpr int bins = 64, draws = 640000;
    std::array<int, bins> count{};
    RandomStream random(2, "uniform");
    for (int i = 0; i < draws; ++i) {
        const double value = random.uniform();
        ASSERT_GE(value, 0.0);
        ASSERT_LT(value, 1.0);
        ++count[static_cast<std::size_t>(value * bins)];
    }
    double chi_square = 0.0;
    for (const int n : count) chi_square += std::pow(n - draws / bins, 2) / (draws / bins);
    // 63 degrees of freedom: mean 63, standard deviation sqrt(126); five of them to either side.
    EXPECT_NEAR(chi_square, bins - 1, 5.0 * std::sqrt(2.0 * (bins - 1)));
}

TEST(RandomStream, BelowIsUnbiased) {
    // 2^64 mod 3·2^62 = 2^62: a plain remainder would give the first third half of all draws.
    constexpr std::uint64_t third = std::uint64_t{1} << 62;
    constexpr int draws = 30000;
    int first = 0;
    RandomStream random(3, "below");
    for (int i = 0; i < draws; ++i) {
        const std::uint64_t value = random.below(3 * third);
        ASSERT_LT(value, 3 * third);
        if (value < third) ++first;
    }
    EXPECT_NEAR(first, draws / 3.0, 5.0 * std::sqrt(draws * (1.0 / 3.0) * (2.0 / 3.0)));
    EXPECT_EQ(random.below(1), 0u);
}

TEST(RandomStream, NormalHasTheMomentsAndTailsOfANormal) {
    constexpr int draws = 400000;
    double sum = 0.0, squares = 0.0, cubes = 0.0, fourths = 0.0;
    int within_one = 0, beyond_three = 0;
    RandomStream random(4, "normal");
    for (int i = 0; i < draws; ++i) {
        const double x = random.normal();
        sum += x;
        squares += x * x;
        cubes += x * x * x;
        fourths += x * x * x * x;
        within_one += std::fabs(x) < 1.0;
        beyond_three += std::fabs(x) > 3.0;
    }
    // Variances of x, x², x³, x⁴: 1, 2, 15, 96. Five standard errors.
    const double error = 5.0 / std::sqrt(draws);
    EXPECT_NEAR(sum / draws, 0.0, error);
    EXPECT_NEAR(squares / draws, 1.0, error * std::sqrt(2.0));
    EXPECT_NEAR(cubes / draws, 0.0, error * std::sqrt(15.0));
    EXPECT_NEAR(fourths / draws, 3.0, error * std::sqrt(96.0));
    const double inside = std::erf(1.0 / std::sqrt(2.0)), outside = std::erfc(3.0 / std::sqrt(2.0));
    EXPECT_NEAR(within_one, draws * inside, 5.0 * std::sqrt(draws * inside * (1.0 - inside)));
    EXPECT_NEAR(beyond_three, draws * outside, 5.0 * std::sqrt(draws * outside));
}

TEST(RandomStream, NormalIsThePolarFormToTheLastDigits) {
    RandomStream random(9, "polar"), uniform(9, "polar");
    for (int i = 0; i < 20000; ++i) {
        double u = 0.0, v = 0.0, s = 2.0;
        while (s >= 1.0 || s == 0.0) {
            u = 2.0 * uniform.uniform() - 1.0;
            v = 2.0 * uniform.uniform() - 1.0;
            s = u * u + v * v;
        }
        const double scale =
            std::sqrt(-2.0 * std::log(s) / s);  // the C library's logarithm, right to the last bit or two
        ASSERT_NEAR(random.normal(), u * scale, 1e-15 * std::fabs(u * scale));
        ASSERT_NEAR(random.normal(), v * scale, 1e-15 * std::fabs(v * scale));
    }
}

}  // namespace
}  // namespace remask
