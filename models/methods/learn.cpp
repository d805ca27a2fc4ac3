#include "models/methods/learn.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "models/methods/task_session.h"
#include "models/methods/trainer.h"
#include "models/methods/training_cost.h"
#include "models/network/float_network.h"

namespace remask {
namespace {

OptimizerOptions optimizer_options(const Recipe& recipe, double learning_rate) {
    OptimizerOptions options;
    options.kind = recipe.optimizer;
    options.schedule = recipe.schedule;
    options.learning_rate = learning_rate;
    options.momentum = 0.9;
    options.nesterov = false;
    options.milestones = {0.5};
    options.step_factor = 0.1;
    options.weight_decay = recipe.weight_decay;
    return options;
}

TrainerOptions trainer_options(const TaskSession& session) {
    TrainerOptions options;
    options.epochs.what = session.config.name();
    options.epochs.epochs = session.recipe.epochs;
    options.epochs.batch = session.recipe.batch;
    options.epochs.augmentation = session.input.augmentation;
    options.epochs.batch_statistics = session.batch_norm_trained();
    options.epochs.seed = session.input.seed;
    options.optimizer = optimizer_options(session.recipe, session.recipe.learning_rate);
    return options;
}

TrainingInfo train_all(TaskSession& session, ThreadPool& pool, Progress& progress) {
    const LearningInput& input = session.input;
    OptimizerOptions mask_options = optimizer_options(session.recipe, session.recipe.mask_learning_rate);
    mask_options.weight_decay = 0.0;
    const MaskLearning mask{session.method.get(), &session.own, mask_options};
    return train_network(session.network, session.parameters, session.trained(), session.own.empty() ? nullptr : &mask,
                         trainer_options(session), input.images, input.labels, pool, progress);
}

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
    const auto size = static_cast<std::size_t>(input.network.input.size());
    FloatNetwork runner(session.network, pool);
    std::vector<float> features;
    for (std::int64_t begin = 0; begin < input.count(); begin += session.recipe.batch) {
        const auto here = static_cast<std::size_t>(std::min<std::int64_t>(session.recipe.batch, input.count() - begin));
        runner.forward(input.images.subspan(static_cast<std::size_t>(begin) * size, here * size),
                       static_cast<int>(here), session.parameters, BatchNormMode::evaluate, true);
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
    TrainerOptions options = trainer_options(session);
    options.epochs.augmentation = {};
    const Network head = head_of(session.network);
    TrainingInfo info = train_network(head, session.parameters, session.trained(), nullptr, options, features,
                                      input.labels, pool, progress);
    const std::int64_t forward = macs(session.network) - macs(head);
    const std::int64_t batch = std::min<std::int64_t>(session.recipe.batch, input.count());
    info.macs += static_cast<double>(forward) * static_cast<double>(input.count());
    info.peak_activation_bytes =
        std::max(info.peak_activation_bytes, step_cost(session.network, {}, false).activation_bytes * batch);
    return info;
}

}  // namespace

TaskParameters learn_task(const MethodConfig& config, const LearningInput& input, ThreadPool& pool,
                          Progress& progress) {
    const auto start = std::chrono::steady_clock::now();
    check_training_data(input.network.input, input.images, input.labels, input.classes);
    TaskSession session(config, input);
    const TrainingInfo info =
        session.classifier_only() ? train_classifier(session, pool, progress) : train_all(session, pool, progress);
    TaskParameters task = session.finish();
    task.training = info;
    task.training.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return task;
}

TaskParameters assume_task(const MethodConfig& config, const LearningInput& input, double masked_share) {
    TaskSession session(config, input);
    session.method->assume(masked_share, input.seed, session.own, session.parameters);
    return session.finish();
}

}  // namespace remask
