#include "models/methods/task_session.h"

#include <utility>

#include "models/network/builders.h"
#include "models/network/quantized_network.h"

namespace remask {

namespace {

/// Layers of growth come behind all others, so a smaller network has the first ones of the largest.
std::vector<CrossbarGeometry> geometry_of_size(const MethodConfig& config, const Network& network,
                                               const LearningInput& input) {
    std::vector<CrossbarGeometry> geometry = input.geometry;
    const std::size_t slots = crossbar_layers(network, input.classifier_on_crossbar).size();
    if (most_growth(config) > 0 && slots < geometry.size()) geometry.resize(slots);
    return geometry;
}

}  // namespace

TaskSession::TaskSession(const MethodConfig& method_config, const LearningInput& learning_input, int grown)
    : config(method_config),
      input(learning_input),
      growth(grown),
      recipe(recipe_of(method_config)),
      network(method_network(method_config, learning_input.network, learning_input.classes, grown)),
      layers(list_array_layers(network, learning_input.backbone,
                               geometry_of_size(method_config, network, learning_input),
                               learning_input.classifier_on_crossbar)),
      method(make_method(method_config,
                         {layers, learning_input.weight_bits, learning_input.seed, learning_input.previous})),
      parameters(task_start(learning_input.network, learning_input.backbone, learning_input.classes,
                            learning_input.seed, learning_input.keep_classifier)),
      own(method->initial()) {
    method->adjust(recipe);
    widen_classifier(network, input.seed, input.keep_classifier, parameters);
    for (auto& [name, tensor] : initial_parameters(network, learning_input.seed)) {
        parameters.try_emplace(name, std::move(tensor));  // side layers
    }
    method->begin(parameters);
    check_learning_place(*this);
}

std::set<std::string> TaskSession::trained() const {
    std::set<std::string> names;
    for (const Layer& layer : network.layers) {
        const bool classifier = &layer == &network.layers.back();
        const bool side = is_side(layer);
        const bool weights = layer.kind == LayerKind::convolution || layer.kind == LayerKind::linear;
        if (layer.kind == LayerKind::batch_norm && (batch_norm_trained() || side)) {
            names.insert({layer.name + ".gamma", layer.name + ".beta"});
        } else if (weights && (classifier || side || method->trains_weights())) {
            names.insert(layer.name + ".weight");
            const bool bias = parameters.count(layer.name + ".bias") > 0;
            if (bias && (classifier || side || method->trains_biases())) names.insert(layer.name + ".bias");
        }
    }
    return names;
}

bool TaskSession::classifier_only() const {
    const std::string& classifier = network.layers.back().name;
    return method->masked_weights().empty() &&
           trained() == std::set<std::string>{classifier + ".weight", classifier + ".bias"} && !batch_norm_trained();
}

bool TaskSession::is_side(const Layer& layer) const {
    return input.backbone.count(layer.name + ".weight") + input.backbone.count(layer.name + ".gamma") == 0 &&
           (layer.kind == LayerKind::convolution || layer.kind == LayerKind::linear ||
            layer.kind == LayerKind::batch_norm);
}

/// Side layers' weights take the hardware's format, a scale a filter, wherever they are computed.
double TaskSession::place_side_layers(TaskParameters& task) const {
    double bits = 0.0;
    for (const ArrayLayer& layer : layers) {
        LayerMask& mask = task.masks[static_cast<std::size_t>(layer.slot)];
        if (!layer.side || mask.entries > 0) continue;  // some methods describe their own
        mask.entries = layer.filters * layer.rows;
        mask.bits_per_entry = input.weight_bits;
        mask.bits = mask.new_weight_bits = static_cast<double>(mask.entries) * input.weight_bits;
    }
    for (const Layer& layer : network.layers) {
        if (!layer.digital) continue;
        Tensor& weights = task.on_chip.at(layer.name + ".weight");
        bits += static_cast<double>(weights.size()) * input.weight_bits;
        const std::vector<double> scales = weight_scales(weights, input.weight_bits);
        const std::vector<std::int32_t> codes = quantize_weights(weights, layer.groups, scales, input.weight_bits);
        const std::size_t filters = scales.size(), rows = codes.size() / filters;
        for (std::size_t i = 0; i < codes.size(); ++i) {
            const std::size_t group_filters = filters / static_cast<std::size_t>(layer.groups);
            const std::size_t filter = i / rows, row = i % rows;
            const std::size_t at = (filter / group_filters * rows + row) * group_filters + filter % group_filters;
            weights.values[i] = static_cast<float>(codes[at] * scales[filter]);
        }
    }
    return bits;
}

double TaskSession::constants_bits() const {
    std::int64_t values = 0;
    for (const Layer& layer : network.layers) {
        const bool classifier = &layer == &network.layers.back();
        if (layer.kind == LayerKind::batch_norm && (batch_norm_trained() || is_side(layer))) {
            values += 2 * static_cast<std::int64_t>(layer.output.channels);  // folded: one scale and one bias a channel
        } else if (layer.kind == LayerKind::batch_norm && fits_weight_scale(config)) {
            values += layer.output.channels;  // the weights' scales, folded
        }
        if (classifier && !input.classifier_on_crossbar) values += parameters.at(layer.name + ".weight").size();
        const auto bias = parameters.find(layer.name + ".bias");
        if (bias != parameters.end() && (classifier || is_side(layer) || method->trains_biases()))
            values += bias->second.size();
    }
    return 32.0 * static_cast<double>(values);
}

TaskParameters TaskSession::finish() const {
    TaskParameters task;
    task.method = config.method;
    task.label = config.name();
    task.classes = input.classes;
    task.growth = growth;
    task.weight_bits = input.weight_bits;
    task.granularity = granularity_of(config);
    task.realisation = realisation_of(config);
    task.effective = parameters;
    method->effective(own, {}, task.effective);
    task.on_chip = task.effective;
    task.masks.resize(layers.size());
    std::int64_t weights = 0;
    for (const ArrayLayer& layer : layers) {
        task.masks[static_cast<std::size_t>(layer.slot)].slot = layer.slot;
        if (!layer.classifier && !layer.side) weights += layer.filters * layer.rows;
    }
    method->describe_masks(own, task.masks);
    task.mask_bits = place_side_layers(task);
    for (const ArrayLayer& layer : layers) {
        LayerMask& mask = task.masks[static_cast<std::size_t>(layer.slot)];
        if (mask.unit != MaskUnit::none) {
            task.on_chip[layer.weight()] = *layer.backbone;
            mask.rows = rows_of_a_factor(layer.geometry, mask.per_row_group);
        }
        task.mask_bits += mask.bits;
        task.new_weight_bits += mask.new_weight_bits;
    }
    method->on_chip(own, task.on_chip);
    const std::set<std::string> masked = method->masked_weights();
    for (const ArrayLayer& layer : layers) {
        const LayerMask& mask = task.masks[static_cast<std::size_t>(layer.slot)];
        const bool changed = method->trains_weights() || masked.count(layer.weight()) > 0;
        const bool kept =
            mask.unit != MaskUnit::none && task.on_chip.at(layer.weight()).values == layer.backbone->values;
        task.reprogrammed.push_back(layer.classifier || layer.side || (changed && !kept));
    }
    task.bits_per_weight = weights > 0 ? task.mask_bits / static_cast<double>(weights) : 0.0;
    task.constants_bits = constants_bits();
    if (chip) task.input_scales = chip->input_scales();
    ParameterMap shared = task.effective;
    shared.erase(network.layers.back().name + ".weight");
    shared.erase(network.layers.back().name + ".bias");
    task.carried = method->carried(shared);
    return task;
}

}  // namespace remask
