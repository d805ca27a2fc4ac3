// Are SparCL's masks, its replay, its removed data and its counted work what the paper says?
#include <algorithm>
#include <cmath>
#include <set>

#include "models/methods/method.h"
#include "models/methods/sparcl_learner.h"
#include "tests/unit/methods/digit_tasks.h"

namespace remask {
namespace {

using test::config_of;

ParameterMap one_layer(std::vector<float> values) {
    const auto size = static_cast<std::int64_t>(values.size());
    return {{"w", {{size}, std::move(values)}}};
}

TEST(SparseMasks, KeepTheLargestWeightsAtFirst) {
    SparseMasks masks({.sparsity = 0.6}, {"w"});
    ParameterMap w = one_layer({0.1f, -0.9f, 0.3f, 0.0f, -0.2f, 0.5f, 0.05f, 0.4f, -0.35f, 0.01f});
    masks.prune(w);
    EXPECT_EQ(w.at("w").values, (std::vector<float>{0, -0.9f, 0, 0, 0, 0.5f, 0, 0.4f, -0.35f, 0}));
    EXPECT_EQ(masks.existing("w"), 4);
    EXPECT_EQ(masks.updated("w"), 4);
}

TEST(SparseMasks, PruneByWeightAndHalfTheGradientAndGrowAtRandom) {
    SparseMasks masks({.sparsity = 0.6, .grown = 0.1, .seed = 5}, {"w"});
    ParameterMap w = one_layer({0.1f, -0.9f, 0.3f, 0.0f, -0.2f, 0.5f, 0.05f, 0.4f, -0.35f, 0.01f});
    masks.prune(w);
    // Importance of those that exist: 0.9, 0.5, 0.4, 0.35 + half of 0.4; the third is pruned. A gradient elsewhere is
    // none.
    const ParameterMap g = one_layer({9, 0, 9, 9, 9, 0, 9, 0, -0.4f, 9});
    std::set<std::size_t> grown;
    for (int round = 1; round <= 20; ++round) {
        SparseMasks copy = masks;
        ParameterMap now = w;
        copy.renew(now, g, round);
        EXPECT_EQ(copy.existing("w"), 4);
        ParameterMap flags;
        copy.save(flags);
        for (const std::size_t kept : {1U, 5U, 8U}) EXPECT_EQ(flags.at("w.exists").values[kept], 1.0f);
        for (std::size_t i = 0; i < 10; ++i) {
            if (flags.at("w.exists").values[i] == 1.0f && i != 1 && i != 5 && i != 8) grown.insert(i);
        }
    }
    EXPECT_GE(grown.size(), 4U);  // 20 draws of 7: fewer than 4 different ones have a probability below 1e-5
}

TEST(SparseMasks, UpdateTheLargestGradientsOfWeightsThatExist) {
    // A fifth of all weights, two of the five that exist.
    SparseMasks masks({.sparsity = 0.5, .gradient_sparsity = 0.8}, {"w"});
    ParameterMap w = one_layer({10, 9, 8, 7, 6, 1, 1, 1, 1, 1});
    masks.prune(w);
    ParameterMap g = one_layer({0.1f, -0.5f, 0.2f, 0.4f, 0.3f, 9, 9, 9, 9, 9});
    masks.choose_updated(g);
    EXPECT_EQ(masks.updated("w"), 2);
    masks.mask_gradients(g);
    EXPECT_EQ(g.at("w").values, (std::vector<float>{0, -0.5f, 0, 0.4f, 0, 0, 0, 0, 0, 0}));
    ParameterMap moved = one_layer({11, 11, 11, 11, 11, 11, 11, 11, 11, 11});  // as momentum would
    masks.keep_others(w, moved);
    EXPECT_EQ(moved.at("w").values, (std::vector<float>{10, 11, 8, 11, 6, 0, 0, 0, 0, 0}));
}

TEST(SparseMasks, UpdateAllThatExistsWhereGradientsAreLessSparse) {
    SparseMasks masks({.sparsity = 0.75, .gradient_sparsity = 0.5}, {"w"});
    ParameterMap w = one_layer({4, 1, 3, 2, 1, 1, 1, 1});
    masks.prune(w);
    masks.choose_updated(one_layer({1, 9, 2, 9, 9, 9, 9, 9}));
    EXPECT_EQ(masks.updated("w"), 2);
}

TEST(SparclOptions, LeaveAFifthOfWhatExistsAloneUnlessTold) {
    SparclOptions options;
    options.sparsity = 0.75;
    EXPECT_NEAR(options.unchanged_share(), 0.80, 1e-12);  // the authors' pair
    options.sparsity = 0.95;
    EXPECT_NEAR(options.unchanged_share(), 0.96, 1e-12);
    options.gradient_sparsity = 0.0;
    EXPECT_EQ(options.unchanged_share(), 0.0);
}

TEST(SparseMasks, AreTheSameAfterSavingAndLoading) {
    SparseMasks masks({.sparsity = 0.5}, {"w"}), other({.sparsity = 0.5}, {"w"});
    ParameterMap w = one_layer({4, 1, 3, 2}), saved, again;
    masks.prune(w);
    masks.save(saved);
    other.load(saved);
    other.save(again);
    EXPECT_EQ(saved.at("w.exists").values, (std::vector<float>{1, 0, 1, 0}));
    EXPECT_EQ(again.at("w.exists").values, saved.at("w.exists").values);
}

TEST(ReplayBuffer, HoldsEachItemWithTheSameProbability) {
    constexpr int capacity = 20, items = 100, runs = 400;
    std::vector<int> held(items, 0);
    for (int run = 0; run < runs; ++run) {
        ReplayBuffer buffer(capacity, static_cast<std::uint64_t>(run));
        for (int i = 0; i < items; ++i) buffer.add({{0.0f}, 0, i, {0.0f}});
        EXPECT_EQ(buffer.items().size(), 20U);
        EXPECT_EQ(buffer.seen(), items);
        for (const ReplayBuffer::Item& item : buffer.items()) ++held[static_cast<std::size_t>(item.label)];
    }
    // Binomial(400, 0.2): 80 ± 8; five deviations for each of a hundred.
    for (int i = 0; i < items; ++i) EXPECT_NEAR(held[static_cast<std::size_t>(i)], 80, 40) << i;
}

TEST(ReplayBuffer, IsTheSameAfterSavingAndLoading) {
    ReplayBuffer buffer(3, 1), other(3, 1);
    for (int i = 0; i < 8; ++i) {
        std::vector<float> logits(static_cast<std::size_t>(i % 2 + 2), 0.5f * static_cast<float>(i));
        buffer.add({{1.0f * static_cast<float>(i), 2.0f}, i % 2, i, logits});
    }
    ParameterMap saved;
    buffer.save(saved);
    other.load(saved);
    ASSERT_EQ(other.items().size(), 3U);
    EXPECT_EQ(other.seen(), 8);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(other.items()[i].image, buffer.items()[i].image);
        EXPECT_EQ(other.items()[i].logits, buffer.items()[i].logits);
        EXPECT_EQ(other.items()[i].label, buffer.items()[i].label);
        EXPECT_EQ(other.items()[i].task, buffer.items()[i].task);
    }
    for (int draw = 0; draw < 2; ++draw) {
        EXPECT_EQ(other.sample(1, 7, draw)[0]->label, buffer.sample(1, 7, draw)[0]->label);
    }
}

TEST(JointHead, LossesHaveTheGradientsOfTheirValues) {
    const JointHead head{{2, 3}};
    const std::vector<float> logits{0.3f, -0.2f, 9.0f, 9.0f, 9.0f, 7.0f, 7.0f, 0.5f, 1.5f, -1.0f};
    const std::vector<int> tasks{0, 1}, labels{1, 2};
    const std::vector<float> a{0.1f, 0.2f}, b{0.3f, -0.4f, 0.6f};
    const std::vector<std::span<const float>> wanted{a, b};
    const auto value = [&](const std::vector<float>& at) {
        std::vector<float> ignored(at.size());
        return task_cross_entropy(at, head, tasks, labels, 0.5, ignored) +
               logit_distance(at, head, tasks, wanted, 0.1, ignored);
    };
    const double first = std::log(std::exp(0.3) + std::exp(-0.2)) + 0.2;
    const double second = std::log(std::exp(0.5) + std::exp(1.5) + std::exp(-1.0)) + 1.0;
    const double squares = 0.2 * 0.2 + 0.4 * 0.4 + 0.2 * 0.2 + 1.9 * 1.9 + 1.6 * 1.6;
    EXPECT_NEAR(value(logits), 0.5 * (first + second) / 2 + 0.1 * squares / 5, 1e-6);
    std::vector<float> gradient(logits.size(), 0.0f);
    task_cross_entropy(logits, head, tasks, labels, 0.5, gradient);
    logit_distance(logits, head, tasks, wanted, 0.1, gradient);
    for (std::size_t i = 0; i < logits.size(); ++i) {
        std::vector<float> up = logits, down = logits;
        up[i] += 1e-2f;
        down[i] -= 1e-2f;
        EXPECT_NEAR(gradient[i], (value(up) - value(down)) / 2e-2, 1e-4) << i;
    }
}

/// A tenth of conv2's 16×12×3×3 and conv3's 24×16×3×3 weights, 518.4, shared as the sums of their extents, 34 and 46.
constexpr std::int64_t second_exist = 220, third_exist = 298;

class SparclTasks : public test::DigitTasks {
protected:
    static MethodConfig sparcl() {
        MethodConfig config = config_of("sparcl");
        config.epochs = 7;
        return config;
    }
    static const std::vector<TaskParameters>& tasks() {
        static const std::vector<TaskParameters> learned = [] {
            std::vector<TaskParameters> result;
            result.push_back(learn(sparcl(), 2, {0, 1, 2, 3, 4}));
            result.push_back(learn(sparcl(), 2, {5, 6, 7, 8, 9}, &result[0]));
            return result;
        }();
        return learned;
    }
};

TEST_F(SparclTasks, AreAsSparseAsAskedInAllButTheFirstLayer) {
    for (const TaskParameters& task : tasks()) {
        for (const auto& [layer, existing] : {std::pair{"conv2.weight", second_exist}, {"conv3.weight", third_exist}}) {
            const std::vector<float>& w = task.effective.at(layer).values;
            EXPECT_LE(std::count_if(w.begin(), w.end(), [](float x) { return x != 0.0f; }), existing);
            const std::vector<float>& flags = task.carried.at(std::string(layer) + ".exists").values;
            EXPECT_EQ(std::count(flags.begin(), flags.end(), 1.0f), existing);
        }
        EXPECT_EQ(task.mask_bits, 8 * (108 + second_exist + third_exist) + 1728 + 3456);
    }
}

TEST_F(SparclTasks, RememberEarlierTasksBetterThanFinetuningDoes) {
    MethodConfig plain = config_of("finetune");
    plain.epochs = 7;
    plain.learning_rate = 3e-2;
    plain.finetune.sequential = true;
    const TaskParameters first = learn(plain, 2, {0, 1, 2, 3, 4});
    const TaskParameters second = learn(plain, 2, {5, 6, 7, 8, 9}, &first);
    const double forgetful = accuracy(recall_task(plain, first, 0, second), {0, 1, 2, 3, 4});
    const double remembered = accuracy(recall_task(sparcl(), tasks()[0], 0, tasks()[1]), {0, 1, 2, 3, 4});
    EXPECT_GT(remembered, forgetful);
    EXPECT_GT(accuracy(tasks()[1].effective, {5, 6, 7, 8, 9}), 0.5);  // chance is 0.2
    EXPECT_EQ(accuracy(recall_task(sparcl(), tasks()[1], 1, tasks()[1]), {5, 6, 7, 8, 9}),
              accuracy(tasks()[1].effective, {5, 6, 7, 8, 9}));
}

/// One epoch of one batch: the step chooses what is updated, so every weight that exists has its gradient computed.
TEST_F(SparclTasks, CountTheWorkOfWeightsThatExist) {
    MethodConfig config = sparcl();
    config.epochs = 1;
    config.batch = 10'000;
    const auto images = static_cast<double>(digits({5, 6, 7, 8, 9}, Split::train).labels.size());
    const double first = 64.0 * 108, second = 16.0 * second_exist, third = 16.0 * third_exist;
    const double head = 24 * 5;
    EXPECT_EQ(learn(config).training.macs, images * (2 * first + 3 * (second + third + head)));
    config.sparcl.sparsity = 0.0;
    EXPECT_EQ(learn(config).training.macs, images * (2 * first + 3 * (16.0 * (1728 + 3456) + head)));
}

TEST_F(SparclTasks, LeaveOutTheShareOfImages) {
    MethodConfig config = sparcl();  // seven epochs: one removal, after the fifth
    config.sparcl.buffer = 1;
    const auto images = static_cast<std::int64_t>(digits({5, 6, 7, 8, 9}, Split::train).labels.size());
    const std::int64_t removed = static_cast<std::int64_t>(0.3 * static_cast<double>(images));
    const std::int64_t shown = 5 * images + 2 * (images - removed);
    const TaskParameters first = learn(config);
    EXPECT_EQ(first.training.images, shown);  // nothing to replay yet
    EXPECT_EQ(learn(config, 2, {5, 6, 7, 8, 9}, &first).training.images, 3 * shown);
}

/// With momentum too, a step changes no other weights than those it is counted for. One step: all of a batch.
TEST_F(SparclTasks, ChangeOnlyWhatTheyCount) {
    MethodConfig config = sparcl();
    config.epochs = 3;
    config.batch = 10'000;
    config.momentum = 0.9;
    config.weight_decay = 0.1;
    config.sparcl.gradient_sparsity = 0.99;  // a tenth of what exists
    const TaskParameters learned = learn(config);
    for (const auto& [layer, existing] : {std::pair{"conv2.weight", second_exist}, {"conv3.weight", third_exist}}) {
        const std::vector<float>& before = backbone_->at(layer).values;
        const std::vector<float>& after = learned.effective.at(layer).values;
        std::int64_t changed = 0;
        for (std::size_t i = 0; i < after.size(); ++i) changed += after[i] != 0.0f && after[i] != before[i] ? 1 : 0;
        EXPECT_EQ(changed, std::llround(0.1 * static_cast<double>(existing))) << layer;
    }
}

}  // namespace
}  // namespace remask
