// Fine-tuning: every parameter is learned anew from the backbone's. All cells are rewritten at a task switch.
#include "models/methods/builtin_methods.h"
#include "sim/base/diagnostics.h"
#include "sim/base/random.h"

namespace remask {
namespace {

class Finetune : public Method {
public:
    explicit Finetune(const MethodContext& context) : layers_(context.layers), weight_bits_(context.weight_bits) {}

    bool trains_weights() const override { return true; }

    /// Every weight is stored in the hardware's weight format. The classifier is reported apart.
    void describe_masks(const ParameterMap&, std::vector<LayerMask>& masks) const override {
        for (const ArrayLayer& layer : layers_) {
            if (layer.classifier) continue;
            LayerMask& mask = masks[static_cast<std::size_t>(layer.slot)];
            mask.entries = layer.filters * layer.rows;
            mask.bits_per_entry = weight_bits_;
            mask.bits = static_cast<double>(mask.entries) * weight_bits_;
        }
    }

    void assume(double changed_share, std::uint64_t seed, ParameterMap&, ParameterMap& parameters) const override {
        for (const ArrayLayer& layer : layers_) {
            if (layer.classifier) continue;
            RandomStream random(seed, "assumed weights", static_cast<std::uint64_t>(layer.slot));
            const std::vector<float>& backbone = layer.backbone->values;
            for (float& weight : parameters.at(layer.weight()).values) {
                if (random.uniform() < changed_share) weight = backbone[random.below(backbone.size())];
            }
        }
    }

private:
    const std::vector<ArrayLayer>& layers_;
    int weight_bits_;
};

std::unique_ptr<Method> make(const MethodConfig& config, const MethodContext& context) {
    if (realisation_of(config) != Realisation::reprogram) {
        throw ConfigError("method finetune: its weights can only be realised by reprogramming");
    }
    return std::make_unique<Finetune>(context);
}

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
        .describe = [](Fields&, MethodConfig&) {},
        .granularity = [](const MethodConfig&) { return Granularity::weight; },
        .make = make,
    };
}

}  // namespace remask
