// Does CPG pick, train and prune as its definition says, and leave earlier tasks as they were?
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "models/methods/method.h"
#include "tests/unit/methods/digit_tasks.h"

namespace remask {
namespace {

using test::config_of;

MethodConfig cpg() {
    MethodConfig config = config_of("cpg");
    config.epochs = 20;
    return config;
}

constexpr const char* hidden_layers[] = {"conv1", "conv2", "conv3"};

std::int64_t owned_by(const TaskParameters& task, float owner) {
    std::int64_t count = 0;
    for (const std::string layer : hidden_layers) {
        const std::vector<float>& owners = task.carried.at(layer + ".owner").values;
        count += std::count(owners.begin(), owners.end(), owner);
    }
    return count;
}

class CpgTasks : public test::DigitTasks {
protected:
    static const std::vector<TaskParameters>& tasks() {
        static const std::vector<TaskParameters> learned = [] {
            std::vector<TaskParameters> result;
            result.push_back(learn(cpg(), 2, {0, 1, 2}));
            result.push_back(learn(cpg(), 2, {3, 4, 5}, &result[0]));
            result.push_back(learn(cpg(), 2, {6, 7, 8, 9}, &result[1]));
            return result;
        }();
        return learned;
    }
};

constexpr std::int64_t all_weights = 12 * 9 + 16 * 12 * 9 + 24 * 16 * 9;

TEST_F(CpgTasks, LeaveEarlierTasksAsTheyWereToTheLastBit) {
    for (std::size_t task = 0; task < tasks().size(); ++task) {
        const ParameterMap now = recall_task(cpg(), tasks()[task], static_cast<int>(task), tasks().back());
        for (const auto& [name, tensor] : tasks()[task].effective) {
            EXPECT_EQ(now.at(name).values, tensor.values) << name << " of task " << task;
        }
    }
}

TEST_F(CpgTasks, UseTheirOwnWeightsAndSomeOfEarlierTasks) {
    std::int64_t used = 0, dropped = 0;
    for (const std::string layer : hidden_layers) {
        const std::vector<float>& owner = tasks()[2].carried.at(layer + ".owner").values;
        const std::vector<float>& shared = tasks()[2].carried.at(layer + ".weight").values;
        const std::vector<float>& before = tasks()[1].carried.at(layer + ".weight").values;
        const std::vector<float>& effective = tasks()[2].effective.at(layer + ".weight").values;
        for (std::size_t i = 0; i < owner.size(); ++i) {
            if (owner[i] == 0.0f || owner[i] == 3.0f) {
                EXPECT_EQ(effective[i], owner[i] == 0.0f ? 0.0f : shared[i]);
            }
            if (owner[i] != 1.0f && owner[i] != 2.0f) continue;
            EXPECT_EQ(shared[i], before[i]);
            EXPECT_TRUE(effective[i] == shared[i] || effective[i] == 0.0f);
            (effective[i] == shared[i] ? used : dropped) += 1;
        }
    }
    EXPECT_GT(used, 0);
    EXPECT_GT(dropped, 0);
}

TEST_F(CpgTasks, PruneAsFarAsTheGoalHoldsAndNoFurther) {
    MethodConfig config = cpg();
    config.cpg.goal = 0.0;  // always held: nine rounds, a tenth each
    const TaskParameters free = learn(config);
    for (const std::string layer : hidden_layers) {
        const std::vector<float>& owner = free.carried.at(layer + ".owner").values;
        const auto size = static_cast<double>(owner.size());
        // Every pruning rounds a layer's count, ten times a round.
        EXPECT_NEAR(static_cast<double>(std::count(owner.begin(), owner.end(), 1.0f)), 0.1 * size, 0.03 * size + 5);
    }
    config.cpg.goal =
        1.0;  // held by no round once a held-out image is wrong: the labels of two classes are one digit's
    config.epochs = 4;
    test::Digits train = digits({5, 6}, Split::train);
    for (std::size_t i = 0; i < train.labels.size(); ++i) train.labels[i] = static_cast<int>(i % 2);
    const LearningInput input{.network = *network_,
                              .backbone = *backbone_,
                              .images = train.images,
                              .labels = train.labels,
                              .classes = 2,
                              .geometry = test::geometry_on(*network_, 9),
                              .seed = 4};
    ThreadPool pool(2);
    EXPECT_EQ(owned_by(learn_task(config, input, pool, silent_progress()), 1.0f), all_weights);
}

TEST_F(CpgTasks, KeepTheirAccuracyAndTheirBits) {
    EXPECT_GT(accuracy(tasks()[0].effective, {0, 1, 2}), 0.95);
    EXPECT_GT(accuracy(tasks()[1].effective, {3, 4, 5}), 0.9);
    EXPECT_GT(accuracy(tasks()[2].effective, {6, 7, 8, 9}), 0.85);
    // Free or the first's: 1 bit; three values: 2 bits, and a bit for every weight of an earlier task.
    EXPECT_EQ(tasks()[0].mask_bits, all_weights);
    EXPECT_EQ(tasks()[1].mask_bits, 2 * all_weights + owned_by(tasks()[1], 1.0f));
    EXPECT_EQ(tasks()[2].mask_bits, 2 * all_weights + owned_by(tasks()[2], 1.0f) + owned_by(tasks()[2], 2.0f));
    const TaskParameters alone = learn(cpg(), 1, {0, 1, 2});  // any number of threads
    EXPECT_EQ(alone.effective.at("conv2.weight").values, tasks()[0].effective.at("conv2.weight").values);
}

/// L = Σ G·W_eff: the gradient is G for an own weight and, straight through the step, G·W for a picked one.
TEST_F(CpgTasks, CarryGradientsToOwnWeightsAndPicks) {
    const std::vector<ArrayLayer> layers =
        list_array_layers(*network_, *backbone_, test::geometry_on(*network_, 9), false);
    const TaskParameters& before = tasks()[0];
    const auto method = make_method(cpg(), {layers, 8, 1, &before});
    ParameterMap own = method->initial(), gradients, computed;
    method->assume(0.0, 1, own, gradients = *backbone_);  // the free weights become the task's own
    for (const std::string& name : method->masked_weights()) gradients[name] = backbone_->at(name);
    test::randomise(gradients, -1.0, 1.0, 22);
    method->backward(own, {}, gradients, computed);
    for (const std::string layer : hidden_layers) {
        const std::vector<float>& owner = before.carried.at(layer + ".owner").values;
        const std::vector<float>& shared = before.carried.at(layer + ".weight").values;
        const std::vector<float>& g = gradients.at(layer + ".weight").values;
        for (std::size_t i = 0; i < owner.size(); ++i) {
            EXPECT_EQ(computed.at(layer + ".new").values[i], owner[i] == 0.0f ? g[i] : 0.0f);
            EXPECT_EQ(computed.at(layer + ".pick").values[i], owner[i] == 1.0f ? g[i] * shared[i] : 0.0f);
        }
    }
}

}  // namespace
}  // namespace remask
