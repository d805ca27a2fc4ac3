#include "models/methods/train_backbone.h"

#include <chrono>
#include <set>
#include <string>

#include "models/methods/trainer.h"
#include "models/network/builders.h"

namespace remask {
namespace {

/// All that a gradient reaches: batch-norm's mean and variance follow from the batches.
std::set<std::string> trainable(const ParameterMap& parameters) {
    std::set<std::string> names;
    for (const auto& entry : parameters) {
        const std::string& name = entry.first;
        if (!name.ends_with(".mean") && !name.ends_with(".variance")) names.insert(name);
    }
    return names;
}

}  // namespace

void describe(Fields& fields, TrainOptions& options) {
    fields.field("epochs", options.epochs,
                 {.doc = "passes over the training images; 0: random weights (learn on them with batch_norm: train and "
                         "quantization.weight_scale: task)",
                  .optional = true,
                  .min = 0});
    fields.field("batch", options.batch, {.doc = "images a step", .optional = true, .min = 1});
    fields.field("optimizer", options.optimizer, {.doc = "how a gradient becomes a step", .optional = true});
    fields.field("learning_rate", options.learning_rate, {.doc = "at the start", .optional = true, .min = 0});
    fields.field("momentum", options.momentum, {.doc = "of sgd", .optional = true, .min = 0, .max = 1});
    fields.field("nesterov", options.nesterov, {.doc = "Nesterov's momentum, of sgd", .optional = true});
    fields.require(!options.nesterov || (options.optimizer == OptimizerKind::sgd && options.momentum > 0), "nesterov",
                   "means nothing without the momentum of sgd; give it, or nesterov: false");
    fields.field("weight_decay", options.weight_decay,
                 {.doc = "λ of the penalty λ/2·|w|²", .optional = true, .min = 0, .max = 1});
    fields.field("schedule", options.schedule, {.doc = "of the learning rate", .optional = true});
    fields.field("milestones", options.milestones,
                 {.doc = "schedule step: shares of the training after which the rate falls",
                  .optional = true,
                  .min = 0,
                  .max = 1});
    fields.field("step_factor", options.step_factor,
                 {.doc = "schedule step: what the rate is multiplied by", .optional = true, .min = 0, .max = 1});
    fields.field("label_smoothing", options.label_smoothing,
                 {.doc = "share of the target spread over all classes", .optional = true, .min = 0, .max = 0.9});
    fields.field("augmentation", options.augmentation, {.doc = "of the training images", .optional = true});
}

ParameterMap train_backbone(const Network& network, const TrainOptions& options, const ImageSet& images,
                            std::span<const int> labels, std::uint64_t seed, ThreadPool& pool, Progress& progress,
                            TrainingInfo* info) {
    const auto start = std::chrono::steady_clock::now();
    check_training_data(network.input, images, labels, network.classes());
    ParameterMap parameters = initial_parameters(network, seed);
    TrainerOptions trainer;
    trainer.epochs.what = network.name;
    trainer.epochs.epochs = options.epochs;
    trainer.epochs.batch = options.batch;
    trainer.epochs.augmentation = options.augmentation;
    trainer.epochs.batch_statistics = true;
    trainer.epochs.seed = seed;
    trainer.optimizer.kind = options.optimizer;
    trainer.optimizer.schedule = options.schedule;
    trainer.optimizer.milestones = options.milestones;
    trainer.optimizer.step_factor = options.step_factor;
    trainer.optimizer.learning_rate = options.learning_rate;
    trainer.optimizer.momentum = options.momentum;
    trainer.optimizer.nesterov = options.nesterov;
    trainer.optimizer.weight_decay = options.weight_decay;
    trainer.label_smoothing = options.label_smoothing;
    TrainingInfo taken;
    if (options.epochs > 0) {
        taken =
            train_network(network, parameters, trainable(parameters), nullptr, trainer, images, labels, pool, progress);
    }
    taken.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (info) *info = taken;
    return parameters;
}

}  // namespace remask
