// A round of gradient descent in a task's session: what most methods learn by, one or several times.
#pragma once

#include <span>

#include "models/data/image_set.h"
#include "models/methods/task_session.h"
#include "models/methods/trainer.h"

namespace remask {

struct TrainingRound {
    int epochs = 0;
    int first_epoch = 0;              ///< epochs of earlier rounds
    double learning_rate = 0.0;       ///< at the start of this round's schedule
    double mask_learning_rate = 0.0;  ///< likewise
    StepHooks hooks{};
    ImageSet images{};  ///< to train on; empty: the session's
    std::span<const int> labels{};
};

/// The whole recipe as one round.
TrainingRound whole_recipe(const Recipe& recipe);

/// Trains session.trained() and, where the method has own parameters, session.own. Nothing is trained in 0 epochs.
TrainingInfo train_round(TaskSession& session, const TrainingRound& round, ThreadPool& pool, Progress& progress);

/// The recipe's optimiser at `learning_rate`.
OptimizerOptions optimizer_options(const Recipe& recipe, double learning_rate);

/// The options of one round.
TrainerOptions trainer_options(const TaskSession& session, const TrainingRound& round);

}  // namespace remask
