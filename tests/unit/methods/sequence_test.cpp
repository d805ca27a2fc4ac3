// Do tasks follow one another as their methods say?
#include "models/methods/method.h"
#include "models/methods/session_training.h"
#include "sim/base/diagnostics.h"
#include "tests/unit/methods/digit_tasks.h"

namespace remask {
namespace {

using test::config_of;
using test::DigitTasks;

TEST_F(DigitTasks, FinetuneInSequenceGoesOnFromTheTaskBefore) {
    MethodConfig config = config_of("finetune");
    config.epochs = 1;
    config.learning_rate = 0.0;  // so that what a task starts from is what it ends with
    EXPECT_FALSE(is_sequential(config));
    config.finetune.sequential = true;
    EXPECT_TRUE(is_sequential(config));
    TaskParameters first = learn(config, 2, {0, 1, 2});
    for (float& weight : first.carried.at("conv2.weight").values) weight += 1.0f;
    const TaskParameters second = learn(config, 2, {3, 4}, &first);
    EXPECT_EQ(second.effective.at("conv2.weight").values, first.carried.at("conv2.weight").values);
    EXPECT_EQ(second.effective.at("conv1.weight").values, backbone_->at("conv1.weight").values);
    EXPECT_EQ(first.carried.count("fc.weight"), 0U);
}

TEST_F(DigitTasks, FinetuneInSequenceLeavesEarlierTasksTheirClassifierOnly) {
    MethodConfig config = config_of("finetune");
    config.epochs = 6;
    config.learning_rate = 5e-2;
    config.finetune.sequential = true;
    const TaskParameters first = learn(config, 2, {0, 1, 2, 3, 4});
    const TaskParameters second = learn(config, 2, {5, 6, 7, 8, 9}, &first);
    const ParameterMap now = recall_task(config, first, 0, second);
    EXPECT_EQ(now.at("conv1.weight").values, second.effective.at("conv1.weight").values);
    EXPECT_EQ(now.at("bn3.mean").values, second.effective.at("bn3.mean").values);
    EXPECT_EQ(now.at("fc.weight").values, first.effective.at("fc.weight").values);
    EXPECT_GT(accuracy(first.effective, {0, 1, 2, 3, 4}), 0.95);
    EXPECT_LT(accuracy(now, {0, 1, 2, 3, 4}), accuracy(first.effective, {0, 1, 2, 3, 4}));
    EXPECT_EQ(accuracy(recall_task(config, second, 1, second), {5, 6, 7, 8, 9}),
              accuracy(second.effective, {5, 6, 7, 8, 9}));
}

TEST_F(DigitTasks, MasksDependOnNoOtherTask) {
    MethodConfig config = config_of("xma");
    config.epochs = 1;
    const TaskParameters first = learn(config, 2, {0, 1, 2});
    const TaskParameters second = learn(config, 2, {3, 4}, &first);
    const TaskParameters alone = learn(config, 2, {3, 4});
    for (const auto& [name, tensor] : alone.effective) EXPECT_EQ(second.effective.at(name).values, tensor.values);
    EXPECT_TRUE(first.carried.empty());
    EXPECT_EQ(recall_task(config, first, 0, second).at("fc.weight").values, first.effective.at("fc.weight").values);
}

TEST_F(DigitTasks, LaterRoundsShuffleAnew) {
    const Shape shape{1, 1, 1};
    const std::vector<float> images{0, 1, 2, 3, 4, 5, 6, 7};
    const std::vector<int> labels{0, 1, 2, 3, 4, 5, 6, 7};
    const auto order_of = [&](int first, int epochs) {
        EpochOptions options;
        options.first_epoch = first;
        options.epochs = epochs;
        options.batch = 8;
        std::vector<int> order;
        ThreadPool pool(2);
        run_epochs(options, shape, images, labels, pool, silent_progress(), [&](const Batch& batch) {
            order.insert(order.end(), batch.labels.begin(), batch.labels.end());
            return 0.0;
        });
        return order;
    };
    std::vector<int> parts = order_of(0, 2);
    const std::vector<int> rest = order_of(2, 1);
    parts.insert(parts.end(), rest.begin(), rest.end());
    EXPECT_EQ(parts, order_of(0, 3));
    EXPECT_NE(order_of(0, 1), rest);
}

TEST(Recipe, IsWhatTheConfigSaysOfMomentumAndSchedule) {
    MethodConfig config = config_of("sparcl");
    EXPECT_EQ(optimizer_options(recipe_of(config), 0.1).momentum, 0.0);
    EXPECT_EQ(optimizer_options(recipe_of(config), 0.1).schedule, ScheduleKind::constant);
    config.momentum = 0.8;
    config.schedule = ScheduleKind::cosine;
    EXPECT_EQ(optimizer_options(recipe_of(config), 0.1).momentum, 0.8);
    EXPECT_EQ(optimizer_options(recipe_of(config), 0.1).schedule, ScheduleKind::cosine);
}

TEST(Recipe, HasNesterovWhereItsOptimiserHasMomentum) {
    MethodConfig config = config_of("finetune");
    EXPECT_FALSE(optimizer_options(recipe_of(config), 0.1).nesterov);
    config.nesterov = true;
    EXPECT_TRUE(optimizer_options(recipe_of(config), 0.1).nesterov);
}

}  // namespace
}  // namespace remask
