#include "models/methods/epochs.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "sim/base/diagnostics.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"
#include "sim/base/random.h"

namespace remask {
namespace {

std::vector<std::int64_t> shuffled(std::int64_t count, std::uint64_t seed, int epoch) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    RandomStream random(seed, "shuffle", static_cast<std::uint64_t>(epoch));
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    return order;
}

}  // namespace

std::int64_t steps_per_epoch(const EpochOptions& options, std::int64_t count) {
    const std::int64_t whole = count / options.batch;
    const std::int64_t rest = count % options.batch;
    return whole + (rest > (options.batch_statistics ? 1 : 0) ? 1 : 0);
}

EpochTotals run_epochs(const EpochOptions& options, const Shape& shape, const ImageSet& images,
                       std::span<const int> labels, ThreadPool& pool, Progress& progress,
                       const std::function<double(const Batch&)>& step) {
    const auto count = static_cast<std::int64_t>(labels.size());
    const auto size = static_cast<std::size_t>(shape.size());
    const std::int64_t steps = steps_per_epoch(options, count);
    if (steps == 0)
        throw InputError(
            "one training image is too few for batch-norm statistics: give more, or a method's batch_norm: frozen");
    const auto largest = static_cast<std::size_t>(std::min<std::int64_t>(options.batch, count));
    std::vector<float> batch_images(largest * size);
    std::vector<int> batch_labels(largest);
    EpochTotals totals;
    progress.begin(options.what, options.epochs * steps);
    for (int round = 0; round < options.epochs; ++round) {
        const int epoch = options.first_epoch + round;
        const std::vector<std::int64_t> order = shuffled(count, options.seed, epoch);
        double loss = 0.0;
        std::int64_t seen = 0;
        for (std::int64_t s = 0; s < steps; ++s) {
            check_interrupt();
            const std::int64_t begin = s * options.batch;
            const auto here = static_cast<std::size_t>(std::min<std::int64_t>(options.batch, count - begin));
            pool.run(static_cast<std::int64_t>(here), [&](std::int64_t chunk, int) {
                const auto i = static_cast<std::size_t>(chunk);
                const std::int64_t image = order[static_cast<std::size_t>(begin) + i];
                images.read_for_training(image, shape, options.augmentation, options.seed, epoch,
                                         std::span<float>(batch_images).subspan(i * size, size));
                batch_labels[i] = labels[static_cast<std::size_t>(image)];
            });
            const double mean =
                step({std::span<const float>(batch_images).first(here * size),
                      std::span<const int>(batch_labels).first(here),
                      std::span<const std::int64_t>(order).subspan(static_cast<std::size_t>(begin), here),
                      static_cast<int>(here), epoch, round * steps + s});
            if (!std::isfinite(mean)) {
                throw TrainingDiverged("training diverged in epoch " + std::to_string(epoch + 1) +
                                       ": the loss is not finite; lower learning_rate");
            }
            loss += mean * static_cast<double>(here);
            seen += static_cast<std::int64_t>(here);
            progress.advance(1);
        }
        totals.images += seen;
        totals.loss.push_back(loss / static_cast<double>(seen));
    }
    progress.end();
    return totals;
}

void check_training_data(const Shape& shape, const ImageSet& images, std::span<const int> labels, int classes) {
    if (labels.empty()) throw InputError("there are no training images");
    if (!images.fits(static_cast<std::int64_t>(labels.size()), shape.size())) {
        throw InputError(std::to_string(labels.size()) + " labels, but another number of images of " +
                         std::to_string(shape.size()) + " values");
    }
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] < 0 || labels[i] >= classes) {
            throw InputError("label " + std::to_string(labels[i]) + " of training image " + std::to_string(i) +
                             " is outside 0 to " + std::to_string(classes - 1));
        }
    }
}

}  // namespace remask
