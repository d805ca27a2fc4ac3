// From images to scores: flattening and linear layers.
#include <algorithm>
#include <utility>

#include "models/onnx/graph_importer.h"
#include "models/onnx/transposed.h"

namespace remask::onnx_import {
namespace {

/// One value an output, the same for every image: [out] or [1, out].
bool is_row(const OnnxConstant& bias, const Tensor& biases) {
    const std::int64_t outputs = biases.size();
    return bias.shape == std::vector<std::int64_t>{outputs} || bias.shape == std::vector<std::int64_t>{1, outputs};
}

}  // namespace

void GraphImporter::flatten(const OnnxNode& node) {
    require(node.integer("axis", 1) == 1, node, "it flattens along another axis than 1");
    const int in = settled(node, 0);
    const Shape& shape = shape_of(in);
    if (value(node, 0).flat || (shape.height == 1 && shape.width == 1)) {
        give(node, in, true);
    } else {
        give(node, append(node, make_layer(node, LayerKind::flatten, {in})), true);
    }
}

/// To [N, features], which flattens.
void GraphImporter::reshape(const OnnxNode& node) {
    const auto to = numbers(node, "shape", 1);
    const std::int64_t size = shape_of(value(node, 0).layer).size();
    const bool flattens = to && to->size() == 2 && ((*to)[1] == size || (*to)[1] == -1) &&
                          ((*to)[0] == -1 || (*to)[0] == 0 || (*to)[0] == batch());
    require(flattens, node, "it gives another shape than [N, " + std::to_string(size) + "], one line an image");
    OnnxNode as_flatten = node;
    as_flatten.attributes.clear();
    flatten(as_flatten);
}

/// Of height and width, where both are 1.
void GraphImporter::squeeze(const OnnxNode& node) {
    std::vector<std::int64_t> axes = numbers(node, "axes", 1).value_or(std::vector<std::int64_t>{});
    for (std::int64_t& axis : axes) axis += axis < 0 ? 4 : 0;
    std::sort(axes.begin(), axes.end());
    const int in = settled(node, 0);
    require(axes == std::vector<std::int64_t>{2, 3} && !value(node, 0).flat && shape_of(in).height == 1 &&
                shape_of(in).width == 1,
            node, "it takes away other axes than a height and a width of 1");
    give(node, in, true);
}

int GraphImporter::linear(const OnnxNode& node, const std::string& name, bool turned) {
    const int in = settled(node, 0);
    require(value(node, 0).flat, node, "its input is not flat; a Flatten or a Reshape must come before it");
    const OnnxConstant& given = reals(node, name, "weights");
    require(given.shape.size() == 2 && given.shape[0] >= 1 && given.shape[1] >= 1 && given.shape[0] <= largest_extent &&
                given.shape[1] <= largest_extent,
            node, "its weights are no matrix");
    const std::int64_t outputs = given.shape[turned ? 1 : 0], inputs = given.shape[turned ? 0 : 1];
    require(inputs == shape_of(in).channels, node,
            "its weights take " + std::to_string(inputs) + " features, its input has " +
                std::to_string(shape_of(in).channels));
    Tensor weights{{outputs, inputs}, turned ? transposed(given.reals, inputs, outputs) : given.reals};
    Layer layer = make_layer(node, LayerKind::linear, {in}, name);
    layer.out_channels = static_cast<int>(outputs);
    result_.model.parameters[layer.name + ".weight"] = std::move(weights);
    result_.model.parameters[layer.name + ".bias"] = {{outputs}, std::vector<float>(static_cast<std::size_t>(outputs))};
    return append(node, std::move(layer));
}

void GraphImporter::gemm(const OnnxNode& node) {
    require(node.integer("transA", 0) == 0 && node.real("alpha", 1.0f) == 1.0f && node.real("beta", 1.0f) == 1.0f, node,
            "its alpha, beta or transA is set; a linear layer has none");
    require(node.has_input(1), node, "has no weights");
    const int layer = linear(node, node.inputs[1], node.integer("transB", 0) == 0);
    if (node.has_input(2)) {
        const OnnxConstant& bias = reals(node, node.inputs[2], "biases");
        Tensor& to = result_.model.parameters[layer_at(layer).name + ".bias"];
        require(is_row(bias, to), node, "its biases are not one an output");
        to.values = bias.reals;
    }
    give(node, layer, true);
}

void GraphImporter::matrix_product(const OnnxNode& node) {
    require(node.has_input(1), node, "has no weights");
    const int layer = linear(node, node.inputs[1], true);
    without_bias_.insert(layer);
    give(node, layer, true);
}

bool GraphImporter::add_bias(const OnnxNode& node, const std::string& to, const std::string& name) {
    const auto product = values_.find(to);
    if (product == values_.end() || !without_bias_.contains(product->second.layer) || uses_[to] != 1) return false;
    const OnnxConstant& bias = reals(node, name, "biases");
    Tensor& biases = result_.model.parameters[layer_at(product->second.layer).name + ".bias"];
    if (!is_row(bias, biases)) return false;
    biases.values = bias.reals;
    without_bias_.erase(product->second.layer);
    give(node, product->second);
    return true;
}

}  // namespace remask::onnx_import
