// Where can a task be learned through a chip's arrays, and what does the chip get to see?
#include "models/methods/chip_learning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/methods/learn.h"
#include "sim/base/diagnostics.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"
#include "tests/unit/methods/small_task.h"

namespace remask {
namespace {

using test::config_of;
using test::SmallTask;
using ::testing::HasSubstr;

/// A chip whose arrays lose a tenth of every product, and that remembers the masks it was given.
class LossyChip : public LearningChip, public MatrixProductEngine {
public:
    LossyChip(const QuantizedNetwork& network, std::vector<std::vector<LayerMask>>& seen)
        : exact_(integer_product(network.layers())), seen_(seen) {}
    const MatrixProductEngine& engine() const override { return *this; }
    void set_masks(const std::vector<LayerMask>& masks) override { seen_.push_back(masks); }
    void multiply(int slot, int group, const IntegerRows& inputs, std::span<double> outputs) const override {
        exact_->multiply(slot, group, inputs, outputs);
        for (double& output : outputs) output *= 0.9;
    }

private:
    std::unique_ptr<MatrixProductEngine> exact_;
    std::vector<std::vector<LayerMask>>& seen_;
};

class LearningOnAChip : public testing::Test {
protected:
    LearningOnAChip() {
        RandomStream random(7, "images");
        for (int i = 0; i < 12; ++i) labels_.push_back(i % 3);
        images_.resize(12 * static_cast<std::size_t>(task_.network.input.size()));
        for (float& pixel : images_) pixel = static_cast<float>(random.normal());
    }

    LearningInput input() const {
        LearningInput made{.network = task_.network, .backbone = task_.backbone, .images = images_, .labels = labels_};
        made.classes = 3;
        made.geometry = task_.geometry;
        made.classifier_on_crossbar = classifier_on_crossbar_;
        return made;
    }

    TaskParameters learn(MethodConfig config, int threads = 1) {
        config.learn.on = LearningPlace::crossbar;
        config.epochs = 2;
        config.batch = 4;
        LearningInput on_chip = input();
        on_chip.program_chip = [&](const QuantizedNetwork& network, std::span<const float>, int) {
            return std::make_unique<LossyChip>(network, seen_);
        };
        ThreadPool pool(threads);
        seen_.clear();
        return learn_task(config, on_chip, pool, silent_progress());
    }

    TaskParameters learn_in_float(MethodConfig config) {
        config.epochs = 2;
        config.batch = 4;
        ThreadPool pool(1);
        return learn_task(config, input(), pool, silent_progress());
    }

    std::string refusal(const MethodConfig& config) {
        try {
            learn(config);
        } catch (const ConfigError& error) {
            return error.what();
        }
        return "";
    }

    SmallTask task_;
    std::vector<float> images_;
    std::vector<int> labels_;
    bool classifier_on_crossbar_ = false;
    std::vector<std::vector<LayerMask>> seen_;
};

TEST_F(LearningOnAChip, ThePeripheryGetsTheMasksOfEveryStep) {
    const TaskParameters learned = learn(config_of("xma"));
    ASSERT_EQ(seen_.size(), 1u + 2 * 3);  // at the start, then 2 epochs of 3 steps
    for (const double factor : seen_.front()[0].factors) EXPECT_EQ(factor, 1.0);
    EXPECT_EQ(learned.input_scales.size(), task_.layers.size());
    for (const double scale : learned.input_scales) EXPECT_GT(scale, 0.0);
}

TEST_F(LearningOnAChip, WhatIsLearnedDiffersFromFloatAndNotWithTheThreads) {
    const MethodConfig config = config_of("xma");
    const TaskParameters one = learn(config, 1), two = learn(config, 2);
    const TaskParameters in_float = learn_in_float(config);
    const std::string classifier = task_.network.layers.back().name + ".weight";
    EXPECT_EQ(one.effective.at(classifier).values, two.effective.at(classifier).values);
    EXPECT_EQ(one.input_scales, two.input_scales);
    EXPECT_NE(one.effective.at(classifier).values, in_float.effective.at(classifier).values);
    EXPECT_TRUE(in_float.input_scales.empty());
}

/// The first batch-norm's running mean is moved towards nine tenths of the mean that the float network would see.
TEST_F(LearningOnAChip, BatchNormSeesTheChipsOutputs) {
    MethodConfig config = config_of("xbm");
    config.mask_learning_rate = 0.0;
    config.learning_rate = 0.0;
    const TaskParameters on_chip = learn(config);
    const TaskParameters in_float = learn_in_float(config);
    const double left = std::pow(0.9, 6);  // of the value before, after six steps
    const std::vector<float>& before = task_.backbone.at("bn1.mean").values;
    for (std::size_t c = 0; c < before.size(); ++c) {
        const auto moved = [&](const TaskParameters& task) {
            return static_cast<double>(task.effective.at("bn1.mean").values[c]) - left * static_cast<double>(before[c]);
        };
        EXPECT_NEAR(moved(on_chip), 0.9 * moved(in_float), 0.02) << "channel " << c;  // 8-bit inputs and weights
        EXPECT_GT(std::abs(moved(in_float)), 1e-4);
    }
}

TEST_F(LearningOnAChip, MethodsThatWriteCellsAreRefused) {
    for (const char* method : {"piggyback", "finetune", "xma2", "packnet"}) {
        EXPECT_THAT(refusal(config_of(method)), HasSubstr("writes cells")) << method;
    }
    MethodConfig folded = config_of("xma");
    folded.realisation = Realisation::reprogram;
    EXPECT_THAT(refusal(folded), HasSubstr("writes cells"));
}

TEST_F(LearningOnAChip, TheClassifierMustBeDigital) {
    classifier_on_crossbar_ = true;
    task_.geometry = test::geometry_on(task_.network, 18, 0, true);
    task_.geometry.back() = test::geometry_on(task_network(task_.network, 3), 18, 0, true).back();
    EXPECT_THAT(refusal(config_of("xma")), HasSubstr("set classifier: digital"));
}

}  // namespace
}  // namespace remask
