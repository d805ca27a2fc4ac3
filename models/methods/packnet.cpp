// PackNet (Mallya and Lazebnik, CVPR 2018): tasks share one network, every weight belongs to the task that trained it.
//
// A task trains the weights that nobody owns yet, prunes its own by magnitude, layer by layer, and trains the survivors
// again (the last third of the epochs, at a tenth of the rate); the pruned ones are 0 and free for the next task. A
// task uses the weights of itself and of the tasks before it. Biases and batch-norm are the first task's. All weights
// are free at the start: the backbone is where the first task begins.
#include <algorithm>
#include <cmath>

#include "models/methods/builtin_methods.h"
#include "models/methods/session_training.h"
#include "models/methods/weight_method.h"

namespace remask {
namespace {

constexpr double retraining_rate = 0.1;
constexpr const char* tasks_so_far = "tasks";

std::string owner_name(const ArrayLayer& layer) {
    return layer.name + ".owner";
}

/// 0: free, else the number of the task, from 1.
using Owners = std::vector<float>;

class PackNet : public WeightMethod {
public:
    PackNet(const MethodConfig& config, const MethodContext& context)
        : WeightMethod(config, context), options_(config.packnet), previous_(context.previous) {
        if (previous_) task_ = static_cast<int>(previous_->carried.at(tasks_so_far).values[0]) + 1;
        for (const ArrayLayer& layer : layers()) {
            if (layer.classifier) continue;
            owners_[layer.weight()] = previous_ ? previous_->carried.at(owner_name(layer)).values
                                                : Owners(static_cast<std::size_t>(layer.filters * layer.rows), 0.0f);
        }
    }

    bool trains_biases() const override { return task_ == 1; }
    void adjust(Recipe& recipe) const override {
        if (task_ > 1) recipe.batch_norm = BatchNormChoice::frozen;
    }

    void begin(ParameterMap& parameters) const override {
        if (!previous_) return;
        for (auto& [name, tensor] : parameters) {
            const auto found = previous_->carried.find(name);
            if (found != previous_->carried.end()) tensor = found->second;
        }
    }

    TrainingInfo learn(TaskSession& session, ThreadPool& pool, Progress& progress) override {
        const ParameterMap start = session.parameters;
        const Recipe& recipe = session.recipe;
        for (auto& [name, owners] : owners_) std::replace(owners.begin(), owners.end(), 0.0f, own_number());
        const int retraining = recipe.epochs / 3;
        TrainingRound round = whole_recipe(recipe);
        round.epochs = recipe.epochs - retraining;
        round.hooks.after_step = [&](ParameterMap& parameters) { hold(start, parameters); };
        TrainingInfo info = train_round(session, round, pool, progress);
        for (auto& [name, owners] : owners_) prune(session.parameters.at(name).values, owners);
        hold(start, session.parameters);
        round.first_epoch = round.epochs;
        round.epochs = retraining;
        round.learning_rate *= retraining_rate;
        add_training(info, train_round(session, round, pool, progress));
        return info;
    }

    ParameterMap carried(const ParameterMap& shared) const override {
        ParameterMap kept = shared;
        for (const ArrayLayer& layer : layers()) {
            if (layer.classifier) continue;
            kept[owner_name(layer)] = {kept.at(layer.weight()).shape, owners_.at(layer.weight())};
        }
        kept[tasks_so_far] = {{1}, {own_number()}};
        return kept;
    }

    /// The owners, ⌈log2(tasks so far + 1)⌉ bits a weight: one index that all tasks share.
    void describe_masks(const ParameterMap&, std::vector<LayerMask>& masks) const override {
        int bits = 0;
        while ((1 << bits) < task_ + 1) ++bits;
        describe_entries(bits, masks);
    }

private:
    float own_number() const { return static_cast<float>(task_); }

    /// Weights of earlier tasks keep their values, free ones are 0.
    void hold(const ParameterMap& start, ParameterMap& parameters) const {
        for (const auto& [name, owners] : owners_) {
            const std::vector<float>& before = start.at(name).values;
            std::vector<float>& now = parameters.at(name).values;
            for (std::size_t i = 0; i < now.size(); ++i) {
                if (owners[i] == own_number()) continue;
                now[i] = owners[i] == 0.0f ? 0.0f : before[i];
            }
        }
    }

    /// Frees round(share·n) of the task's n weights in a layer, the smallest ones (and those as small as the largest of
    /// them).
    void prune(const std::vector<float>& weights, Owners& owners) const {
        std::vector<float> sizes;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            if (owners[i] == own_number()) sizes.push_back(std::fabs(weights[i]));
        }
        const double share = task_ == 1 ? options_.prune_first : options_.prune_later;
        const auto rank = static_cast<std::ptrdiff_t>(std::nearbyint(share * static_cast<double>(sizes.size())));
        if (rank == 0) return;
        std::nth_element(sizes.begin(), sizes.begin() + (rank - 1), sizes.end());
        const float cutoff = sizes[static_cast<std::size_t>(rank - 1)];
        for (std::size_t i = 0; i < weights.size(); ++i) {
            if (owners[i] == own_number() && std::fabs(weights[i]) <= cutoff) owners[i] = 0.0f;
        }
    }

    PacknetOptions options_;
    const TaskParameters* previous_;
    int task_ = 1;
    std::map<std::string, Owners> owners_;  // by the weights' names
};

/// Task `index` uses the weights of tasks 1 to index + 1 as they lie in the network now.
ParameterMap recall(const TaskParameters& earlier, int index, const TaskParameters& latest) {
    ParameterMap parameters = with_carried(earlier, latest);
    for (const auto& [name, owner] : latest.carried) {
        if (!name.ends_with(".owner")) continue;
        std::vector<float>& weights = parameters.at(name.substr(0, name.size() - 6) + ".weight").values;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            if (owner.values[i] > static_cast<float>(index + 1)) weights[i] = 0.0f;
        }
    }
    return parameters;
}

void describe_packnet(Fields& fields, MethodConfig& config) {
    fields.field(
        "prune_first", config.packnet.prune_first,
        {.doc = "packnet: share of the first task's weights that pruning frees", .optional = true, .min = 0, .max = 1});
    fields.field("prune_later", config.packnet.prune_later,
                 {.doc = "packnet: share of every later task's own weights that pruning frees",
                  .optional = true,
                  .min = 0,
                  .max = 1});
}

}  // namespace

MethodInfo packnet_method() {
    return {
        .name = "packnet",
        .description = "free weights of one shared network, pruned after every task",
        .masked = false,
        .recipe = {.optimizer = OptimizerKind::sgd,
                   .learning_rate = 1e-3,
                   .mask_learning_rate = 0.0,
                   .schedule = ScheduleKind::constant,
                   .batch_norm = BatchNormChoice::train},
        .describe = describe_packnet,
        .granularity = [](const MethodConfig&) { return Granularity::weight; },
        .make = [](const MethodConfig& config, const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<PackNet>(config, context);
        },
        .sequential = [](const MethodConfig&) { return true; },
        .recall = recall,
    };
}

}  // namespace remask
