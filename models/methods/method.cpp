#include "models/methods/method.h"

#include <algorithm>
#include <string>

#include "sim/base/diagnostics.h"

namespace remask {

void Method::effective(const ParameterMap&, std::optional<std::uint64_t>, ParameterMap&) const {}
void Method::backward(const ParameterMap&, std::optional<std::uint64_t>, const ParameterMap&, ParameterMap&) const {}
std::vector<ColumnFactors> Method::column_factors(const ParameterMap&, std::optional<std::uint64_t>) const {
    return {};
}
void Method::describe_masks(const ParameterMap&, std::vector<LayerMask>&) const {}
ParameterMap Method::carried(const ParameterMap&) const {
    return {};
}
void Method::on_chip(const ParameterMap&, ParameterMap&) const {}
void Method::assume(double, std::uint64_t, ParameterMap&, ParameterMap&) {}

namespace {

/// Does layer `from` depend on layer `on` through a convolution? Layers are in topological order.
bool passes_convolutions(const Network& network, int from, int on) {
    std::vector<bool> reached(network.layers.size(), false), convolved(network.layers.size(), false);
    reached[static_cast<std::size_t>(on)] = true;
    for (int i = on + 1; i <= from; ++i) {
        const auto at = static_cast<std::size_t>(i);
        for (const int input : network.layers[at].inputs) {
            if (!reached[static_cast<std::size_t>(input)]) continue;
            reached[at] = true;
            convolved[at] = convolved[at] || convolved[static_cast<std::size_t>(input)] ||
                            network.layers[at].kind == LayerKind::convolution;
        }
    }
    return convolved[static_cast<std::size_t>(from)];
}

/// Is this a 1×1 convolution whose output, batch-normed or not, is added to what other convolutions made of its input?
bool on_shortcut(const Network& network, int layer) {
    const Layer& convolution = network.layers[static_cast<std::size_t>(layer)];
    if (convolution.kind != LayerKind::convolution || convolution.kernel_height * convolution.kernel_width != 1)
        return false;
    int end = layer;  // of the convolution with its batch-norm
    for (int i = layer + 1; i < static_cast<int>(network.layers.size()); ++i) {
        const Layer& next = network.layers[static_cast<std::size_t>(i)];
        const auto input = std::find(next.inputs.begin(), next.inputs.end(), end);
        if (input == next.inputs.end()) continue;
        if (next.kind == LayerKind::batch_norm) {
            end = i;
        } else if (next.kind == LayerKind::add) {
            const int other = input == next.inputs.begin() ? next.inputs.back() : next.inputs.front();
            return passes_convolutions(network, other, convolution.inputs.front());
        }
    }
    return false;
}

}  // namespace

std::vector<ArrayLayer> list_array_layers(const Network& network, const ParameterMap& backbone,
                                          const std::vector<CrossbarGeometry>& geometry, bool classifier_on_crossbar) {
    const std::vector<int> indices = crossbar_layers(network, classifier_on_crossbar);
    if (indices.size() != geometry.size()) {
        throw InternalError("the network has " + std::to_string(indices.size()) + " crossbar layers, but " +
                            std::to_string(geometry.size()) + " geometries were given");
    }
    std::vector<ArrayLayer> result;
    for (std::size_t slot = 0; slot < indices.size(); ++slot) {
        const Layer& layer = network.layers[static_cast<std::size_t>(indices[slot])];
        ArrayLayer described;
        described.slot = static_cast<int>(slot);
        described.name = layer.name;
        described.groups = layer.groups;
        described.extension = layer.extension;
        described.kernel_size = layer.kernel_height * layer.kernel_width;
        described.classifier = indices[slot] + 1 == static_cast<int>(network.layers.size());
        described.shortcut = on_shortcut(network, indices[slot]);
        described.geometry = geometry[slot];
        described.filters = layer.out_channels;
        if (described.classifier) {
            described.rows = described.geometry.rows;
        } else {
            const auto original = backbone.find(described.weight());
            described.side = original == backbone.end();
            if (!described.side) described.backbone = &original->second;
            described.rows = described.side ? described.geometry.rows : described.backbone->size() / described.filters;
        }
        if (described.rows != geometry[slot].rows || described.filters != geometry[slot].columns * layer.groups) {
            throw InternalError("layer " + layer.name + ": its geometry is of another matrix");
        }
        result.push_back(described);
    }
    return result;
}

}  // namespace remask
