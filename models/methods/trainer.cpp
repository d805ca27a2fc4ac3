#include "models/methods/trainer.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <vector>

#include "models/methods/chip_learning.h"
#include "models/methods/training_cost.h"
#include "models/network/float_network.h"
#include "models/network/lean_network.h"
#include "sim/base/diagnostics.h"

namespace remask {
namespace {

/// Moves the entries called `names` into a map of their own.
ParameterMap take(ParameterMap& from, const std::set<std::string>& names) {
    ParameterMap taken;
    for (const std::string& name : names) taken.insert(from.extract(name));
    return taken;
}

/// What the sums of columns of a batch may take in all.
constexpr std::int64_t most_sum_bytes = std::int64_t{512} << 20;

class Trainer {
public:
    Trainer(const Network& network, ParameterMap& parameters, const std::set<std::string>& trained,
            const MaskLearning* mask, const TrainerOptions& options, ThreadPool& pool, std::int64_t steps)
        : classes_(network.classes()),
          parameters_(parameters),
          mask_(mask),
          options_(options),
          wanted_(trained),
          optimizer_(options.optimizer, steps),
          mask_optimizer_(mask ? mask->optimizer : OptimizerOptions{}, steps),
          own_weight_optimizer_(options.optimizer, steps) {
        if (mask) {
            masked_ = mask->method->masked_weights();
            own_weights_ = mask->method->own_weights();
        }
        if (!mask && options.chip == nullptr && !options.epochs.batch_statistics && is_lean(network, wanted_)) {
            lean_ = std::make_unique<LeanNetwork>(network, parameters, wanted_, pool);
        } else {
            runner_ = std::make_unique<FloatNetwork>(network, pool);
            if (options.chip != nullptr) {
                runner_->compute_with(&options.chip->forward());
            } else if (mask) {
                compute_columns(network);
            }
        }
        wanted_.insert(masked_.begin(), masked_.end());
    }

    /// Columns a filter of the layers whose columns' factors are learned without their weights' gradient.
    const std::map<std::string, std::int64_t>& columns() const { return columns_; }

    const std::set<std::string>& wanted() const { return wanted_; }

    double step(const Batch& batch) {
        const auto noise = static_cast<std::uint64_t>(batch.step);
        if (mask_) mask_->method->effective(*mask_->own, noise, parameters_);
        if (mask_ && options_.chip != nullptr) options_.chip->set_masks(*mask_->own);
        if (!columns_.empty()) scale_columns(noise);
        const std::vector<float> logits = forward(batch, noise);
        logit_gradients_.resize(logits.size());
        const double loss =
            smoothed_cross_entropy(logits, batch.labels, classes_, options_.label_smoothing, logit_gradients_);
        backward();
        if (options_.chip != nullptr) options_.chip->end_step(batch.size);
        if (options_.hooks.on_gradients) options_.hooks.on_gradients(gradients_);
        if (mask_) {
            mask_->method->backward(*mask_->own, noise, gradients_, own_gradients_);
            ParameterMap own_weights = take(own_gradients_, own_weights_);
            mask_optimizer_.step(*mask_->own, own_gradients_);
            own_weight_optimizer_.step(*mask_->own, own_weights);
            own_gradients_.merge(own_weights);
        }
        ParameterMap masked = take(gradients_, masked_);
        optimizer_.step(parameters_, gradients_);
        gradients_.merge(masked);
        if (options_.hooks.after_step) options_.hooks.after_step(parameters_);
        return loss;
    }

private:
    /// Where the mask is a factor a column of a convolution, the factors' gradients are wanted, not the weights', as
    /// long as there is room for the columns' sums.
    void compute_columns(const Network& network) {
        std::int64_t room = most_sum_bytes / static_cast<std::int64_t>(sizeof(float)) / options_.epochs.batch;
        for (const ColumnFactors& cut : mask_->method->column_factors(*mask_->own, std::nullopt)) {
            const auto layer = std::find_if(network.layers.begin(), network.layers.end(), [&](const Layer& each) {
                return each.kind == LayerKind::convolution && each.name == cut.layer->name;
            });
            if (layer == network.layers.end()) continue;
            const std::int64_t columns = static_cast<std::int64_t>(cut.factors.size()) / cut.layer->filters;
            const std::int64_t sums = FloatNetwork::column_sums(*layer, columns);
            if (sums > room) continue;
            room -= sums;
            runner_->compute_columns(cut.layer->name, cut.rows, cut.layer->backbone->values);
            columns_[cut.layer->name] = columns;
            masked_.erase(cut.layer->weight());
            masked_.insert(cut.layer->columns());
        }
    }

    void scale_columns(std::uint64_t noise) {
        for (const ColumnFactors& cut : mask_->method->column_factors(*mask_->own, noise)) {
            if (columns_.count(cut.layer->name) > 0) runner_->scale_columns(cut.layer->name, cut.factors);
        }
    }

    std::vector<float> forward(const Batch& batch, std::uint64_t step) {
        if (lean_) return lean_->forward(batch.images, batch.size, parameters_, GateNoise{options_.epochs.seed, step});
        const BatchNormMode mode = options_.epochs.batch_statistics ? BatchNormMode::train : BatchNormMode::evaluate;
        return runner_->forward(batch.images, batch.size, parameters_, mode, true);
    }

    void backward() {
        if (lean_) return lean_->backward(logit_gradients_, parameters_, gradients_);
        runner_->backward(logit_gradients_, parameters_, wanted_, gradients_);
    }

    int classes_;
    ParameterMap& parameters_;
    const MaskLearning* mask_;
    const TrainerOptions& options_;
    std::unique_ptr<FloatNetwork> runner_;  // one of these two
    std::unique_ptr<LeanNetwork> lean_;
    std::set<std::string> wanted_, masked_, own_weights_;  // names of gradients
    std::map<std::string, std::int64_t> columns_;
    Optimizer optimizer_, mask_optimizer_, own_weight_optimizer_;
    ParameterMap gradients_, own_gradients_;
    std::vector<float> logit_gradients_;
};

}  // namespace

/// The loss of each step is looked at before the step: what the last one did shows here.
void require_converged(const ParameterMap& parameters) {
    for (const auto& [name, tensor] : parameters) {
        if (!std::all_of(tensor.values.begin(), tensor.values.end(),
                         [](float value) { return std::isfinite(value); })) {
            throw TrainingDiverged("training diverged: '" + name + "' is not finite at its end; lower learning_rate");
        }
    }
}

double smoothed_cross_entropy(std::span<const float> logits, std::span<const int> labels, int classes, double smoothing,
                              std::span<float> gradient) {
    double loss = softmax_cross_entropy(logits, labels, classes, gradient);
    if (smoothing == 0.0) return loss;
    const double share = 1.0 / static_cast<double>(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const std::size_t begin = i * static_cast<std::size_t>(classes);
        double mean = 0.0;
        for (std::size_t c = begin; c < begin + static_cast<std::size_t>(classes); ++c) {
            mean += static_cast<double>(logits[c]) / classes;
            gradient[c] -= static_cast<float>(smoothing * share / classes);
        }
        const std::size_t right = begin + static_cast<std::size_t>(labels[i]);
        gradient[right] += static_cast<float>(smoothing * share);
        loss += smoothing * share * (static_cast<double>(logits[right]) - mean);
    }
    return loss;
}

TrainingInfo train_network(const Network& network, ParameterMap& parameters, const std::set<std::string>& trained,
                           const MaskLearning* mask, const TrainerOptions& options, const ImageSet& images,
                           std::span<const int> labels, ThreadPool& pool, Progress& progress) {
    const auto count = static_cast<std::int64_t>(labels.size());
    const std::int64_t steps = options.epochs.epochs * steps_per_epoch(options.epochs, count);
    Trainer trainer(network, parameters, trained, mask, options, pool, steps);
    const EpochTotals totals = run_epochs(options.epochs, network.input, images, labels, pool, progress,
                                          [&](const Batch& batch) { return trainer.step(batch); });
    require_converged(parameters);
    const StepCost cost = step_cost(network, trainer.wanted(), options.epochs.batch_statistics, {}, trainer.columns());
    TrainingInfo info;
    info.macs = static_cast<double>(cost.macs) * static_cast<double>(totals.images);
    info.peak_activation_bytes = peak_activation_bytes(cost, std::min<std::int64_t>(options.epochs.batch, count));
    info.epochs = options.epochs.epochs;
    info.images = totals.images;
    info.loss = totals.loss;
    return info;
}

}  // namespace remask
