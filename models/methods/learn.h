// Learns one task on a frozen backbone with one method.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "models/data/dataset.h"
#include "models/data/image_set.h"
#include "models/methods/chip_learning.h"
#include "models/methods/method_config.h"
#include "models/methods/task_parameters.h"
#include "models/network/network.h"
#include "sim/hardware/crossbar_parameters.h"

namespace remask {

class Progress;
class ThreadPool;

/// Spans must outlive the call.
struct LearningInput {
    const Network& network;  ///< the backbone's
    const ParameterMap& backbone;
    ImageSet images;              ///< count, normalised
    std::span<const int> labels;  ///< count, in [0, classes)
    int classes = 0;
    /// Per crossbar slot, of one group's matrix; where the network can grow, of its largest size.
    std::vector<CrossbarGeometry> geometry{};
    bool classifier_on_crossbar = false;
    int weight_bits = 8;
    Augmentation augmentation{};  ///< not used by a method that trains the classifier only (features are computed once)
    std::uint64_t seed = 0;
    bool keep_classifier = false;  ///< start from the backbone's, not from a new one
    /// learn.on: crossbar: programs a network's weights on the chip's arrays, from these calibration images (count).
    std::function<std::unique_ptr<LearningChip>(const QuantizedNetwork&, std::span<const float>, int)> program_chip{};
    QuantizationOptions quantization{};
    int calibration_images = 128;
    const TaskParameters* previous = nullptr;  ///< sequential methods: the task before, null for the first
    std::int64_t count() const { return static_cast<std::int64_t>(labels.size()); }
};

/// The backbone's network with a classifier of `classes` outputs.
Network task_network(const Network& network, int classes);

/// Throws ConfigError where a task of `classes` can't start from the backbone's classifier.
void check_kept_classifier(const Network& backbone, int classes);

/// The backbone's parameters with a new classifier for task_network(): weights and bias uniform in ±1/sqrt(fan in) from
/// the seed. With `keep_classifier` the backbone's as they are; ConfigError where it has other classes.
ParameterMap task_start(const Network& network, const ParameterMap& backbone, int classes, std::uint64_t seed,
                        bool keep_classifier = false);

/// Where the classifier of `network` reads more than the one in `parameters`: the same with zeros for what is new if
/// `keep_classifier`, else a new one.
void widen_classifier(const Network& network, std::uint64_t seed, bool keep_classifier, ParameterMap& parameters);

/// A task whose method wants a larger network is learned anew on one (TrainingInfo counts every attempt).
/// The result depends on the input and the seed (and, in the last bits, on BLAS), never on the number of threads.
/// Throws ConfigError (method, realisation), InputError (no images, label out of range) and TrainingDiverged.
TaskParameters learn_task(const MethodConfig& config, const LearningInput& input, ThreadPool& pool, Progress& progress);

/// A task without learning, for `remask estimate`: `masked_share` of the mask entries dropped at random (finetune: that
/// share of the weights replaced by other weights of the layer), batch-norm the backbone's, classifier new; a network
/// that can grow is as large as it gets. Images are not looked at.
TaskParameters assume_task(const MethodConfig& config, const LearningInput& input, double masked_share);

/// Share of `images` whose largest logit is at the label (the first of equal ones counts).
double evaluate_accuracy(const Network& network, const ParameterMap& parameters, const ImageSet& images,
                         std::span<const int> labels, ThreadPool& pool);

}  // namespace remask
