#include "models/methods/session_training.h"

namespace remask {

OptimizerOptions optimizer_options(const Recipe& recipe, double learning_rate) {
    OptimizerOptions options;
    options.kind = recipe.optimizer;
    options.schedule = recipe.schedule;
    options.learning_rate = learning_rate;
    options.momentum = recipe.momentum;
    options.nesterov = recipe.nesterov;
    options.milestones = recipe.milestones;
    options.step_factor = 0.1;
    options.weight_decay = recipe.weight_decay;
    return options;
}

TrainerOptions trainer_options(const TaskSession& session, const TrainingRound& round) {
    TrainerOptions options;
    options.epochs.what = session.config.name();
    options.epochs.epochs = round.epochs;
    options.epochs.first_epoch = round.first_epoch;
    options.epochs.batch = session.recipe.batch;
    options.epochs.augmentation = session.input.augmentation;
    options.epochs.batch_statistics = session.batch_norm_trained();
    options.epochs.seed = session.input.seed;
    options.optimizer = optimizer_options(session.recipe, round.learning_rate);
    options.hooks = round.hooks;
    options.chip = session.chip.get();
    return options;
}

TrainingRound whole_recipe(const Recipe& recipe) {
    TrainingRound round;
    round.epochs = recipe.epochs;
    round.learning_rate = recipe.learning_rate;
    round.mask_learning_rate = recipe.mask_learning_rate;
    return round;
}

TrainingInfo train_round(TaskSession& session, const TrainingRound& round, ThreadPool& pool, Progress& progress) {
    if (round.epochs == 0) return {};
    const LearningInput& input = session.input;
    OptimizerOptions mask_options = optimizer_options(session.recipe, round.mask_learning_rate);
    mask_options.kind = session.recipe.mask_optimizer.value_or(session.recipe.optimizer);
    mask_options.weight_decay = 0.0;
    const MaskLearning mask{session.method.get(), &session.own, mask_options};
    return train_network(session.network, session.parameters, session.trained(), session.own.empty() ? nullptr : &mask,
                         trainer_options(session, round), round.images.empty() ? input.images : round.images,
                         round.labels.empty() ? input.labels : round.labels, pool, progress);
}

}  // namespace remask
