// Gradient descent on a network's parameters and, through a method, on a mask's: what all training here shares.
#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>

#include "models/methods/epochs.h"
#include "models/methods/method.h"
#include "models/methods/task_parameters.h"
#include "models/network/network.h"
#include "models/network/optimizer.h"

namespace remask {

class ChipLearning;
class Progress;
class ThreadPool;

/// What a method does around every step; each may be empty.
struct StepHooks {
    std::function<void(ParameterMap& gradients)> on_gradients;  ///< before the optimisers move anything
    std::function<void(ParameterMap& parameters)> after_step;   ///< what must hold of the parameters (a projection)
};

struct TrainerOptions {
    EpochOptions epochs;
    OptimizerOptions optimizer;  ///< of the network's parameters
    double label_smoothing = 0.0;
    StepHooks hooks;
    ChipLearning* chip = nullptr;  ///< computes the forward pass; null: floats
};

/// A mask that is learned along: `own` is updated, and W_eff is in the network's parameters at every step.
struct MaskLearning {
    const Method* method = nullptr;
    ParameterMap* own = nullptr;
    OptimizerOptions optimizer;
};

/// Trains the parameters called `trained` in place (with batch statistics also every batch-norm's mean and variance)
/// and returns what it took, wall time apart. `mask` may be null.
TrainingInfo train_network(const Network& network, ParameterMap& parameters, const std::set<std::string>& trained,
                           const MaskLearning* mask, const TrainerOptions& options, const ImageSet& images,
                           std::span<const int> labels, ThreadPool& pool, Progress& progress);

/// Throws TrainingDiverged where a value is not finite.
void require_converged(const ParameterMap& parameters);

/// Softmax cross-entropy against (1 − smoothing)·one-hot + smoothing/classes, mean over the batch, and its gradient.
double smoothed_cross_entropy(std::span<const float> logits, std::span<const int> labels, int classes, double smoothing,
                              std::span<float> gradient);

}  // namespace remask
