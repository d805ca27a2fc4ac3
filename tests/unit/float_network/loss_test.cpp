#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "models/network/float_network.h"
#include "sim/base/diagnostics.h"

namespace remask {
namespace {

TEST(SoftmaxCrossEntropy, EqualLogitsCostTheLogarithmOfTheClasses) {
    const std::vector<float> logits(8, 3.0f);
    std::vector<float> gradient(8);
    EXPECT_NEAR(softmax_cross_entropy(logits, std::vector<int>{0, 3}, 4, gradient), std::log(4.0), 1e-12);
    // (1/4 − [label])/2 images
    const std::vector<float> expected{-0.375f, 0.125f, 0.125f, 0.125f, 0.125f, 0.125f, 0.125f, -0.375f};
    EXPECT_EQ(gradient, expected);
}

TEST(SoftmaxCrossEntropy, TwoClassesAreTheLogisticLoss) {
    std::vector<float> gradient(2);
    const double loss = softmax_cross_entropy(std::vector<float>{1.5f, -0.5f}, std::vector<int>{1}, 2, gradient);
    EXPECT_NEAR(loss, std::log(1.0 + std::exp(2.0)), 1e-12);
    EXPECT_NEAR(gradient[0], 1.0 / (1.0 + std::exp(-2.0)), 1e-7);
    EXPECT_NEAR(gradient[1], -1.0 / (1.0 + std::exp(-2.0)), 1e-7);
}

TEST(SoftmaxCrossEntropy, HugeLogitsDoNotOverflow) {
    std::vector<float> gradient(3);
    const std::vector<float> logits{3e4f, -3e4f, 0.0f};
    EXPECT_NEAR(softmax_cross_entropy(logits, std::vector<int>{1}, 3, gradient), 6e4, 1e-6);
    EXPECT_EQ(gradient, (std::vector<float>{1.0f, -1.0f, 0.0f}));
}

TEST(SoftmaxCrossEntropy, ChecksSizesAndLabels) {
    std::vector<float> gradient(4);
    const std::vector<float> logits(4);
    EXPECT_THROW(softmax_cross_entropy(logits, std::vector<int>{0}, 2, gradient), InternalError);
    EXPECT_THROW(softmax_cross_entropy(logits, std::vector<int>{0, 2}, 2, gradient), InternalError);
    EXPECT_THROW(softmax_cross_entropy(logits, std::vector<int>{0, -1}, 2, gradient), InternalError);
}

}  // namespace
}  // namespace remask
