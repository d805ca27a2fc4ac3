// SparCL (Wang et al., NeurIPS 2022): one sparse network for all tasks, trained sparsely, with replay of earlier
// images.
//
// Weights: every 5 epochs the least important ones (|w| + 0.5·|g|), 1 % of all, are pruned and as many grown at random
// (TDM); gradients: of the weights that exist a share is left alone, chosen anew every 30 steps (DGM); data: the images
// forgotten least are left out during the first 20 epochs (DDR); replay as in DER++, from the second task on. The first
// array layer, 1×1 convolutions on a block's shortcut and the classifier stay dense, as in the authors' profiles. Every
// task has its own classes; weights and batch-norm are shared.
#include <algorithm>

#include "models/methods/builtin_methods.h"
#include "models/methods/sparcl_learner.h"
#include "models/methods/weight_method.h"

namespace remask {
namespace {

class Sparcl : public WeightMethod {
public:
    Sparcl(const MethodConfig& config, const MethodContext& context)
        : WeightMethod(config, context),
          previous_(context.previous),
          weight_bits_(context.weight_bits),
          masks_(mask_options(config.sparcl, context.seed), sparse_weights()),
          buffer_(config.sparcl.buffer, context.seed) {
        // A task that was assumed, not learned, leaves weights alone.
        if (!previous_ || previous_->carried.count("head.classes") == 0) return;
        const ParameterMap& carried = previous_->carried;
        masks_.load(carried);
        buffer_.load(carried);
        for (const float classes : carried.at("head.classes").values)
            head_.classes.push_back(static_cast<int>(classes));
    }

    void begin(ParameterMap& parameters) const override { take_carried(previous_, parameters); }

    TrainingInfo learn(TaskSession& session, ThreadPool& pool, Progress& progress) override {
        if (!previous_) masks_.prune(session.parameters);
        head_.classes.push_back(session.input.classes);
        SparclLearner learner(session, masks_, buffer_, head_, previous_ ? &previous_->carried : nullptr, pool);
        const TrainingInfo info = learner.learn(progress);
        learner.save_head(kept_);
        masks_.save(kept_);
        buffer_.save(kept_);
        for (const int classes : head_.classes) kept_["head.classes"].values.push_back(static_cast<float>(classes));
        kept_["head.classes"].shape = {static_cast<std::int64_t>(head_.classes.size())};
        return info;
    }

    ParameterMap carried(const ParameterMap& shared) const override {
        ParameterMap all = shared;
        all.insert(kept_.begin(), kept_.end());
        return all;
    }

    void assume(double changed_share, std::uint64_t seed, ParameterMap& own, ParameterMap& parameters) override {
        WeightMethod::assume(changed_share, seed, own, parameters);
        masks_.prune(parameters);
    }

    /// The weights that exist, and in sparse layers a bit a weight that says which.
    void describe_masks(const ParameterMap&, std::vector<LayerMask>& masks) const override {
        describe_entries(weight_bits_, masks);
        const std::vector<std::string> sparse = sparse_weights();
        for (const ArrayLayer& layer : layers()) {
            if (layer.classifier) continue;
            LayerMask& mask = masks[static_cast<std::size_t>(layer.slot)];
            const bool is_sparse = std::count(sparse.begin(), sparse.end(), layer.weight()) > 0;
            const std::int64_t index = is_sparse ? mask.entries : 0;
            if (is_sparse) mask.entries = masks_.existing(layer.weight());
            mask.new_weight_bits = static_cast<double>(mask.entries * weight_bits_);
            mask.bits = mask.new_weight_bits + static_cast<double>(index);
        }
    }

private:
    static SparseMasks::Options mask_options(const SparclOptions& options, std::uint64_t seed) {
        SparseMasks::Options masks;
        masks.sparsity = options.sparsity;
        masks.allocation = options.allocation;
        masks.gradient_sparsity = options.unchanged_share();
        masks.seed = seed;
        return masks;
    }

    std::vector<std::string> sparse_weights() const {
        std::vector<std::string> names;
        for (const ArrayLayer& layer : layers()) {
            if (!layer.classifier && !layer.shortcut && layer.slot > 0) names.push_back(layer.weight());
        }
        return names;
    }

    const TaskParameters* previous_;
    int weight_bits_;
    SparseMasks masks_;
    ReplayBuffer buffer_;
    JointHead head_;
    ParameterMap kept_;  // for the next task
};

/// The shared network as it is now, with the task's rows of the joint classifier.
ParameterMap recall(const TaskParameters& earlier, int index, const TaskParameters& latest) {
    ParameterMap parameters = with_carried(earlier, latest);
    JointHead head;
    for (const float classes : latest.carried.at("head.classes").values)
        head.classes.push_back(static_cast<int>(classes));
    const auto first = static_cast<std::size_t>(head.first(index));
    const Tensor& weight = latest.carried.at("head.weight");
    const auto features = static_cast<std::size_t>(weight.shape[1]);
    for (auto& [name, tensor] : parameters) {
        // Only the classifier is not carried under its own name.
        if (latest.carried.count(name) > 0) continue;
        const bool bias = name.ends_with(".bias");
        const std::vector<float>& joint = latest.carried.at(bias ? "head.bias" : "head.weight").values;
        const auto begin = joint.begin() + static_cast<std::ptrdiff_t>(first * (bias ? 1 : features));
        tensor.values.assign(begin, begin + static_cast<std::ptrdiff_t>(tensor.values.size()));
    }
    return parameters;
}

void describe_sparcl(Fields& fields, MethodConfig& config) {
    SparclOptions& options = config.sparcl;
    fields.field(
        "sparsity", options.sparsity,
        {.doc = "sparcl: share of the weights that are 0, over all layers but the first, the classifier and 1×1 "
                "convolutions on shortcuts",
         .optional = true,
         .min = 0,
         .max = 0.999});
    fields.field(
        "allocation", options.allocation,
        {.doc = "sparcl: how these layers share the weights that are not 0: each the same share (the authors); "
                "more to small layers, by their shapes (erk); the largest of all (magnitude), or of all by "
                "their part in their layer (lamp)",
         .optional = true});
    fields.field(
        "gradient_sparsity", options.gradient_sparsity,
        {.doc = "sparcl: share of the weights of these layers that a step leaves alone, those that are 0 among them; "
                "default: 1 − 0.8·(1 − sparsity)",
         .optional = true,
         .min = 0,
         .max = 0.999});
    fields.field("removed_share", options.removed_share,
                 {.doc = "sparcl: share of a task's training images that is left out by its 20th epoch",
                  .optional = true,
                  .min = 0,
                  .max = 0.9});
    fields.field(
        "buffer", options.buffer,
        {.doc = "sparcl: images kept for replay, of all tasks together", .optional = true, .min = 1, .max = 1e6});
}

}  // namespace

MethodInfo sparcl_method() {
    return {
        .name = "sparcl",
        .description = "one sparse network, trained sparsely with replay",
        .masked = false,
        .recipe = {.optimizer = OptimizerKind::sgd,
                   .momentum = 0.0,
                   .learning_rate = 0.03,
                   .mask_learning_rate = 0.0,
                   .schedule = ScheduleKind::constant,
                   .batch_norm = BatchNormChoice::train},
        .describe = describe_sparcl,
        .granularity = [](const MethodConfig&) { return Granularity::weight; },
        .make = [](const MethodConfig& config, const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<Sparcl>(config, context);
        },
        .fits_weight_scale = true,
        .sequential = [](const MethodConfig&) { return true; },
        .recall = recall,
    };
}

}  // namespace remask
