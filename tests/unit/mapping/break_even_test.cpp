#include "mapping/break_even.h"

#include <gtest/gtest.h>

namespace remask {
namespace {

MethodCost cost(double switch_energy, double inference_energy) {
    return {Energy::from_si(switch_energy), Energy::from_si(inference_energy)};
}

TEST(BreakEven, DearerSwitchCheaperInferenceWinsAboveIt) {
    // (10 + 1·n)/n = (4 + 3·n)/n at n = 3.
    const BreakEven result = break_even(cost(10, 1), cost(4, 3));
    ASSERT_TRUE(result.inferences);
    EXPECT_DOUBLE_EQ(*result.inferences, 3.0);
    EXPECT_TRUE(result.above);
    EXPECT_TRUE(result.words.empty());
    EXPECT_DOUBLE_EQ(energy_per_inference(cost(10, 1), 3).si(), energy_per_inference(cost(4, 3), 3).si());
    EXPECT_LT(energy_per_inference(cost(10, 1), 4), energy_per_inference(cost(4, 3), 4));
    EXPECT_GT(energy_per_inference(cost(10, 1), 2), energy_per_inference(cost(4, 3), 2));
}

TEST(BreakEven, CheaperSwitchDearerInferenceWinsBelowIt) {
    const BreakEven result = break_even(cost(4, 3), cost(10, 1));
    ASSERT_TRUE(result.inferences);
    EXPECT_DOUBLE_EQ(*result.inferences, 3.0);
    EXPECT_FALSE(result.above);
}

TEST(BreakEven, AlwaysWhereNeitherIsDearer) {
    EXPECT_EQ(break_even(cost(1, 1), cost(2, 2)).words, "always");
    EXPECT_EQ(break_even(cost(1, 1), cost(1, 2)).words, "always");
    EXPECT_EQ(break_even(cost(1, 1), cost(2, 1)).words, "always");
}

TEST(BreakEven, NeverWhereNothingIsWon) {
    EXPECT_EQ(break_even(cost(2, 2), cost(1, 1)).words, "never");
    EXPECT_EQ(break_even(cost(1, 2), cost(1, 1)).words, "never");
    EXPECT_EQ(break_even(cost(2, 1), cost(1, 1)).words, "never");
    EXPECT_EQ(break_even(cost(1, 1), cost(1, 1)).words, "never");
    EXPECT_FALSE(break_even(cost(1, 1), cost(1, 1)).inferences);
}

// The abstract of XBM saves 40 % in all: with equal inference energy E and no switch of its own, b spends E_switch =
// 0.67 E a time.
TEST(BreakEven, FortyPercentSavedMeansAReprogrammingOfTwoThirds) {
    const double saved = 1.0 - energy_per_inference(cost(0, 1), 1) / energy_per_inference(cost(2.0 / 3, 1), 1);
    EXPECT_NEAR(saved, 0.40, 1e-12);
}

}  // namespace
}  // namespace remask
