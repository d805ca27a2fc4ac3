// Does one step move every parameter against the loss's derivative, and are odd batches handled as said?
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <string>

#include "models/methods/trainer.h"
#include "models/network/float_network.h"
#include "sim/base/diagnostics.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"
#include "tests/unit/methods/small_task.h"

namespace remask {
namespace {

using test::config_of;
using test::SmallTask;

double loss_of(const Network& network, ParameterMap parameters, const test::Images& images, double smoothing,
               ThreadPool& pool) {
    FloatNetwork runner(network, pool);
    const int count = static_cast<int>(images.labels.size());
    const std::vector<float> logits = runner.forward(images.pixels, count, parameters, BatchNormMode::train, false);
    double loss = 0.0;
    const auto classes = static_cast<std::size_t>(network.classes());
    for (std::size_t i = 0; i < images.labels.size(); ++i) {
        double total = 0.0, uniform = 0.0;
        for (std::size_t c = 0; c < classes; ++c) total += std::exp(static_cast<double>(logits[i * classes + c]));
        const auto log_share = [&](std::size_t c) { return logits[i * classes + c] - std::log(total); };
        for (std::size_t c = 0; c < classes; ++c) uniform += log_share(c) / static_cast<double>(classes);
        loss -= (1.0 - smoothing) * log_share(static_cast<std::size_t>(images.labels[i])) + smoothing * uniform;
    }
    return loss / count;
}

TEST(Trainer, TakesOneStepDownTheGradientOfEveryParameter) {
    const SmallTask task;
    ThreadPool pool(1);
    const test::Images images = test::random_images(task.network.input, 20, 5, 3);
    TrainerOptions options;
    options.epochs.batch = 20;
    options.epochs.batch_statistics = true;
    options.label_smoothing = 0.2;
    options.optimizer.learning_rate = 1.0;
    options.optimizer.nesterov = false;
    ParameterMap start = task.backbone;
    for (auto& [name, tensor] : start) {
        if (name.ends_with(".bias") || name.ends_with(".beta"))
            std::fill(tensor.values.begin(), tensor.values.end(), 0.3f);
    }
    std::set<std::string> trained;
    for (const auto& entry : start) {
        if (!entry.first.ends_with(".mean") && !entry.first.ends_with(".variance")) trained.insert(entry.first);
    }
    ParameterMap moved = start;
    const TrainingInfo info = train_network(task.network, moved, trained, nullptr, options, images.pixels,
                                            images.labels, pool, silent_progress());
    EXPECT_NEAR(info.loss.at(0), loss_of(task.network, start, images, 0.2, pool), 1e-5);
    for (const std::string& name : trained) {
        double computed = 0.0, length = 0.0;  // along the step itself: d loss = −|gradient|²·h
        ParameterMap up = start, down = start;
        constexpr double h = 2e-4;
        for (std::size_t i = 0; i < moved.at(name).values.size(); ++i) {
            const double gradient = static_cast<double>(start.at(name).values[i]) - moved.at(name).values[i];
            length += gradient * gradient;
        }
        if (length < 1e-10) continue;
        for (std::size_t i = 0; i < moved.at(name).values.size(); ++i) {
            const double gradient = static_cast<double>(start.at(name).values[i]) - moved.at(name).values[i];
            const double by = h * gradient / std::sqrt(length);
            up.at(name).values[i] = static_cast<float>(start.at(name).values[i] + by);
            down.at(name).values[i] = static_cast<float>(start.at(name).values[i] - by);
        }
        computed =
            (loss_of(task.network, up, images, 0.2, pool) - loss_of(task.network, down, images, 0.2, pool)) / (2 * h);
        EXPECT_NEAR(computed, std::sqrt(length), 0.02 * std::sqrt(length) + 5e-4) << name;
    }
}

TEST(Trainer, LearnsColumnsOfConvolutionsWithoutTheirWeightsGradients) {
    const SmallTask task(0, 64);
    ThreadPool pool(1);
    const test::Images images = test::random_images(task.network.input, 20, 5, 3);
    const auto method = task.method(config_of("xma"));
    ParameterMap own = method->initial(), parameters = task.backbone;
    const MaskLearning mask{method.get(), &own, {}};
    TrainerOptions options;
    options.epochs.batch = 20;
    std::set<std::string> found;
    options.hooks.on_gradients = [&](ParameterMap& gradients) {
        for (const auto& entry : gradients) found.insert(entry.first);
    };
    const TrainingInfo info = train_network(task.network, parameters, {}, &mask, options, images.pixels, images.labels,
                                            pool, silent_progress());
    EXPECT_EQ(found, (std::set<std::string>{"conv1.columns", "conv2.weight", "conv3.weight", "hidden.weight"}));
    EXPECT_GT(info.macs, 0.0);
    for (const auto& [name, start] : method->initial()) EXPECT_NE(own.at(name).values, start.values) << name;
}

TEST(Trainer, UsesTheRestOfTheImagesUnlessOneIsTooFewForStatistics) {
    EpochOptions options;
    options.batch = 4;
    EXPECT_EQ(steps_per_epoch(options, 9), 3);
    EXPECT_EQ(steps_per_epoch(options, 8), 2);
    EXPECT_EQ(steps_per_epoch(options, 3), 1);
    options.batch_statistics = true;
    EXPECT_EQ(steps_per_epoch(options, 9), 2);
    EXPECT_EQ(steps_per_epoch(options, 10), 3);
}

/// A batch larger than the images is all of them, and takes no more memory than they do.
TEST(Epochs, HoldNoMoreThanTheImagesThatThereAre) {
    const Shape shape{3, 224, 224};
    const std::vector<float> images(static_cast<std::size_t>(2 * shape.size()), 1.0f);
    const std::vector<int> labels{0, 1};
    EpochOptions options;
    options.epochs = 1;
    options.batch = std::numeric_limits<int>::max();
    ThreadPool pool(1);
    const EpochTotals totals = run_epochs(options, shape, images, labels, pool, silent_progress(), [](const Batch& b) {
        EXPECT_EQ(b.size, 2);
        return 1.0;
    });
    EXPECT_EQ(totals.images, 2);
}

TEST(Epochs, ShowEveryImageOnceInAnOrderOfTheSeedAndEpoch) {
    const Shape shape{1, 1, 1};
    const std::vector<float> images{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    const std::vector<int> labels{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    const auto order_of = [&](std::uint64_t seed) {
        EpochOptions options;
        options.epochs = 2;
        options.batch = 4;
        options.seed = seed;
        std::vector<std::vector<int>> order(2);
        ThreadPool pool(2);
        const EpochTotals totals =
            run_epochs(options, shape, images, labels, pool, silent_progress(), [&](const Batch& batch) {
                for (std::size_t i = 0; i < batch.labels.size(); ++i) {
                    EXPECT_EQ(batch.images[i], static_cast<float>(batch.labels[i]));
                    order[static_cast<std::size_t>(batch.epoch)].push_back(batch.labels[i]);
                }
                return 1.0;
            });
        EXPECT_EQ(totals.images, 20);
        EXPECT_EQ(totals.loss, (std::vector<double>{1.0, 1.0}));
        return order;
    };
    const auto order = order_of(1);
    EXPECT_EQ(order, order_of(1));
    EXPECT_NE(order, order_of(2));
    EXPECT_NE(order[0], order[1]);
    for (std::vector<int> epoch : order) {
        std::sort(epoch.begin(), epoch.end());
        EXPECT_EQ(epoch, labels);
    }
}

TEST(Epochs, StopWhereTheLossIsNotFinite) {
    const std::vector<float> images{0, 1};
    const std::vector<int> labels{0, 1};
    ThreadPool pool(1);
    EXPECT_THROW(run_epochs({}, Shape{1, 1, 1}, images, labels, pool, silent_progress(),
                            [](const Batch&) { return std::nan(""); }),
                 RunError);
}

TEST(TrainingData, IsChecked) {
    const std::vector<float> images{0, 1};
    const Shape shape{1, 1, 1};
    EXPECT_NO_THROW(check_training_data(shape, images, std::vector<int>{0, 1}, 2));
    EXPECT_THROW(check_training_data(shape, images, std::vector<int>{0, 2}, 2), InputError);
    EXPECT_THROW(check_training_data(shape, images, std::vector<int>{0, -1}, 2), InputError);
    EXPECT_THROW(check_training_data(shape, images, std::vector<int>{0}, 2), InputError);
    EXPECT_THROW(check_training_data(shape, {}, {}, 2), InputError);
}

}  // namespace
}  // namespace remask
