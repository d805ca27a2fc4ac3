#include "models/network/quantized_plan.h"

#include <algorithm>
#include <utility>

namespace remask {
namespace {

/// The only layer that reads `layer`'s output if it is of `kind`, else −1.
int sole_reader(const Network& network, int layer, LayerKind kind) {
    int reader = -1, readers = 0;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        for (const int input : network.layers[i].inputs) {
            if (input != layer) continue;
            reader = static_cast<int>(i);
            ++readers;
        }
    }
    return readers == 1 && network.layers[static_cast<std::size_t>(reader)].kind == kind ? reader : -1;
}

/// gain 1 and the bias (0 without one).
ChannelAffine bias_affine(const Layer& layer, const ParameterMap& parameters) {
    const auto channels = static_cast<std::size_t>(layer.out_channels);
    ChannelAffine affine{std::vector<double>(channels, 1.0), std::vector<double>(channels, 0.0)};
    if (layer.kind == LayerKind::linear || layer.bias) {
        const auto& bias = parameters.at(layer.name + ".bias").values;
        std::copy(bias.begin(), bias.end(), affine.shift.begin());
    }
    return affine;
}

/// `first`, then `second`.
ChannelAffine chained(const ChannelAffine& first, const ChannelAffine& second) {
    ChannelAffine both = first;
    for (std::size_t c = 0; c < both.gain.size(); ++c) {
        both.gain[c] = first.gain[c] * second.gain[c];
        both.shift[c] = first.shift[c] * second.gain[c] + second.shift[c];
    }
    return both;
}

/// Buffers for activations, used again once nobody reads them.
class Activations {
public:
    explicit Activations(std::size_t layers) : of_layer_(layers) {}

    std::vector<float>& make(int layer, std::size_t size) {
        auto& buffer = of_layer_[static_cast<std::size_t>(layer)];
        if (!free_.empty()) {
            buffer = std::move(free_.back());
            free_.pop_back();
        }
        buffer.resize(size);
        return buffer;
    }
    const std::vector<float>& of(int layer) const { return of_layer_[static_cast<std::size_t>(layer)]; }
    void release(int layer) {
        auto& buffer = of_layer_[static_cast<std::size_t>(layer)];
        if (!buffer.empty()) free_.push_back(std::exchange(buffer, {}));
    }

private:
    std::vector<std::vector<float>> of_layer_, free_;
};

void run_digital(const QuantizedPlan& plan, const QuantizedStep& step, const Activations& activations, int count,
                 std::vector<float>& outputs) {
    const Layer& layer = plan.layer(step.layer);
    const Shape& shape = plan.input_shape(step.layer);
    const float* first = activations.of(layer.inputs[0]).data();
    const Shape& other = layer.inputs.size() > 1 ? plan.layer(layer.inputs[1]).output : shape;
    const float* second = layer.inputs.size() > 1 ? activations.of(layer.inputs[1]).data() : first;
    for (int i = 0; i < count; ++i) {
        float* output = outputs.data() + i * layer.output.size();
        const float* input = first + i * shape.size();
        if (layer.kind == LayerKind::linear) {
            apply_linear(plan.classifier_weight, plan.classifier_bias, input, output);
        } else if (layer.kind == LayerKind::convolution) {
            apply_convolution(layer, shape, plan.convolutions.at(step.layer), plan.biases.at(step.layer), input,
                              output);
        } else if (layer.kind == LayerKind::batch_norm) {
            apply_affine(plan.batch_norms.at(step.layer), shape, input, output);
        } else {
            apply_digital(layer, {shape, input}, {other, second + i * other.size()}, output);
        }
    }
}

}  // namespace

std::vector<bool> may_be_negative(const Network& network) {
    std::vector<bool> result;
    for (const Layer& layer : network.layers) {
        bool negative = true;
        if (layer.kind == LayerKind::input) {
            const auto& mean = network.normalisation.mean;
            negative = std::any_of(mean.begin(), mean.end(), [](float value) { return value > 0.0f; });
        } else if (layer.kind == LayerKind::relu || layer.kind == LayerKind::hard_sigmoid ||
                   layer.kind == LayerKind::gate) {
            negative = false;
        } else if (layer.kind != LayerKind::convolution && layer.kind != LayerKind::linear &&
                   layer.kind != LayerKind::batch_norm) {
            negative = std::any_of(layer.inputs.begin(), layer.inputs.end(),
                                   [&](int input) { return result[static_cast<std::size_t>(input)]; });
        }
        result.push_back(negative);
    }
    return result;
}

QuantizedPlan::QuantizedPlan(const Network& source, const ParameterMap& parameters, bool classifier_on_crossbar)
    : network(source) {
    const auto on_crossbar = crossbar_layers(network, classifier_on_crossbar);
    std::vector<bool> folded(network.layers.size(), false);
    ends.resize(on_crossbar.size());
    for (int i = 1; i < static_cast<int>(network.layers.size()); ++i) {
        if (folded[static_cast<std::size_t>(i)]) continue;
        QuantizedStep step{i, i, -1, false};
        const auto found = std::find(on_crossbar.begin(), on_crossbar.end(), i);
        if (found != on_crossbar.end()) {
            step.slot = static_cast<int>(found - on_crossbar.begin());
            ChannelAffine end = bias_affine(layer(i), parameters);
            if (const int norm = sole_reader(network, step.output, LayerKind::batch_norm); norm >= 0) {
                end = chained(end, batch_norm_affine(layer(norm), parameters));
                step.output = norm;
                folded[static_cast<std::size_t>(norm)] = true;
            }
            if (const int relu = sole_reader(network, step.output, LayerKind::relu); relu >= 0) {
                step.relu = true;
                step.output = relu;
                folded[static_cast<std::size_t>(relu)] = true;
            }
            ends[static_cast<std::size_t>(step.slot)] = std::move(end);
        } else if (layer(i).kind == LayerKind::batch_norm) {
            batch_norms[i] = batch_norm_affine(layer(i), parameters);
        } else if (layer(i).kind == LayerKind::convolution) {
            convolutions[i] = parameters.at(layer(i).name + ".weight");
            biases[i] = bias_affine(layer(i), parameters);
        } else if (layer(i).kind == LayerKind::linear) {
            classifier_weight = parameters.at(layer(i).name + ".weight");
            classifier_bias = parameters.at(layer(i).name + ".bias");
        }
        steps.push_back(step);
    }
    last_step.assign(network.layers.size(), -1);
    for (std::size_t s = 0; s < steps.size(); ++s) {
        for (const int input : layer(steps[s].layer).inputs) {
            last_step[static_cast<std::size_t>(input)] = static_cast<int>(s);
        }
    }
}

void run_quantized_block(const QuantizedPlan& plan, std::span<const float> images, int count,
                         const CrossbarStep& crossbar, std::span<float> logits) {
    Activations activations(plan.network.layers.size());
    auto& input = activations.make(0, images.size());
    std::copy(images.begin(), images.end(), input.begin());
    for (std::size_t s = 0; s < plan.steps.size(); ++s) {
        const QuantizedStep& step = plan.steps[s];
        const auto size = static_cast<std::size_t>(count * plan.layer(step.output).output.size());
        auto& outputs = activations.make(step.output, size);
        if (step.slot >= 0) {
            crossbar(step, activations.of(plan.layer(step.layer).inputs[0]), count, outputs);
        } else {
            run_digital(plan, step, activations, count, outputs);
        }
        for (const int read : plan.layer(step.layer).inputs) {
            if (plan.last_step[static_cast<std::size_t>(read)] == static_cast<int>(s)) activations.release(read);
        }
    }
    const auto& last = activations.of(static_cast<int>(plan.network.layers.size()) - 1);
    std::copy(last.begin(), last.end(), logits.begin());
}

}  // namespace remask
