// Does learning work: on handwritten digits 5 to 9, on a backbone that was trained on 0 to 4?
#include "tests/unit/methods/digit_tasks.h"

namespace remask {
namespace {

using test::config_of;
using test::Digits;
using test::DigitTasks;

TEST_F(DigitTasks, BackboneLearnsItsOwn) {
    EXPECT_GT(accuracy(*backbone_, {0, 1, 2, 3, 4}), 0.95);
}

TEST_F(DigitTasks, BackboneOfNoEpochsIsWhatLearningStartsFrom) {
    const Digits first = digits({0, 1, 2, 3, 4}, Split::train);
    TrainOptions options;
    options.epochs = 0;
    ThreadPool pool(2);
    TrainingInfo taken;
    const ParameterMap backbone =
        train_backbone(*network_, options, first.images, first.labels, 1, pool, silent_progress(), &taken);
    for (const auto& [name, tensor] : initial_parameters(*network_, 1)) {
        EXPECT_EQ(backbone.at(name).values, tensor.values) << name;
    }
    EXPECT_EQ(taken.images, 0);
    EXPECT_EQ(taken.macs, 0.0);
}

TEST_F(DigitTasks, EveryMaskDoesBetterThanTheClassifierAlone) {
    MethodConfig config = config_of("classifier");
    config.epochs = 20;
    config.learning_rate = 5e-3;
    const TaskParameters alone = learn(config);
    const double baseline = accuracy(alone.effective, {5, 6, 7, 8, 9});
    EXPECT_LT(alone.training.loss.back(), alone.training.loss.front());
    for (const char* name : {"finetune", "piggyback", "ksm", "xbm", "xma", "xma2", "supsup", "packnet"}) {
        config = config_of(name);
        config.epochs = 20;
        config.learning_rate = 5e-3;
        config.mask_learning_rate = std::set<std::string>{"xma", "xma2", "supsup"}.count(name) > 0 ? 3e-2 : 5e-4;
        config.batch_norm = BatchNormChoice::frozen;  // so that the masks alone make the difference
        const TaskParameters task = learn(config);
        EXPECT_LT(task.training.loss.back(), 0.9 * alone.training.loss.back()) << name;
        EXPECT_GT(accuracy(task.effective, {5, 6, 7, 8, 9}), baseline) << name;
        EXPECT_EQ(task.effective.at("bn1.gamma").values, backbone_->at("bn1.gamma").values);
    }
}

TEST_F(DigitTasks, LearnTheSameWithOneThreadAndTwo) {
    for (const char* name :
         {"classifier", "finetune", "piggyback", "ksm", "xbm", "xma", "xma2", "supsup", "packnet", "sparcl"}) {
        MethodConfig config = config_of(name);
        config.epochs = 1;
        config.mask_learning_rate = 1e-2;
        const TaskParameters one = learn(config, 1), two = learn(config, 2);
        for (const auto& [parameter, tensor] : one.effective) {
            EXPECT_EQ(tensor.values, two.effective.at(parameter).values) << name << " " << parameter;
        }
        EXPECT_EQ(one.training.loss, two.training.loss) << name;
        EXPECT_EQ(one.mask_bits, two.mask_bits) << name;
    }
}

TEST_F(DigitTasks, TrainBatchNormOrLeaveItAsTheConfigSays) {
    MethodConfig config = config_of("xbm");
    config.epochs = 1;
    const TaskParameters trained = learn(config);
    config.batch_norm = BatchNormChoice::frozen;
    const TaskParameters frozen = learn(config);
    for (const char* part : {"bn2.gamma", "bn2.beta", "bn2.mean", "bn2.variance"}) {
        EXPECT_NE(trained.effective.at(part).values, backbone_->at(part).values) << part;
        EXPECT_EQ(frozen.effective.at(part).values, backbone_->at(part).values) << part;
    }
}

TEST_F(DigitTasks, CountWhatTrainingTook) {
    MethodConfig config = config_of("classifier");
    config.epochs = 3;
    const auto count = static_cast<double>(digits({5, 6, 7, 8, 9}, Split::train).labels.size());
    const TrainingInfo classifier = learn(config).training;
    const double head = 24 * 5;
    const double whole = static_cast<double>(macs(*network_));
    EXPECT_EQ(classifier.macs,
              count * (whole - head) + 3 * count * 2 * head);  // features once; then forward and weight gradient
    EXPECT_EQ(classifier.epochs, 3);
    EXPECT_EQ(classifier.images, 3 * static_cast<std::int64_t>(count));
    EXPECT_EQ(classifier.loss.size(), 3U);
    config = config_of("piggyback");
    config.epochs = 1;
    const double first = 64.0 * 9 * 12;  // conv1's input needs no gradient
    EXPECT_EQ(learn(config).training.macs, count * (3 * whole - first));
}

}  // namespace
}  // namespace remask
