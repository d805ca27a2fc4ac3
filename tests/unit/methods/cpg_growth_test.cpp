// Does CPG widen its network for a task that misses its goal, for no other, and leave earlier tasks as they were?
#include <gmock/gmock.h>

#include <algorithm>

#include "models/methods/growth.h"
#include "models/methods/method.h"
#include "models/network/float_network.h"
#include "sim/storage/hdf5_file.h"
#include "tests/unit/methods/digit_tasks.h"

namespace remask {
namespace {

using test::config_of;

constexpr double out_of_reach = 2.0;

/// 2.25 times the size: 18, 24 and 36 channels for 12, 16 and 24.
MethodConfig growing(double goal) {
    MethodConfig config = config_of("cpg");
    config.epochs = 6;
    config.cpg.goal = goal;
    config.cpg.grow = true;
    config.cpg.growth_step = 1.25;
    config.cpg.max_size = 2.25;
    return config;
}

constexpr const char* new_layers[] = {"conv1.grown1", "conv2.grown1", "conv2.inputs1", "conv3.grown1", "conv3.inputs1"};
constexpr std::int64_t backbone_weights = 12 * 9 + 16 * 12 * 9 + 24 * 16 * 9;
constexpr std::int64_t new_weights = 6 * 9 + 8 * 18 * 9 + 16 * 6 * 9 + 12 * 24 * 9 + 24 * 8 * 9;

std::int64_t owned_by(const TaskParameters& task, const std::string& layer, float owner) {
    const std::vector<float>& owners = task.carried.at(layer + ".owner").values;
    return std::count(owners.begin(), owners.end(), owner);
}

/// Three tasks: the second misses its goal, the others reach theirs.
class GrowingCpg : public test::DigitTasks {
protected:
    static const std::vector<TaskParameters>& tasks() {
        static const std::vector<TaskParameters> learned = [] {
            std::vector<TaskParameters> result;
            result.push_back(learn(growing(0.0), 2, {0, 1, 2}));
            result.push_back(learn(growing(out_of_reach), 2, {3, 4, 5}, &result[0]));
            result.push_back(learn(growing(0.0), 2, {6, 7, 8, 9}, &result[1]));
            return result;
        }();
        return learned;
    }

    static std::vector<float> logits(const ParameterMap& parameters, const TaskParameters& task,
                                     const std::vector<int>& classes) {
        ThreadPool pool(1);
        const Network network = method_network(growing(0.0), *network_, task.classes, task.growth);
        const test::Digits images = digits(classes, Split::test);
        return FloatNetwork(network, pool).forward(images.images, static_cast<int>(images.labels.size()), parameters);
    }
};

TEST_F(GrowingCpg, WidenTheNetworkOfATaskThatMissesItsGoalAndOfLaterOnes) {
    EXPECT_EQ(tasks()[0].growth, 0);
    EXPECT_EQ(tasks()[1].growth, 1);
    EXPECT_EQ(tasks()[2].growth, 1);  // within its goal, on the network as it is
    EXPECT_EQ(tasks()[0].effective.count("conv2.grown1.weight"), 0U);
    EXPECT_EQ(tasks()[1].effective.at("fc.weight").shape, (std::vector<std::int64_t>{3, 36}));
    EXPECT_EQ(tasks()[0].masks.size(), 3U);
    EXPECT_EQ(tasks()[1].masks.size(), 8U);
    EXPECT_TRUE(
        std::all_of(tasks()[1].reprogrammed.begin(), tasks()[1].reprogrammed.end(), [](bool is) { return is; }));
}

TEST_F(GrowingCpg, LearnAnewFromWhatTheTaskBeforeLeft) {
    // Half of the six epochs before pruning; the second task takes them twice, then its first round of one epoch is
    // kept or not.
    EXPECT_GE(tasks()[1].training.epochs, 3 + 3 + 1);
    EXPECT_EQ(tasks()[0].training.epochs, 3 + 3);
    MethodConfig fixed = growing(0.0);
    fixed.cpg.grow = false;
    const TaskParameters same = learn(fixed, 2, {0, 1, 2});
    for (const auto& [name, tensor] : same.effective) EXPECT_EQ(tasks()[0].effective.at(name).values, tensor.values);
}

TEST_F(GrowingCpg, LeaveEarlierTasksAsTheyWereToTheLastBit) {
    const std::vector<std::vector<int>> classes{{0, 1, 2}, {3, 4, 5}, {6, 7, 8, 9}};
    for (std::size_t task = 0; task < tasks().size(); ++task) {
        const ParameterMap now = recall_task(growing(0.0), tasks()[task], static_cast<int>(task), tasks().back());
        ASSERT_EQ(now.size(), tasks()[task].effective.size());
        for (const auto& [name, tensor] : tasks()[task].effective) {
            EXPECT_EQ(now.at(name).values, tensor.values) << name << " of task " << task;
        }
        EXPECT_EQ(logits(now, tasks()[task], classes[task]),
                  logits(tasks()[task].effective, tasks()[task], classes[task]));
    }
}

/// With whatever a later task puts into the new weights, an earlier one's channels see none of it.
TEST_F(GrowingCpg, GiveEarlierTasksTheSameLogitsOnTheWiderNetworkWithoutItsColumns) {
    const Network wide = method_network(growing(0.0), *network_, 3, 1);
    ParameterMap parameters = tasks()[1].effective;
    for (auto& [name, tensor] : parameters) {
        const auto own = tasks()[0].effective.find(name);
        if (own != tasks()[0].effective.end() && own->second.shape == tensor.shape) tensor = own->second;
        if (name.find(".inputs1") != std::string::npos) std::fill(tensor.values.begin(), tensor.values.end(), 0.0f);
    }
    const Tensor& narrow = tasks()[0].effective.at("fc.weight");
    Tensor& classifier = parameters.at("fc.weight");
    for (std::size_t i = 0; i < classifier.values.size(); ++i) {
        const std::size_t row = i / 36, feature = i % 36;
        classifier.values[i] = feature < 24 ? narrow.values[row * 24 + feature] : 0.0f;
    }
    ThreadPool pool(1);
    const test::Digits images = digits({0, 1, 2}, Split::test);
    const std::vector<float> expected = logits(tasks()[0].effective, tasks()[0], {0, 1, 2});
    const std::vector<float> found =
        FloatNetwork(wide, pool).forward(images.images, static_cast<int>(images.labels.size()), parameters);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-4) << i;
}

TEST_F(GrowingCpg, HandFreeNewWeightsToTheTaskThatGrew) {
    std::int64_t second = 0, third = 0;
    for (const std::string layer : new_layers) {
        EXPECT_EQ(owned_by(tasks()[2], layer, 1.0f), 0) << layer;
        EXPECT_EQ(owned_by(tasks()[1], layer, 2.0f), owned_by(tasks()[2], layer, 2.0f)) << layer;
        second += owned_by(tasks()[2], layer, 2.0f);
        third += owned_by(tasks()[2], layer, 3.0f);
        // What the third task did not train and did not pick is 0 or the second's.
        const std::vector<float>& before = tasks()[1].carried.at(layer + ".weight").values;
        const std::vector<float>& owners = tasks()[1].carried.at(layer + ".owner").values;
        const std::vector<float>& used = tasks()[2].effective.at(layer + ".weight").values;
        for (std::size_t i = 0; i < used.size(); ++i) {
            EXPECT_TRUE(owners[i] != 2.0f || used[i] == before[i] || used[i] == 0.0f);
        }
    }
    EXPECT_GT(second, new_weights / 2);  // at most the first rounds of pruning keep an accuracy
    EXPECT_LE(second + third, new_weights);
    EXPECT_EQ(tasks()[1].mask_bits - tasks()[1].new_weight_bits,
              2 * (backbone_weights + new_weights) + owned_by(tasks()[1], "conv1", 1.0f) +
                  owned_by(tasks()[1], "conv2", 1.0f) + owned_by(tasks()[1], "conv3", 1.0f));
    EXPECT_EQ(tasks()[1].new_weight_bits, 8 * new_weights);  // kept by the task that grew
    EXPECT_EQ(tasks()[2].new_weight_bits, 0);
}

TEST_F(GrowingCpg, StopAtTheLargestSize) {
    MethodConfig config = growing(out_of_reach);
    config.epochs = 2;
    config.cpg.growth_step = 0.625;
    const TaskParameters task = learn(config, 1, {0, 1});
    EXPECT_EQ(task.growth, 2);
    EXPECT_EQ(task.training.epochs, 3 + 1);  // one epoch at each size, and a round
    EXPECT_EQ(network_sizes(config), (std::vector<double>{1.0, 1.625, 2.25}));
    const TaskParameters again = learn(config, 2, {0, 1});
    for (const auto& [name, tensor] : task.effective) EXPECT_EQ(again.effective.at(name).values, tensor.values) << name;
}

TEST_F(GrowingCpg, KeepTheirWidthInFiles) {
    const std::filesystem::path file = std::filesystem::path(testing::TempDir()) / "grown_task.h5";
    Hdf5Writer writer(file);
    save_task_parameters(writer, "/task", tasks()[1]);
    writer.commit();
    const TaskParameters loaded = load_task_parameters(Hdf5Reader(file), "/task");
    EXPECT_EQ(loaded.growth, 1);
    EXPECT_EQ(loaded.effective.at("conv3.inputs1.weight").values,
              tasks()[1].effective.at("conv3.inputs1.weight").values);
    std::filesystem::remove(file);
}

TEST_F(GrowingCpg, AreEstimatedAtTheLargestSize) {
    const MethodConfig config = growing(0.9);
    const LearningInput input{.network = *network_,
                              .backbone = *backbone_,
                              .images = {},
                              .labels = {},
                              .classes = 4,
                              .geometry = test::geometry_on(method_network(config, *network_, 4, 1), 9)};
    const TaskParameters task = assume_task(config, input, 0.5);
    EXPECT_EQ(task.growth, 1);
    EXPECT_EQ(task.new_weight_bits, 8 * new_weights);
    const std::vector<float>& drawn = task.on_chip.at("conv2.inputs1.weight").values;
    EXPECT_TRUE(std::any_of(drawn.begin(), drawn.end(), [](float weight) { return weight != 0.0f; }));
}

}  // namespace
}  // namespace remask
