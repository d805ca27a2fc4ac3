// CPG, compacting, picking and growing (Hung et al., NeurIPS 2019): as in PackNet every weight belongs to the task that
// trained it, but a later task picks, by a learned binary mask, the earlier tasks' weights that it uses.
//
//   W_eff = W in the task's own weights, [m > τ]·W in those of earlier tasks, 0 in what pruning freed
// W and m are learned together in the first half of the epochs. Then the task's own weights are pruned, smallest first,
// 0.1 of them more in every round, gradually during the round (s = s_f + (s_i − s_f)(1 − p)³), as long as the accuracy
// on images held out of the training images stays at the goal; a round that misses it is undone. All weights are free
// before the first task, and the backbone is where it begins. With `grow` a task that misses its goal before pruning is
// learned anew on a wider network (growth.h), whose new weights are free; later tasks have that width too.
#include <algorithm>
#include <cmath>
#include <functional>
#include <span>
#include <string>
#include <tuple>

#include "models/methods/builtin_methods.h"
#include "models/methods/growth.h"
#include "models/methods/session_training.h"
#include "models/methods/weight_method.h"
#include "models/methods/weight_owners.h"
#include "sim/base/progress.h"
#include "sim/base/random.h"

namespace remask {
namespace {

constexpr float initial_m = 1e-2f;
constexpr float threshold = 5e-3f;
constexpr double pruned_a_round = 0.1;
constexpr int most_rounds = 9;
constexpr int prunings_a_round = 10;
constexpr double pruning_rate = 0.1;  // of the first learning rate, while pruning

std::string mask_name(const ArrayLayer& layer) {
    return layer.name + ".pick";
}
std::string weight_name(const ArrayLayer& layer) {
    return layer.name + ".new";
}

/// The training images in two parts.
struct Parts {
    ImageSet images, measured_images;
    std::vector<int> labels, measured_labels;
};

/// Which images are held out is drawn from the seed; at least one is in either part.
Parts hold_out(const LearningInput& input, double share) {
    RandomStream random(input.seed, "held out");
    Parts parts;
    std::vector<std::int64_t> images, measured_images;
    for (std::size_t i = 0; i < input.labels.size(); ++i) {
        const bool measured = i > 0 && (i == 1 || random.uniform() < share);
        (measured ? measured_images : images).push_back(static_cast<std::int64_t>(i));
        (measured ? parts.measured_labels : parts.labels).push_back(input.labels[i]);
    }
    parts.images = input.images.only(std::move(images));
    parts.measured_images = input.images.only(std::move(measured_images));
    return parts;
}

class Cpg : public WeightMethod {
public:
    Cpg(const MethodConfig& config, const MethodContext& context)
        : WeightMethod(config, context),
          options_(config.cpg),
          sizes_(network_sizes(config)),
          weight_bits_(context.weight_bits),
          seed_(context.seed),
          previous_(context.previous),
          owners_(layers(), context.previous) {}

    bool trains_biases() const override { return owners_.task() == 1; }
    void begin(ParameterMap& parameters) const override { take_carried(previous_, parameters); }

    /// Free weights start at 0, before the first task at the backbone's; new ones of a wider network at random.
    ParameterMap initial() const override {
        ParameterMap own;
        for_each_layer([&](const ArrayLayer& layer) {
            Tensor start = layer.side ? drawn(layer) : *layer.backbone;
            if (previous_ && !is_new(layer)) std::fill(start.values.begin(), start.values.end(), 0.0f);
            own[weight_name(layer)] = start;
            if (!previous_) return;
            std::fill(start.values.begin(), start.values.end(), initial_m);
            own[mask_name(layer)] = start;
        });
        return own;
    }

    std::set<std::string> masked_weights() const override {
        std::set<std::string> names;
        for_each_layer([&](const ArrayLayer& layer) { names.insert(layer.weight()); });
        return names;
    }
    std::set<std::string> own_weights() const override {
        std::set<std::string> names;
        for_each_layer([&](const ArrayLayer& layer) { names.insert(weight_name(layer)); });
        return names;
    }

    void effective(const ParameterMap& own, std::optional<std::uint64_t>, ParameterMap& parameters) const override {
        for_each_layer([&](const ArrayLayer& layer) {
            std::vector<float>& weights = parameters.at(layer.weight()).values;
            const std::vector<float>& fresh = own.at(weight_name(layer)).values;
            visit(
                layer, [&](std::size_t i) { weights[i] = fresh[i]; },
                [&](std::size_t i) { weights[i] = picked(layer, own, i) ? earlier(layer)[i] : 0.0f; },
                [&](std::size_t i) { weights[i] = 0.0f; });
        });
    }

    void backward(const ParameterMap&, std::optional<std::uint64_t>, const ParameterMap& weight_gradients,
                  ParameterMap& own_gradients) const override {
        for_each_layer([&](const ArrayLayer& layer) {
            const Tensor& gradient = weight_gradients.at(layer.weight());
            std::vector<float>& fresh = zeroed(own_gradients[weight_name(layer)], gradient);
            std::vector<float>* picks = previous_ ? &zeroed(own_gradients[mask_name(layer)], gradient) : nullptr;
            visit(
                layer, [&](std::size_t i) { fresh[i] = gradient.values[i]; },
                [&](std::size_t i) { (*picks)[i] = gradient.values[i] * earlier(layer)[i]; }, [](std::size_t) {});
        });
    }

    TrainingInfo learn(TaskSession& session, ThreadPool& pool, Progress& progress) override;
    bool wants_growth() const override { return wants_growth_; }

    /// Of the whole network, nothing of what only this task picked.
    ParameterMap carried(const ParameterMap& shared) const override {
        ParameterMap kept;
        for (const auto& [name, tensor] : shared) {
            if (name.ends_with(".bias")) kept[name] = tensor;
        }
        for_each_layer([&](const ArrayLayer& layer) {
            Tensor& weights = kept[layer.weight()] = shared.at(layer.weight());
            visit(
                layer, [](std::size_t) {}, [&](std::size_t i) { weights.values[i] = earlier(layer)[i]; },
                [](std::size_t) {});
        });
        owners_.carry(kept);
        return kept;
    }

    /// The owners, one index that all tasks share, and a bit for every weight of an earlier task; the task that widens
    /// the network also keeps the new layers' weights, which the backbone has no memory for.
    void describe_masks(const ParameterMap&, std::vector<LayerMask>& masks) const override {
        describe_entries(owners_.bits_per_weight(), masks);
        for_each_layer([&](const ArrayLayer& layer) {
            std::int64_t old = 0;
            visit(
                layer, [](std::size_t) {}, [&](std::size_t) { ++old; }, [](std::size_t) {});
            LayerMask& mask = masks[static_cast<std::size_t>(layer.slot)];
            mask.bits += static_cast<double>(old);
            if (!is_new(layer)) return;
            mask.new_weight_bits = static_cast<double>(mask.entries) * weight_bits_;
            mask.bits += mask.new_weight_bits;
        });
    }

    void assume(double changed_share, std::uint64_t seed, ParameterMap& own, ParameterMap& parameters) override {
        owners_.take_free();
        WeightMethod::assume(changed_share, seed, own, parameters);
        for_each_layer([&](const ArrayLayer& layer) {
            if (!layer.side) own.at(weight_name(layer)) = parameters.at(layer.weight());
        });
    }

private:
    template <class Action>
    void for_each_layer(const Action& action) const {
        for (const ArrayLayer& layer : layers()) {
            if (!layer.classifier) action(layer);
        }
    }

    /// Calls one action for every weight of the layer: the task's own, an earlier task's, a free one.
    template <class Own, class Earlier, class Free>
    void visit(const ArrayLayer& layer, const Own& own, const Earlier& earlier, const Free& free) const {
        const WeightOwners::Owners& owners = owners_.of(layer.weight());
        for (std::size_t i = 0; i < owners.size(); ++i) {
            if (owners[i] == owners_.own_number()) {
                own(i);
            } else if (owners[i] != 0.0f) {
                earlier(i);
            } else {
                free(i);
            }
        }
    }

    /// Does the network have this layer since this task only?
    bool is_new(const ArrayLayer& layer) const {
        return layer.side && (previous_ == nullptr || previous_->carried.count(layer.weight()) == 0);
    }
    Tensor drawn(const ArrayLayer& layer) const {
        const double deviation = grown_deviation(layers(), layer);
        Tensor weights{{layer.filters, layer.rows},
                       std::vector<float>(static_cast<std::size_t>(layer.filters * layer.rows))};
        RandomStream random(seed_, "initial " + layer.name);
        for (float& weight : weights.values) weight = static_cast<float>(random.normal() * deviation);
        return weights;
    }

    const std::vector<float>& earlier(const ArrayLayer& layer) const {
        return previous_->carried.at(layer.weight()).values;
    }
    static bool picked(const ArrayLayer& layer, const ParameterMap& own, std::size_t i) {
        return own.at(mask_name(layer)).values[i] > threshold;
    }
    static std::vector<float>& zeroed(Tensor& tensor, const Tensor& like) {
        tensor.shape = like.shape;
        tensor.values.assign(like.values.size(), 0.0f);
        return tensor.values;
    }

    /// Prunes as the round goes on, up to `target` of the weights that the task took.
    std::function<void(ParameterMap&)> pruning(const TaskSession& session, std::int64_t steps, double target);
    void prune_to(const TaskSession& session, double share);
    double accuracy(TaskSession& session, const Parts& parts, ThreadPool& pool) const;

    CpgOptions options_;
    std::vector<double> sizes_;
    int weight_bits_;
    std::uint64_t seed_;
    const TaskParameters* previous_;
    WeightOwners owners_;
    bool wants_growth_ = false;
    double pruned_ = 0.0;  // share of the weights that the task took
};

double Cpg::accuracy(TaskSession& session, const Parts& parts, ThreadPool& pool) const {
    effective(session.own, {}, session.parameters);
    return evaluate_accuracy(session.network, session.parameters, parts.measured_images, parts.measured_labels, pool);
}

void Cpg::prune_to(const TaskSession& session, double share) {
    ParameterMap weights;
    for_each_layer([&](const ArrayLayer& layer) { weights[layer.weight()] = session.own.at(weight_name(layer)); });
    owners_.prune((share - pruned_) / (1.0 - pruned_), weights);
    pruned_ = share;
}

std::function<void(ParameterMap&)> Cpg::pruning(const TaskSession& session, std::int64_t steps, double target) {
    const std::int64_t each = std::max<std::int64_t>(1, steps / 2 / prunings_a_round);
    return [this, &session, each, target, from = pruned_, done = std::int64_t{0}](ParameterMap&) mutable {
        if (++done % each != 0 || done / each > prunings_a_round) return;
        const double p = static_cast<double>(done / each) / prunings_a_round;
        prune_to(session, target + (from - target) * std::pow(1.0 - p, 3));
    };
}

TrainingInfo Cpg::learn(TaskSession& session, ThreadPool& pool, Progress& progress) {
    const Parts parts = hold_out(session.input, options_.held_out);
    owners_.take_free();
    TrainingRound round = whole_recipe(session.recipe);
    round.images = parts.images;
    round.labels = parts.labels;
    round.epochs = std::max(1, session.recipe.epochs / 2);
    TrainingInfo info = train_round(session, round, pool, progress);
    const double reached = accuracy(session, parts, pool);
    double goal = options_.goal.value_or(reached - options_.margin);
    if (reached < goal && session.growth + 1 < static_cast<int>(sizes_.size())) {
        progress.message(session.config.name() + ": accuracy " + std::to_string(reached) + " on the held-out images, " +
                         std::to_string(goal) + " is the goal: the network grows");
        wants_growth_ = true;
        return info;
    }
    // Where even the largest network misses the goal, later tasks shall have free weights nevertheless.
    if (options_.grow && reached < goal) goal = reached - options_.margin;
    int left = session.recipe.epochs - round.epochs;
    round.first_epoch = round.epochs;
    round.epochs = std::max(1, left / most_rounds);
    round.learning_rate *= pruning_rate;
    round.mask_learning_rate *= pruning_rate;
    const std::int64_t steps =
        steps_per_epoch(trainer_options(session, round).epochs, std::ssize(parts.labels)) * round.epochs;
    for (int i = 1; i <= most_rounds && left >= round.epochs; ++i, left -= round.epochs) {
        const auto before = std::tuple(owners_, session.own, session.parameters, pruned_);
        round.hooks.after_step = pruning(session, steps, i * pruned_a_round);
        add_training(info, train_round(session, round, pool, progress));
        round.first_epoch += round.epochs;
        if (accuracy(session, parts, pool) >= goal) continue;
        std::tie(owners_, session.own, session.parameters, pruned_) = before;
        break;
    }
    return info;
}

/// Task `index` uses its own weights and those that it picked, as they lie in the network now.
ParameterMap recall(const TaskParameters& earlier, int index, const TaskParameters& latest) {
    ParameterMap parameters = earlier.effective;
    for (const auto& [name, owner] : latest.carried) {
        const std::string weight = weight_of_owners(name);
        if (weight.empty() || parameters.count(weight) == 0) continue;  // of a later task's wider network
        const std::vector<float>& now = latest.carried.at(weight).values;
        std::vector<float>& used = parameters.at(weight).values;
        for (std::size_t i = 0; i < used.size(); ++i) {
            const bool exists = owner.values[i] != 0.0f && owner.values[i] <= static_cast<float>(index + 1);
            used[i] = exists && used[i] != 0.0f ? now[i] : 0.0f;
        }
    }
    return parameters;
}

double growth_step(const MethodConfig& config) {
    return config.cpg.growth_step.value_or(0.5);
}

std::vector<double> sizes(const MethodConfig& config) {
    if (!config.cpg.grow) return {1.0};
    return growth_sizes(growth_step(config), config.cpg.max_size.value_or(1.5));
}

Network grow(const MethodConfig& config, const Network& network, int growth) {
    const std::vector<double> all = sizes(config);
    check_growth(network, all, growth_step(config));
    return grow_network(network, std::span(all).first(static_cast<std::size_t>(growth) + 1));
}

void describe_growth(Fields& fields, MethodConfig& config) {
    CpgOptions& options = config.cpg;
    fields.field(
        "grow", options.grow,
        {.doc = "cpg: learn a task that misses `goal` before pruning anew on a wider network, whose new layers "
                "lie on arrays of their own; `remask estimate` takes all tasks at the largest size",
         .optional = true});
    fields.field("growth_step", options.growth_step,
                 {.doc = "cpg with grow: what is added to the network's size each time, in sizes of the backbone; "
                         "channels go with its square root; default 0.5",
                  .optional = true,
                  .min = 0.01,
                  .max = 8});
    fields.field("max_size", options.max_size,
                 {.doc = "cpg with grow: largest size, for which the chip must have room; default 1.5",
                  .optional = true,
                  .min = 1.01,
                  .max = 9});
    fields.require(!options.grow || options.goal, "grow",
                   "needs 'goal': an accuracy on the held-out images to be reached, or the network grows");
    fields.require(!options.grow || options.goal.value_or(1.0) > 0.0, "goal",
                   "0 is reached by any network, so that none grows; give an accuracy, or grow: false");
    fields.require(options.grow || !options.growth_step, "growth_step", "means nothing without 'grow: true'");
    fields.require(options.grow || !options.max_size, "max_size", "means nothing without 'grow: true'");
    fields.require(
        !options.grow || sizes(config).size() <= 5, "growth_step",
        "takes more than 4 steps to max_size, and every step adds layers beside all others; take larger steps");
}

void describe_cpg(Fields& fields, MethodConfig& config) {
    CpgOptions& options = config.cpg;
    if (config.method == "cpg") {
        fields.field("mask_learning_rate", config.mask_learning_rate,
                     {.doc = "at the start, of the picking mask; default: the recipe", .optional = true, .min = 0});
    }
    fields.field("goal", options.goal,
                 {.doc = "cpg: accuracy on the held-out images that pruning must keep; default: what there was before "
                         "it, less `margin`",
                  .optional = true,
                  .min = 0,
                  .max = 1});
    fields.field("margin", options.margin,
                 {.doc = "cpg: what pruning may lose of that accuracy", .optional = true, .min = 0, .max = 1});
    fields.field("held_out", options.held_out,
                 {.doc = "cpg: share of the training images that measures the goal and is not trained on",
                  .optional = true,
                  .min = 0.01,
                  .max = 0.5});
    describe_growth(fields, config);
}

}  // namespace

MethodInfo cpg_method() {
    return {
        .name = "cpg",
        .description = "free weights of one shared network, and a mask that picks earlier tasks' weights",
        .masked = false,
        .recipe = {.optimizer = OptimizerKind::sgd,
                   .mask_optimizer = OptimizerKind::adam,
                   .nesterov = true,
                   .learning_rate = 1e-2,
                   .mask_learning_rate = 5e-4,
                   .weight_decay = 4e-5,
                   .batch_norm = BatchNormChoice::train},
        .describe = describe_cpg,
        .granularity = [](const MethodConfig&) { return Granularity::weight; },
        .make = [](const MethodConfig& config, const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<Cpg>(config, context);
        },
        .sequential = [](const MethodConfig&) { return true; },
        .recall = recall,
        .sizes = sizes,
        .grow = grow,
    };
}

}  // namespace remask
