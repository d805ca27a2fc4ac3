// Trains every parameter of a network on its first task.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/data/dataset.h"
#include "models/data/image_set.h"
#include "models/methods/task_parameters.h"
#include "models/network/network.h"
#include "models/network/optimizer.h"
#include "sim/base/fields.h"

namespace remask {

class Progress;
class ThreadPool;

/// YAML section `training:` of a backbone. Defaults: He et al. 2016's CIFAR recipe, shortened to 30 epochs.
struct TrainOptions {
    int epochs = 30;
    int batch = 128;
    OptimizerKind optimizer = OptimizerKind::sgd;
    double learning_rate = 0.1;
    double momentum = 0.9;  ///< sgd only
    bool nesterov = false;  ///< sgd only
    double weight_decay = 1e-4;
    ScheduleKind schedule = ScheduleKind::cosine;
    std::vector<double> milestones{0.5, 0.75};  ///< schedule step: shares of the training, ascending
    double step_factor = 0.1;                   ///< schedule step: the rate's factor at each milestone
    double label_smoothing = 0.0;
    Augmentation augmentation;
};
void describe(Fields& fields, TrainOptions& options);

/// Starts from initial_parameters(network, seed). `info` (may be null) takes the counted cost.
/// Throws InputError (no images, label out of range) and TrainingDiverged.
ParameterMap train_backbone(const Network& network, const TrainOptions& options, const ImageSet& images,
                            std::span<const int> labels, std::uint64_t seed, ThreadPool& pool, Progress& progress,
                            TrainingInfo* info = nullptr);

}  // namespace remask
