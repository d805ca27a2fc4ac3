// Tasks on handwritten digits, on a backbone that was trained on 0 to 4.
#pragma once

#include <gtest/gtest.h>

#include "models/methods/learn.h"
#include "models/methods/train_backbone.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"
#include "tests/unit/methods/small_task.h"

namespace remask::test {

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

    static TaskParameters learn(const MethodConfig& config, int threads = 2,
                                const std::vector<int>& classes = {5, 6, 7, 8, 9},
                                const TaskParameters* previous = nullptr) {
        const Digits train = digits(classes, Split::train);
        const auto count = static_cast<int>(classes.size());
        const Network network = method_network(config, *network_, count, most_growth(config));
        const LearningInput input{.network = *network_,
                                  .backbone = *backbone_,
                                  .images = train.images,
                                  .labels = train.labels,
                                  .classes = count,
                                  .geometry = test::geometry_on(network, 9, config.method == "ksm" ? -1 : 0),
                                  .seed = 4,
                                  .previous = previous};
        ThreadPool pool(threads);
        return learn_task(config, input, pool, silent_progress());
    }

    static double accuracy(const ParameterMap& parameters, const std::vector<int>& classes) {
        const Digits test = digits(classes, Split::test);
        ThreadPool pool(2);
        return evaluate_accuracy(task_network(*network_, static_cast<int>(classes.size())), parameters, test.images,
                                 test.labels, pool);
    }

    static inline Network* network_ = nullptr;
    static inline ParameterMap* backbone_ = nullptr;
};

}  // namespace remask::test
