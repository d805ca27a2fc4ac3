// Does learning work: on handwritten digits 5 to 9, on a backbone that was trained on 0 to 4?
#include <gtest/gtest.h>

#include "models/methods/learn.h"
#include "models/methods/train_backbone.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"
#include "tests/unit/methods/small_task.h"

namespace remask {
namespace {

using test::config_of;

struct Digits {
    std::vector<float> images;
    std::vector<int> labels;
};

class DigitTasks : public testing::Test {
protected:
    static void SetUpTestSuite() {
        network_ = new Network(test::empty({1, 8, 8}));
        test::append(*network_, "conv1", LayerKind::convolution, 12, 3);
        test::append(*network_, "bn1", LayerKind::batch_norm);
        test::append(*network_, "relu1", LayerKind::relu);
        test::append(*network_, "conv2", LayerKind::convolution, 16, 3, 1, 2);
        test::append(*network_, "bn2", LayerKind::batch_norm);
        test::append(*network_, "relu2", LayerKind::relu);
        test::append(*network_, "conv3", LayerKind::convolution, 24, 3);
        test::append(*network_, "bn3", LayerKind::batch_norm);
        test::append(*network_, "relu3", LayerKind::relu);
        test::append(*network_, "pool", LayerKind::global_average_pool);
        test::append(*network_, "fc", LayerKind::linear, 5);
        finish(*network_);
        ThreadPool pool(2);
        const Digits first = digits({0, 1, 2, 3, 4}, Split::train);
        TrainOptions options;
        options.epochs = 8;
        options.batch = 32;
        backbone_ = new ParameterMap(
            train_backbone(*network_, options, first.images, first.labels, 1, pool, silent_progress()));
    }
    static void TearDownTestSuite() {
        delete network_;
        delete backbone_;
    }

    static Digits digits(const std::vector<int>& classes, Split split) {
        DataSelection selection;
        selection.dataset = "digits";
        selection.classes = classes;
        const DataFolders folders{"", REMASK_SOURCE_DIR "/experiments/data"};
        const Dataset dataset = load_dataset(selection, split, folders, 1);
        return {prepare_images(dataset, *network_), dataset.labels};
    }

    static TaskParameters learn(const MethodConfig& config, int threads = 2) {
        const Digits train = digits({5, 6, 7, 8, 9}, Split::train);
        const LearningInput input{.network = *network_,
                                  .backbone = *backbone_,
                                  .images = train.images,
                                  .labels = train.labels,
                                  .classes = 5,
                                  .geometry = test::geometry_on(*network_, 9, config.method == "ksm" ? -1 : 0),
                                  .seed = 4};
        ThreadPool pool(threads);
        return learn_task(config, input, pool, silent_progress());
    }

    static double accuracy(const ParameterMap& parameters, const std::vector<int>& classes) {
        const Digits test = digits(classes, Split::test);
        ThreadPool pool(2);
        return evaluate_accuracy(*network_, parameters, test.images, test.labels, pool);
    }

    static Network* network_;
    static ParameterMap* backbone_;
};
Network* DigitTasks::network_ = nullptr;
ParameterMap* DigitTasks::backbone_ = nullptr;

TEST_F(DigitTasks, BackboneLearnsItsOwn) {
    EXPECT_GT(accuracy(*backbone_, {0, 1, 2, 3, 4}), 0.95);
}

TEST_F(DigitTasks, EveryMaskDoesBetterThanTheClassifierAlone) {
    MethodConfig config = config_of("classifier");
    config.epochs = 20;
    config.learning_rate = 5e-3;
    const TaskParameters alone = learn(config);
    const double baseline = accuracy(alone.effective, {5, 6, 7, 8, 9});
    EXPECT_LT(alone.training.loss.back(), alone.training.loss.front());
    for (const char* name : {"finetune", "piggyback", "ksm", "xbm", "xma"}) {
        config = config_of(name);
        config.epochs = 20;
        config.learning_rate = 5e-3;
        config.mask_learning_rate = std::string(name) == "xma" ? 3e-2 : 5e-4;
        config.batch_norm = BatchNormChoice::frozen;  // so that the masks alone make the difference
        const TaskParameters task = learn(config);
        EXPECT_LT(task.training.loss.back(), 0.9 * alone.training.loss.back()) << name;
        EXPECT_GT(accuracy(task.effective, {5, 6, 7, 8, 9}), baseline) << name;
        EXPECT_EQ(task.effective.at("bn1.gamma").values, backbone_->at("bn1.gamma").values);
    }
}

TEST_F(DigitTasks, LearnTheSameWithOneThreadAndTwo) {
    for (const char* name : {"classifier", "finetune", "piggyback", "ksm", "xbm", "xma"}) {
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
