// Do the portable functions agree with the C library's to a few units in the last place?
#include "sim/device/portable_math.h"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/base/random.h"

namespace remask {
namespace {

constexpr double ulp = 2.2204460492503131e-16;

TEST(PortableMath, Logarithm) {
    RandomStream random(1, "portable log");
    for (int i = 0; i < 20000; ++i) {
        const double x = std::ldexp(0.5 + random.uniform(), static_cast<int>(random.below(2000)) - 1000);
        EXPECT_NEAR(portable_log(x), std::log(x), 3.0 * ulp * std::abs(std::log(x)) + 1e-320) << x;
    }
    EXPECT_EQ(portable_log(1.0), 0.0);
}

TEST(PortableMath, Exponential) {
    RandomStream random(2, "portable exp");
    for (int i = 0; i < 20000; ++i) {
        const double x = (random.uniform() - 0.5) * (i % 2 == 0 ? 1400.0 : 4.0);
        EXPECT_NEAR(portable_exp(x), std::exp(x), 3.0 * ulp * std::exp(x)) << x;
    }
    EXPECT_EQ(portable_exp(0.0), 1.0);
    EXPECT_EQ(portable_exp(-1e4), 0.0);
    EXPECT_TRUE(std::isinf(portable_exp(1e4)));
}

TEST(PortableMath, Power) {
    EXPECT_NEAR(portable_power(10.0, -3.0), 1e-3, 1e-17);
    EXPECT_NEAR(portable_power(3.1536e7, -0.05), std::pow(3.1536e7, -0.05), 1e-15);
}

}  // namespace
}  // namespace remask
