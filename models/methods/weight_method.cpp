#include "models/methods/weight_method.h"

#include "sim/base/diagnostics.h"
#include "sim/base/random.h"

namespace remask {

WeightMethod::WeightMethod(const MethodConfig& config, const MethodContext& context) : layers_(context.layers) {
    if (realisation_of(config) != Realisation::reprogram) {
        throw ConfigError("method " + config.method + ": its weights can only be realised by reprogramming");
    }
}

void WeightMethod::assume(double changed_share, std::uint64_t seed, ParameterMap&, ParameterMap& parameters) {
    for (const ArrayLayer& layer : layers_) {
        if (layer.classifier || layer.side) continue;
        RandomStream random(seed, "assumed weights", static_cast<std::uint64_t>(layer.slot));
        const std::vector<float>& backbone = layer.backbone->values;
        for (float& weight : parameters.at(layer.weight()).values) {
            if (random.uniform() < changed_share) weight = backbone[random.below(backbone.size())];
        }
    }
}

void WeightMethod::describe_entries(int bits_per_entry, std::vector<LayerMask>& masks) const {
    for (const ArrayLayer& layer : layers_) {
        if (layer.classifier) continue;
        LayerMask& mask = masks[static_cast<std::size_t>(layer.slot)];
        mask.entries = layer.filters * layer.rows;
        mask.bits_per_entry = bits_per_entry;
        mask.bits = static_cast<double>(mask.entries) * bits_per_entry;
    }
}

void take_carried(const TaskParameters* previous, ParameterMap& parameters) {
    if (!previous) return;
    for (auto& [name, tensor] : parameters) {
        const auto found = previous->carried.find(name);
        if (found != previous->carried.end()) tensor = found->second;
    }
}

ParameterMap with_carried(const TaskParameters& earlier, const TaskParameters& latest) {
    ParameterMap parameters = earlier.effective;
    for (auto& [name, tensor] : parameters) {
        const auto found = latest.carried.find(name);
        if (found != latest.carried.end() && found->second.shape == tensor.shape) tensor = found->second;
    }
    return parameters;
}

}  // namespace remask
