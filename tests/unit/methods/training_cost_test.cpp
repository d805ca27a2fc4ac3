// Are the counted costs those of a network small enough to count by hand?
#include <gtest/gtest.h>

#include "models/methods/training_cost.h"
#include "tests/unit/methods/small_task.h"

namespace remask {
namespace {

// conv1 144·36 (36 positions), conv2 72·9, conv3 24·9, hidden 48, fc 40 multiply-accumulates
constexpr std::int64_t conv1 = 144 * 36, conv2 = 72 * 9, conv3 = 24 * 9, hidden = 48, fc = 40;
constexpr std::int64_t forward = conv1 + conv2 + conv3 + hidden + fc;

TEST(TrainingCost, OfTheClassifierIsForwardAndItsOwnWeightGradient) {
    const StepCost cost = step_cost(test::small_network(), {"fc.weight", "fc.bias"}, false);
    EXPECT_EQ(cost.macs, forward + fc);
    EXPECT_EQ(cost.held_bytes, 4 * 8);                                 // fc's input
    EXPECT_EQ(cost.working_bytes, 4 * (144 + 144));                    // conv1's input and output
    EXPECT_EQ(peak_activation_bytes(cost, 32), 32 * 4 * 8 + 4 * 288);  // the images go one by one
}

TEST(TrainingCost, OfAllWeightsIsThreeForwardsLessTheFirstInputGradient) {
    std::set<std::string> all;
    for (const auto& [name, shape] : parameter_shapes(test::small_network())) {
        if (!name.ends_with(".mean") && !name.ends_with(".variance")) all.insert(name);
    }
    const StepCost cost = step_cost(test::small_network(), all, true);
    EXPECT_EQ(cost.macs, 3 * forward - conv1);
    // inputs of conv1, bn1 | relu1 = conv2's input | bn2 | relu2 | bn3 | signs of relu3's 54 | hidden | relu4 = fc's
    // input
    EXPECT_EQ(cost.held_bytes, 4 * (144 + 144 + 144 + 36 + 36 + 54 + 6 + 8) + 7);
    EXPECT_EQ(peak_activation_bytes(cost, 32), 32 * cost.held_bytes);
}

TEST(TrainingCost, OfBatchNormAloneNeedsInputGradientsButNoWeightGradients) {
    const StepCost cost = step_cost(test::small_network(), {"bn1.gamma", "bn1.beta", "fc.weight"}, true);
    EXPECT_EQ(cost.macs, forward + fc + (conv2 + conv3 + hidden + fc));
    // inputs of bn1, bn2, bn3, fc; signs of relu1 (144), relu2 (36), relu3 (54), a bit each
    EXPECT_EQ(cost.held_bytes, 4 * (144 + 36 + 54 + 8) + 18 + 5 + 7);
}

TEST(TrainingCost, OfColumnsHoldsTheirSumsAndNeedsNoWeightGradient) {
    const StepCost cost = step_cost(test::small_network(), {"conv1.columns", "fc.weight"}, false, {}, {{"conv1", 3}});
    EXPECT_EQ(cost.macs, forward + fc + (conv2 + conv3 + hidden + fc) + 2 * 3 * 144);
    // three sums for each of conv1's 144 outputs; fc's input; signs of relu1 (144), relu2 (36), relu3 (54), a bit each
    EXPECT_EQ(cost.held_bytes, 4 * (3 * 144 + 8) + 18 + 5 + 7);
}

TEST(TrainingCost, OfForwardAloneHoldsOneLayer) {
    const StepCost cost = step_cost(test::small_network(), {}, false);
    EXPECT_EQ(cost.macs, forward);
    EXPECT_EQ(cost.held_bytes, 0);
    EXPECT_EQ(peak_activation_bytes(cost, 32), 4 * 288);
}

TEST(TrainingCost, OfBatchStatisticsKeepsTheWholeBatchAtOneLayer) {
    const StepCost cost = step_cost(test::small_network(), {"fc.weight"}, true);
    EXPECT_EQ(peak_activation_bytes(cost, 32), 32 * 4 * 288);
}

}  // namespace
}  // namespace remask
