#include "models/network/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "sim/base/diagnostics.h"

namespace remask {
namespace {

ParameterMap one_value(float value) {
    return {{"w", {{1}, {value}}}};
}

float after(Optimizer& optimizer, ParameterMap& parameters, const std::vector<float>& gradients) {
    for (const float gradient : gradients) optimizer.step(parameters, one_value(gradient));
    return parameters["w"].values[0];
}

OptimizerOptions options(OptimizerKind kind, double rate) {
    OptimizerOptions result;
    result.kind = kind;
    result.learning_rate = rate;
    result.schedule = ScheduleKind::constant;
    return result;
}

TEST(Sgd, MomentumByHand) {
    Optimizer optimizer(options(OptimizerKind::sgd, 0.5), 3);
    ParameterMap parameters = one_value(1.0f);
    // v: 1, 0.9 + 2 = 2.9, 2.61 − 1 = 1.61; w: 1 − 0.5 − 1.45 − 0.805
    EXPECT_NEAR(after(optimizer, parameters, {1.0f, 2.0f, -1.0f}), -1.755, 1e-6);
}

TEST(Sgd, NesterovByHand) {
    OptimizerOptions nesterov = options(OptimizerKind::sgd, 0.5);
    nesterov.nesterov = true;
    Optimizer optimizer(nesterov, 2);
    ParameterMap parameters = one_value(1.0f);
    // v: 1, 2.9; steps: 1 + 0.9 = 1.9, 2 + 2.61 = 4.61
    EXPECT_NEAR(after(optimizer, parameters, {1.0f, 2.0f}), 1.0 - 0.5 * (1.9 + 4.61), 1e-6);
}

TEST(Sgd, WeightDecayByHand) {
    OptimizerOptions decaying = options(OptimizerKind::sgd, 0.5);
    decaying.momentum = 0.0;
    decaying.weight_decay = 0.1;
    Optimizer optimizer(decaying, 2);
    ParameterMap parameters = one_value(2.0f);
    // 2 − 0.5·(1 + 0.2) = 1.4; 1.4 − 0.5·(0 + 0.14)
    EXPECT_NEAR(after(optimizer, parameters, {1.0f, 0.0f}), 1.33, 1e-6);
}

TEST(Adam, TheFirstStepIsTheRate) {
    for (const float gradient : {1e-3f, 1.0f, 500.0f}) {
        Optimizer optimizer(options(OptimizerKind::adam, 0.01), 1);
        ParameterMap parameters = one_value(1.0f);
        EXPECT_NEAR(after(optimizer, parameters, {gradient}), 0.99, 1e-6) << gradient;
    }
}

TEST(Adam, TwoStepsByHand) {
    Optimizer optimizer(options(OptimizerKind::adam, 0.1), 2);
    ParameterMap parameters = one_value(0.0f);
    // m: 0.1, 0.09 − 0.2 = −0.11, corrected by 1 − 0.81; s: 0.001, 0.000999 + 0.004 = 0.004999, by 1 − 0.998001
    const double second = 0.1 * (-0.11 / 0.19) / (std::sqrt(0.004999 / 0.001999) + 1e-8);
    EXPECT_NEAR(after(optimizer, parameters, {1.0f, -2.0f}), -0.1 - second, 1e-6);
}

TEST(Adam, WeightDecayIsPartOfTheGradient) {
    OptimizerOptions decaying = options(OptimizerKind::adam, 0.1);
    decaying.weight_decay = 0.5;
    Optimizer optimizer(decaying, 1);
    ParameterMap parameters = one_value(2.0f);
    // g = −3 + 1 < 0: the step goes up
    EXPECT_NEAR(after(optimizer, parameters, {-3.0f}), 2.1, 1e-6);
}

TEST(Optimizer, KeepsParametersApartAndRejectsStrangers) {
    Optimizer optimizer(options(OptimizerKind::sgd, 1.0), 4);
    ParameterMap parameters{{"a", {{1}, {0.0f}}}, {"b", {{2}, {0.0f, 0.0f}}}};
    optimizer.step(parameters, {{"a", {{1}, {1.0f}}}});
    optimizer.step(parameters, {{"b", {{2}, {1.0f, 2.0f}}}});
    EXPECT_EQ(parameters["a"].values, (std::vector<float>{-1.0f}));
    EXPECT_EQ(parameters["b"].values, (std::vector<float>{-1.0f, -2.0f}));
    EXPECT_THROW(optimizer.step(parameters, {{"c", {{1}, {1.0f}}}}), InternalError);
    EXPECT_THROW(optimizer.step(parameters, {{"a", {{2}, {1.0f, 1.0f}}}}), InternalError);
}

TEST(Schedule, Constant) {
    const OptimizerOptions constant = options(OptimizerKind::sgd, 0.3);
    EXPECT_EQ(scheduled_rate(constant, 0, 10), 0.3);
    EXPECT_EQ(scheduled_rate(constant, 9, 10), 0.3);
}

TEST(Schedule, Cosine) {
    OptimizerOptions cosine = options(OptimizerKind::sgd, 0.4);
    cosine.schedule = ScheduleKind::cosine;
    EXPECT_EQ(scheduled_rate(cosine, 0, 12), 0.4);
    EXPECT_NEAR(scheduled_rate(cosine, 4, 12), 0.3, 1e-12);  // cos 60° = ½
    EXPECT_NEAR(scheduled_rate(cosine, 6, 12), 0.2, 1e-12);
    EXPECT_NEAR(scheduled_rate(cosine, 8, 12), 0.1, 1e-12);
}

TEST(Schedule, StepAtMilestones) {
    OptimizerOptions step = options(OptimizerKind::sgd, 1.0);
    step.schedule = ScheduleKind::step;
    step.milestones = {0.5, 0.75};
    step.step_factor = 0.2;
    EXPECT_EQ(scheduled_rate(step, 49, 100), 1.0);
    EXPECT_NEAR(scheduled_rate(step, 50, 100), 0.2, 1e-12);
    EXPECT_NEAR(scheduled_rate(step, 75, 100), 0.04, 1e-12);
}

TEST(Schedule, TheOptimizerFollowsIt) {
    OptimizerOptions step = options(OptimizerKind::sgd, 1.0);
    step.schedule = ScheduleKind::step;
    step.milestones = {0.5};
    step.momentum = 0.0;
    Optimizer optimizer(step, 4);
    ParameterMap parameters = one_value(0.0f);
    EXPECT_NEAR(after(optimizer, parameters, {1.0f, 1.0f}), -2.0, 1e-6);
    EXPECT_NEAR(optimizer.rate(), 0.1, 1e-12);
    EXPECT_NEAR(after(optimizer, parameters, {1.0f, 1.0f}), -2.2, 1e-6);
}

}  // namespace
}  // namespace remask
