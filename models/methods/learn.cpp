#include "models/methods/learn.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "models/methods/session_training.h"
#include "models/methods/training_cost.h"
#include "models/network/float_network.h"

namespace remask {
namespace {

/// The classifier alone, as a network of one layer on features.
Network head_of(const Network& network) {
    const Layer& classifier = network.layers.back();
    Layer input;
    input.name = "features";
    input.kind = LayerKind::input;
    Layer linear = classifier;
    linear.inputs = {0};
    Network head;
    head.name = network.name + " classifier";
    head.input = network.layers[static_cast<std::size_t>(classifier.inputs.front())].output;
    head.normalisation = {1.0f, std::vector<float>(static_cast<std::size_t>(head.input.channels), 0.0f),
                          std::vector<float>(static_cast<std::size_t>(head.input.channels), 1.0f)};
    head.layers = {input, linear};
    finish(head);
    return head;
}

/// What the classifier sees of every image.
std::vector<float> features_of(TaskSession& session, ThreadPool& pool) {
    const LearningInput& input = session.input;
    const int layer = session.network.layers.back().inputs.front();
    const std::int64_t size = input.network.input.size();
    FloatNetwork runner(session.network, pool);
    if (session.chip) runner.compute_with(&session.chip->forward());
    std::vector<float> features, buffer;
    for (std::int64_t begin = 0; begin < input.count(); begin += session.recipe.batch) {
        const std::int64_t here = std::min<std::int64_t>(session.recipe.batch, input.count() - begin);
        runner.forward(input.images.portion(begin, here, size, pool, buffer), static_cast<int>(here),
                       session.parameters, BatchNormMode::evaluate, true);
        const std::span<const float> seen = runner.activation(layer);
        features.insert(features.end(), seen.begin(), seen.end());
    }
    return features;
}

/// Nothing below the classifier changes, so the features are computed once, of the images as they are (no
/// augmentation).
TrainingInfo train_classifier(TaskSession& session, ThreadPool& pool, Progress& progress) {
    const LearningInput& input = session.input;
    const std::vector<float> features = features_of(session, pool);
    TrainerOptions options = trainer_options(session, whole_recipe(session.recipe));
    options.epochs.augmentation = {};
    options.chip = nullptr;  // the features have gone through it
    const Network head = head_of(session.network);
    TrainingInfo info = train_network(head, session.parameters, session.trained(), nullptr, options, features,
                                      input.labels, pool, progress);
    const std::int64_t forward = macs(session.network) - macs(head);
    const std::int64_t batch = std::min<std::int64_t>(session.recipe.batch, input.count());
    info.macs += static_cast<double>(forward) * static_cast<double>(input.count());
    info.peak_activation_bytes =
        std::max(info.peak_activation_bytes, peak_activation_bytes(step_cost(session.network, {}, false), batch));
    return info;
}

}  // namespace

TrainingInfo Method::learn(TaskSession& session, ThreadPool& pool, Progress& progress) {
    if (session.classifier_only()) return train_classifier(session, pool, progress);
    return train_round(session, whole_recipe(session.recipe), pool, progress);
}

TaskParameters learn_task(const MethodConfig& config, const LearningInput& input, ThreadPool& pool,
                          Progress& progress) {
    const auto start = std::chrono::steady_clock::now();
    check_training_data(input.network.input, input.images, input.labels, input.classes);
    TrainingInfo info;
    for (int growth = input.previous ? input.previous->growth : 0;; ++growth) {
        TaskSession session(config, input, growth);
        if (config.learn.on == LearningPlace::crossbar) session.chip = std::make_unique<ChipLearning>(session, pool);
        add_training(info, session.method->learn(session, pool, progress));
        if (session.method->wants_growth()) continue;
        require_converged(session.parameters);
        require_converged(session.own);
        TaskParameters task = session.finish();
        task.training = info;
        task.training.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        return task;
    }
}

TaskParameters assume_task(const MethodConfig& config, const LearningInput& input, double masked_share) {
    TaskSession session(config, input, most_growth(config));
    session.method->assume(masked_share, input.seed, session.own, session.parameters);
    return session.finish();
}

}  // namespace remask
