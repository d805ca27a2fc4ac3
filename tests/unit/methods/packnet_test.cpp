// Does PackNet share one network out among tasks as its definition says?
#include <algorithm>
#include <cmath>

#include "models/methods/method.h"
#include "tests/unit/methods/digit_tasks.h"

namespace remask {
namespace {

using test::config_of;

MethodConfig packnet() {
    MethodConfig config = config_of("packnet");
    config.epochs = 3;
    config.learning_rate = 1e-2;
    return config;
}

class PackNetTasks : public test::DigitTasks {
protected:
    static const std::vector<TaskParameters>& tasks() {
        static const std::vector<TaskParameters> learned = [] {
            std::vector<TaskParameters> result;
            result.push_back(learn(packnet(), 2, {0, 1, 2}));
            result.push_back(learn(packnet(), 2, {3, 4, 5}, &result[0]));
            result.push_back(learn(packnet(), 2, {6, 7, 8, 9}, &result[1]));
            return result;
        }();
        return learned;
    }
};

constexpr const char* hidden_layers[] = {"conv1", "conv2", "conv3"};

TEST_F(PackNetTasks, FreeTheRoundedShareOfTheirOwnWeightsInEveryLayer) {
    for (const std::string layer : hidden_layers) {
        double free = static_cast<double>(backbone_->at(layer + ".weight").values.size());
        for (std::size_t task = 0; task < tasks().size(); ++task) {
            free = std::nearbyint((task == 0 ? 0.5 : 0.75) * free);  // of what was free, pruning frees its share again
            const std::vector<float>& owner = tasks()[task].carried.at(layer + ".owner").values;
            EXPECT_EQ(std::count(owner.begin(), owner.end(), 0.0f), free) << layer << " after task " << task;
        }
    }
}

TEST_F(PackNetTasks, StayWithinWhatCellsHoldAtTheBackbonesScale) {
    MethodConfig fast = packnet();
    fast.learning_rate = 0.3;  // weights would grow beyond it
    const TaskParameters learned = learn(fast, 2, {0, 1, 2});
    int at_the_limit = 0;
    for (const std::string layer : hidden_layers) {
        const Tensor& before = backbone_->at(layer + ".weight");
        const std::vector<float>& after = learned.effective.at(layer + ".weight").values;
        const auto filters = static_cast<std::size_t>(before.shape[0]);
        const std::size_t rows = after.size() / filters;
        for (std::size_t i = 0; i < after.size(); ++i) {
            const auto first = before.values.begin() + static_cast<std::ptrdiff_t>(i / rows * rows);
            float limit = 0.0f;
            for (auto w = first; w != first + static_cast<std::ptrdiff_t>(rows); ++w)
                limit = std::max(limit, std::fabs(*w));
            EXPECT_LE(std::fabs(after[i]), limit) << layer << " " << i;
            at_the_limit += std::fabs(after[i]) == limit;
        }
    }
    EXPECT_GT(at_the_limit, 3 * 8);  // more than each filter's own largest
}

TEST_F(PackNetTasks, KeepTheLargestWeightsOfTheirOwn) {
    MethodConfig once = packnet();
    once.epochs = 2;  // no retraining: the survivors are as pruning found them
    const TaskParameters task = learn(once);
    const std::vector<float>& owner = task.carried.at("conv2.owner").values;
    const std::vector<float>& weight = task.effective.at("conv2.weight").values;
    MethodConfig unpruned = once;
    unpruned.packnet.prune_first = 0.0;
    const std::vector<float> before = learn(unpruned).effective.at("conv2.weight").values;
    float smallest_kept = 1e9f, largest_freed = 0.0f;
    for (std::size_t i = 0; i < weight.size(); ++i) {
        const float size = std::fabs(before[i]);
        if (owner[i] == 0.0f) {
            largest_freed = std::max(largest_freed, size);
            EXPECT_EQ(weight[i], 0.0f);
        } else {
            smallest_kept = std::min(smallest_kept, size);
            EXPECT_EQ(weight[i], before[i]);
        }
    }
    EXPECT_GT(smallest_kept, largest_freed);
    EXPECT_GT(largest_freed, 0.0f);
}

TEST_F(PackNetTasks, LeaveEarlierTasksAsTheyWereToTheLastBit) {
    for (std::size_t task = 0; task < tasks().size(); ++task) {
        const ParameterMap now = recall_task(packnet(), tasks()[task], static_cast<int>(task), tasks().back());
        for (const auto& [name, tensor] : tasks()[task].effective) {
            EXPECT_EQ(now.at(name).values, tensor.values) << name << " of task " << task;
        }
    }
}

TEST_F(PackNetTasks, TrainOnlyWhatWasFree) {
    for (const std::string layer : hidden_layers) {
        const std::vector<float>& owner = tasks()[2].carried.at(layer + ".owner").values;
        const std::vector<float>& second = tasks()[1].effective.at(layer + ".weight").values;
        const std::vector<float>& third = tasks()[2].effective.at(layer + ".weight").values;
        bool moved = false;
        for (std::size_t i = 0; i < owner.size(); ++i) {
            if (owner[i] == 3.0f) moved = moved || third[i] != 0.0f;
            if (owner[i] == 1.0f || owner[i] == 2.0f) {
                EXPECT_EQ(third[i], second[i]);
            }
        }
        EXPECT_TRUE(moved) << layer;
    }
    for (const char* fixed : {"bn1.gamma", "bn2.beta", "bn3.mean"}) {
        EXPECT_NE(tasks()[0].effective.at(fixed).values, backbone_->at(fixed).values) << fixed;
        EXPECT_EQ(tasks()[2].effective.at(fixed).values, tasks()[0].effective.at(fixed).values) << fixed;
    }
}

/// A filter without a weight has a constant output, whose variance of 0 would be fixed for all later tasks.
TEST_F(PackNetTasks, CanFillFiltersThatTheFirstTaskLeftEmpty) {
    MethodConfig hard = packnet();
    hard.epochs = 9;
    hard.packnet.prune_first = 0.99;
    const TaskParameters first = learn(hard, 2, {0, 1, 2});
    const std::vector<float>& weights = first.effective.at("conv3.weight").values;
    const std::size_t rows = weights.size() / 24;
    int empty = 0;
    for (std::size_t c = 0; c < 24; ++c) {
        const auto filter = weights.begin() + static_cast<std::ptrdiff_t>(c * rows);
        const bool is_empty =
            std::count(filter, filter + static_cast<std::ptrdiff_t>(rows), 0.0f) == std::ssize(weights) / 24;
        const float variance = first.effective.at("bn3.variance").values[c];
        empty += is_empty;
        if (!is_empty) continue;
        EXPECT_EQ(variance, backbone_->at("bn3.variance").values[c]) << c;
        EXPECT_EQ(first.effective.at("bn3.mean").values[c], 0.0f) << c;
    }
    ASSERT_GT(empty, 0);
    // With 99 % of the weights free again, the second task learns digits that the first has no features for.
    const TaskParameters second = learn(hard, 2, {3, 4, 5}, &first);
    EXPECT_GT(accuracy(second.effective, {3, 4, 5}), 0.8);
    EXPECT_EQ(accuracy(recall_task(hard, first, 0, second), {0, 1, 2}), accuracy(first.effective, {0, 1, 2}));
}

TEST_F(PackNetTasks, StoreTheLogarithmOfTheOwnersPerWeight) {
    const double weights = 12 * 9 + 16 * 12 * 9 + 24 * 16 * 9;
    EXPECT_EQ(tasks()[0].mask_bits, 1 * weights);  // free or the first's
    EXPECT_EQ(tasks()[1].mask_bits, 2 * weights);  // three values
    EXPECT_EQ(tasks()[2].mask_bits, 2 * weights);  // four
    const double batch_norms = 2 * (12 + 16 + 24);
    EXPECT_EQ(tasks()[0].constants_bits, 32 * (batch_norms + 25 * 3));
    EXPECT_EQ(tasks()[1].constants_bits, 32.0 * 25 * 3);  // the first task's batch-norm stays
}

}  // namespace
}  // namespace remask
