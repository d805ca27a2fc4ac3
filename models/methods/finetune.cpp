// Fine-tuning: every parameter is learned anew from the backbone's. All cells are rewritten at a task switch.
//
// `sequential: true` is the baseline of task sequences: one network for all tasks, each of which goes on from the one
// before and changes it; only the classifier is a task's own. What earlier tasks forget is then measured.
#include "models/methods/builtin_methods.h"
#include "models/methods/weight_method.h"

namespace remask {
namespace {

class Finetune : public WeightMethod {
public:
    Finetune(const MethodConfig& config, const MethodContext& context)
        : WeightMethod(config, context),
          sequential_(config.finetune.sequential),
          previous_(sequential_ ? context.previous : nullptr),
          weight_bits_(context.weight_bits) {}

    void begin(ParameterMap& parameters) const override { take_carried(previous_, parameters); }

    ParameterMap carried(const ParameterMap& shared) const override { return sequential_ ? shared : ParameterMap{}; }

    /// Every weight is stored in the hardware's weight format. The classifier is reported apart.
    void describe_masks(const ParameterMap&, std::vector<LayerMask>& masks) const override {
        describe_entries(weight_bits_, masks);
        for (LayerMask& mask : masks) mask.new_weight_bits = mask.bits;
    }

private:
    bool sequential_;
    const TaskParameters* previous_;
    int weight_bits_;
};

}  // namespace

MethodInfo finetune_method() {
    return {
        .name = "finetune",
        .description = "every weight, batch-norm and the classifier learned anew",
        .masked = false,
        .recipe = {.optimizer = OptimizerKind::sgd,
                   .learning_rate = 1e-2,
                   .mask_learning_rate = 0.0,
                   .weight_decay = 5e-4,
                   .batch_norm = BatchNormChoice::train},
        .describe =
            [](Fields& fields, MethodConfig& config) {
                fields.field("sequential", config.finetune.sequential,
                             {.doc = "finetune: one network for all tasks, each goes on from the task before",
                              .optional = true});
            },
        .granularity = [](const MethodConfig&) { return Granularity::weight; },
        .make = [](const MethodConfig& config, const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<Finetune>(config, context);
        },
        .sequential = [](const MethodConfig& config) { return config.finetune.sequential; },
        .recall = [](const TaskParameters& earlier, int,
                     const TaskParameters& latest) { return with_carried(earlier, latest); },
    };
}

}  // namespace remask
