// The loop that all training shares: shuffled, augmented batches, epoch by epoch.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "models/data/dataset.h"
#include "models/data/image_set.h"
#include "models/network/network.h"
#include "sim/base/diagnostics.h"

namespace remask {

class Progress;
class ThreadPool;

struct Batch {
    std::span<const float> images;  ///< size × image
    std::span<const int> labels;
    std::span<const std::int64_t> indices;  ///< of the images, among those that run_epochs() was given
    int size = 0;
    int epoch = 0;
    std::int64_t step = 0;  ///< counted over all epochs
};

struct EpochOptions {
    std::string_view what;  ///< for the progress bar
    int epochs = 1;
    int first_epoch = 0;  ///< number of the first one, for shuffling and augmentation: later rounds count on
    int batch = 32;       ///< more than there are images: all of them
    Augmentation augmentation;
    bool batch_statistics = false;  ///< a last batch of one image has none: it is left out
    std::uint64_t seed = 0;
};

struct EpochTotals {
    std::int64_t images = 0;
    std::vector<double> loss;  ///< mean over each epoch
};

/// Learning that ran off to infinity: the fault of a method's settings, not of the run.
class TrainingDiverged : public RunError {
public:
    using RunError::RunError;
};

/// Steps in one epoch of `count` images.
std::int64_t steps_per_epoch(const EpochOptions& options, std::int64_t count);

/// `step` trains on one batch and returns its mean loss. The order is RandomStream(seed, "shuffle", epoch)'s.
/// Throws TrainingDiverged where the loss is not finite, Interrupted on Ctrl-C.
/// Images of a batch are read and augmented by all threads of the pool.
EpochTotals run_epochs(const EpochOptions& options, const Shape& shape, const ImageSet& images,
                       std::span<const int> labels, ThreadPool& pool, Progress& progress,
                       const std::function<double(const Batch&)>& step);

/// Throws InputError: no images, image and label counts that differ, a label outside [0, classes).
void check_training_data(const Shape& shape, const ImageSet& images, std::span<const int> labels, int classes);

}  // namespace remask
