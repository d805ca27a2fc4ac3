// The explicit table of methods, and what is looked up in it.
#include <string>

#include "models/methods/builtin_methods.h"
#include "models/methods/learn.h"
#include "sim/base/diagnostics.h"
#include "sim/base/files.h"

namespace remask {
namespace {

std::string unknown_method(const std::string& name) {
    std::vector<std::string> names;
    std::string all;
    for (const MethodInfo& info : list_methods()) {
        names.emplace_back(info.name);
        all += (all.empty() ? "" : ", ") + names.back();
    }
    return "unknown method '" + name + "'" + did_you_mean(name, names) + "; there are " + all;
}

const MethodInfo& info_of(const MethodConfig& config) {
    const MethodInfo* info = find_method(config.method);
    if (!info) throw ConfigError(unknown_method(config.method));
    return *info;
}

void describe_training(Fields& fields, MethodConfig& config) {
    fields.field("epochs", config.epochs,
                 {.doc = "passes over the training images; default: the method's recipe", .optional = true, .min = 1});
    fields.field("batch", config.batch, {.doc = "images a step; default: the recipe", .optional = true, .min = 1});
    fields.field("learning_rate", config.learning_rate,
                 {.doc = "at the start, of classifier, batch-norm and trained weights; default: the recipe",
                  .optional = true,
                  .min = 0});
    fields.field("weight_decay", config.weight_decay,
                 {.doc = "of trained weights; default: the recipe", .optional = true, .min = 0, .max = 1});
    fields.field("batch_norm", config.batch_norm,
                 {.doc = "train a batch-norm per task or keep the backbone's; default: the recipe", .optional = true});
    fields.field("schedule", config.schedule,
                 {.doc = "how the rates fall during a task; default: the recipe", .optional = true});
    fields.field("learn", config.learn, {.doc = "where the task is learned", .optional = true});
}

}  // namespace

void describe(Fields& fields, LearningOptions& options) {
    fields.field(
        "on", options.on,
        {.doc = "what computes the forward pass while learning: float, or the arrays of this chip with all that is "
                "wrong with them (gradients pass straight through); crossbar needs a mask of the periphery",
         .optional = true});
}

const std::vector<MethodInfo>& list_methods() {
    static const std::vector<MethodInfo> methods{
        classifier_method(), finetune_method(),       piggyback_method(),
        ksm_method(),        supsup_method(),         xbm_method(),
        xma_method(),        xma2_method(),           packnet_method(),
        cpg_method(),        series_adapter_method(), parallel_adapter_method(),
        da3_method(),        sparcl_method()};
    return methods;
}

const MethodInfo* find_method(std::string_view name) {
    for (const MethodInfo& info : list_methods()) {
        if (info.name == name) return &info;
    }
    return nullptr;
}

namespace {

/// What the options of one method rule out together.
void describe_limits(Fields& fields, const MethodInfo& info, const MethodConfig& config) {
    fields.require(
        config.learn.on == LearningPlace::float32 || learns_on_chip(config), "learn",
        "on: crossbar needs a mask that the periphery applies (xbm, xma, ksm with realisation: row_groups) or "
        "classifier; this writes cells, and no chip stands that at every step: learn it in float");
    fields.require(!info.masked || config.realisation != Realisation::row_groups ||
                       info.granularity(config) != Granularity::column,
                   "realisation", "row_groups drives kernels or rows one by one; a mask per column takes periphery");
}

}  // namespace

void describe(Fields& fields, MethodConfig& config) {
    fields.field("method", config.method, {.doc = "a name of `remask list methods`"});
    const MethodInfo* info = find_method(config.method);
    fields.require(info || config.method.empty(), "method", unknown_method(config.method));
    fields.field("label", config.label,
                 {.doc = "name in tables and files; default: the method's name", .optional = true});
    describe_training(fields, config);
    if (!info || info->recipe.optimizer == OptimizerKind::sgd) {
        fields.field("momentum", config.momentum,
                     {.doc = "of SGD; default: the recipe", .optional = true, .min = 0, .max = 0.999});
        fields.field("nesterov", config.nesterov,
                     {.doc = "Nesterov's momentum; default: the recipe", .optional = true});
        fields.require(!info || !config.nesterov.value_or(false) || config.momentum.value_or(info->recipe.momentum) > 0,
                       "nesterov", "means nothing without momentum; give 'momentum' too, or nesterov: false");
    }
    if (!info || info->masked) {
        fields.field(
            "mask_learning_rate", config.mask_learning_rate,
            {.doc = "at the start, of the mask's own parameters; default: the recipe", .optional = true, .min = 0});
        fields.field(
            "realisation", config.realisation,
            {.doc = "where the mask is applied; default: weight reprogram, kernel row_groups, column periphery",
             .optional = true});
    }
    for (const MethodInfo& each : list_methods()) {
        if (!info || &each == info) each.describe(fields, config);
    }
    if (info) describe_limits(fields, *info, config);
}

std::unique_ptr<Method> make_method(const MethodConfig& config, const MethodContext& context) {
    std::unique_ptr<Method> method = info_of(config).make(config, context);
    method->check();
    return method;
}

Recipe recipe_of(const MethodConfig& config) {
    Recipe recipe = info_of(config).recipe;
    recipe.epochs = config.epochs.value_or(recipe.epochs);
    recipe.batch = config.batch.value_or(recipe.batch);
    recipe.learning_rate = config.learning_rate.value_or(recipe.learning_rate);
    recipe.mask_learning_rate = config.mask_learning_rate.value_or(recipe.mask_learning_rate);
    recipe.weight_decay = config.weight_decay.value_or(recipe.weight_decay);
    recipe.momentum = config.momentum.value_or(recipe.momentum);
    recipe.schedule = config.schedule.value_or(recipe.schedule);
    recipe.nesterov = config.nesterov.value_or(recipe.nesterov);
    recipe.batch_norm = config.batch_norm.value_or(recipe.batch_norm);
    return recipe;
}

Network method_network(const MethodConfig& config, const Network& backbone, int classes, int growth) {
    const MethodInfo& info = info_of(config);
    const Network network = task_network(backbone, classes);
    if (growth > 0) return info.grow(config, network, growth);
    return info.adapt ? info.adapt(config, network) : network;
}

std::vector<double> network_sizes(const MethodConfig& config) {
    const MethodInfo& info = info_of(config);
    return info.sizes ? info.sizes(config) : std::vector<double>{1.0};
}

int most_growth(const MethodConfig& config) {
    return static_cast<int>(network_sizes(config).size()) - 1;
}

bool is_sequential(const MethodConfig& config) {
    const MethodInfo& info = info_of(config);
    return info.sequential != nullptr && info.sequential(config);
}

ParameterMap recall_task(const MethodConfig& config, const TaskParameters& earlier, int index,
                         const TaskParameters& latest) {
    if (!is_sequential(config)) return earlier.effective;
    return info_of(config).recall(earlier, index, latest);
}

bool learns_on_chip(const MethodConfig& config) {
    const MethodInfo& info = info_of(config);
    return info.learns_on_chip && !(info.masked && realisation_of(config) == Realisation::reprogram);
}

bool cost_depends_on_learning(const MethodConfig& config) {
    const MethodInfo& info = info_of(config);
    return !learns_on_chip(config) || (info.mask_memory_varies != nullptr && info.mask_memory_varies(config));
}

bool fits_weight_scale(const MethodConfig& config) {
    return info_of(config).fits_weight_scale;
}

Granularity granularity_of(const MethodConfig& config) {
    return info_of(config).granularity(config);
}

Realisation realisation_of(const MethodConfig& config) {
    if (config.realisation) return *config.realisation;
    switch (granularity_of(config)) {
        case Granularity::weight:
            return Realisation::reprogram;
        case Granularity::kernel:
            return Realisation::row_groups;
        default:
            return Realisation::periphery;
    }
}

std::optional<int> required_active_rows(const MethodConfig& config, int kernel_size) {
    if (!info_of(config).masked || realisation_of(config) != Realisation::row_groups) return std::nullopt;
    switch (granularity_of(config)) {
        case Granularity::weight:
            return 1;
        case Granularity::kernel:
            return kernel_size;
        default:
            return std::nullopt;
    }
}

}  // namespace remask
