// PackNet (Mallya and Lazebnik, CVPR 2018): tasks share one network, every weight belongs to the task that trained it.
//
// A task trains the weights that nobody owns yet, prunes its own by magnitude, layer by layer, and trains the survivors
// again (the last third of the epochs, at a tenth of the rate); the pruned ones are 0 and free for the next task. A
// task uses the weights of itself and of the tasks before it. Biases and batch-norm are the first task's. All weights
// are free at the start: the backbone is where the first task begins. All tasks share the cells and so one weight
// scale, the backbone's: weights stay within the filter's largest |W0|, since cells hold no more.
#include <algorithm>
#include <map>

#include "models/methods/builtin_methods.h"
#include "models/methods/session_training.h"
#include "models/methods/weight_method.h"
#include "models/methods/weight_owners.h"
#include "models/methods/weight_range.h"

namespace remask {
namespace {

constexpr double retraining_rate = 0.1;

class PackNet : public WeightMethod {
public:
    PackNet(const MethodConfig& config, const MethodContext& context)
        : WeightMethod(config, context),
          options_(config.packnet),
          previous_(context.previous),
          owners_(layers(), context.previous) {
        for (const ArrayLayer& layer : layers()) {
            if (!layer.classifier) ranges_.emplace(layer.weight(), layer);
        }
    }

    bool trains_biases() const override { return owners_.task() == 1; }
    void adjust(Recipe& recipe) const override {
        if (owners_.task() > 1) recipe.batch_norm = BatchNormChoice::frozen;
    }

    void begin(ParameterMap& parameters) const override { take_carried(previous_, parameters); }

    TrainingInfo learn(TaskSession& session, ThreadPool& pool, Progress& progress) override {
        const ParameterMap start = session.parameters;
        const Recipe& recipe = session.recipe;
        owners_.take_free();
        const int retraining = recipe.epochs / 3;
        TrainingRound round = whole_recipe(recipe);
        round.epochs = recipe.epochs - retraining;
        round.hooks.after_step = [&](ParameterMap& parameters) { hold(start, parameters); };
        TrainingInfo info = train_round(session, round, pool, progress);
        owners_.prune(owners_.task() == 1 ? options_.prune_first : options_.prune_later, session.parameters);
        hold(start, session.parameters);
        round.first_epoch = round.epochs;
        round.epochs = retraining;
        round.learning_rate *= retraining_rate;
        add_training(info, train_round(session, round, pool, progress));
        if (session.batch_norm_trained()) normalise_empty_filters(session.network, start, session.parameters);
        return info;
    }

    ParameterMap carried(const ParameterMap& shared) const override {
        ParameterMap kept = shared;
        owners_.carry(kept);
        return kept;
    }

    /// The owners, ⌈log2(tasks so far + 1)⌉ bits a weight: one index that all tasks share.
    void describe_masks(const ParameterMap&, std::vector<LayerMask>& masks) const override {
        describe_entries(owners_.bits_per_weight(), masks);
    }

private:
    /// A filter that pruning left nothing of has a constant output, and batch-norm saw a variance of 0 there. Fixed
    /// like that it would blow up what a later task puts into the filter, 1/√epsilon times. So it gets the constant as
    /// its mean and the backbone's variance (ours): this task's output stays, and later weights are scaled as the
    /// backbone's.
    void normalise_empty_filters(const Network& network, const ParameterMap& backbone, ParameterMap& parameters) const {
        for (const Layer& layer : network.layers) {
            if (layer.kind != LayerKind::batch_norm) continue;
            const Layer& source = network.layers[static_cast<std::size_t>(layer.inputs[0])];
            if (ranges_.count(source.name + ".weight") == 0) continue;
            const std::vector<float>& weights = parameters.at(source.name + ".weight").values;
            const auto biases = parameters.find(source.name + ".bias");
            std::vector<float>& variances = parameters.at(layer.name + ".variance").values;
            const std::size_t rows = weights.size() / variances.size();
            for (std::size_t c = 0; c < variances.size(); ++c) {
                const auto filter = weights.begin() + static_cast<std::ptrdiff_t>(c * rows);
                const auto end = filter + static_cast<std::ptrdiff_t>(rows);
                if (std::any_of(filter, end, [](float weight) { return weight != 0.0f; })) continue;
                variances[c] = backbone.at(layer.name + ".variance").values[c];
                parameters.at(layer.name + ".mean").values[c] =
                    biases == parameters.end() ? 0.0f : biases->second.values[c];
            }
        }
    }

    /// Weights of earlier tasks keep their values, free ones are 0, the task's own stay within what cells hold.
    void hold(const ParameterMap& start, ParameterMap& parameters) const {
        for (const ArrayLayer& layer : layers()) {
            if (layer.classifier) continue;
            const WeightOwners::Owners& owners = owners_.of(layer.weight());
            const std::vector<float>& before = start.at(layer.weight()).values;
            std::vector<float>& now = parameters.at(layer.weight()).values;
            for (std::size_t i = 0; i < now.size(); ++i) {
                if (owners[i] == owners_.own_number()) continue;
                now[i] = owners[i] == 0.0f ? 0.0f : before[i];
            }
            ranges_.at(layer.weight()).hold(now);
        }
    }

    PacknetOptions options_;
    const TaskParameters* previous_;
    WeightOwners owners_;
    std::map<std::string, WeightRange> ranges_;  // by weight
};

/// Task `index` uses the weights of tasks 1 to index + 1 as they lie in the network now.
ParameterMap recall(const TaskParameters& earlier, int index, const TaskParameters& latest) {
    ParameterMap parameters = with_carried(earlier, latest);
    for (const auto& [name, owner] : latest.carried) {
        if (weight_of_owners(name).empty()) continue;
        std::vector<float>& weights = parameters.at(weight_of_owners(name)).values;
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
