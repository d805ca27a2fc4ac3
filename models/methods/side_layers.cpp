#include "models/methods/side_layers.h"

#include <utility>

#include "sim/base/random.h"

namespace remask {

NetworkExtender::NetworkExtender(const Network& source, bool digital)
    : source_(source), digital_(digital), now_(source.layers.size(), -1) {
    result_.name = source.name;
    result_.input = source.input;
    result_.normalisation = source.normalisation;
}

int NetworkExtender::append(Layer layer) {
    result_.layers.push_back(std::move(layer));
    return static_cast<int>(result_.layers.size()) - 1;
}

int NetworkExtender::copy(int index) {
    Layer layer = source_.layers[static_cast<std::size_t>(index)];
    for (int& input : layer.inputs) input = now(input);
    const int copied = append(std::move(layer));
    replace(index, copied);
    return copied;
}

int NetworkExtender::convolution(const std::string& name, int input, int channels, int stride, bool bias) {
    Layer layer;
    layer.name = name;
    layer.kind = LayerKind::convolution;
    layer.inputs = {input};
    layer.out_channels = channels;
    layer.stride = stride;
    layer.bias = bias;
    layer.digital = digital_;
    return append(std::move(layer));
}

int NetworkExtender::append(const std::string& name, LayerKind kind, std::vector<int> inputs) {
    Layer layer;
    layer.name = name;
    layer.kind = kind;
    layer.inputs = std::move(inputs);
    return append(std::move(layer));
}

Network NetworkExtender::finish() {
    remask::finish(result_);
    return std::move(result_);
}

void draw_side_weights(const std::string& suffix, double share, std::uint64_t seed, ParameterMap& parameters) {
    for (auto& [name, tensor] : parameters) {
        if (!name.ends_with(suffix)) continue;
        RandomStream random(seed, "assumed " + name);
        for (float& weight : tensor.values) {
            if (random.uniform() < share) weight = static_cast<float>(random.normal());
        }
    }
}

void describe_side(Fields& fields, MethodConfig& config) {
    fields.field(
        "side", config.side,
        {.doc = "methods with layers of their own: arrays that are programmed for every task, or the digital unit "
                "(which needs the hardware's timing.digital_mac_rate)",
         .optional = true});
}

}  // namespace remask
