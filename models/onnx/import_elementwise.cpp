// Operators that keep a value's place: batch-norm, activations, sums, products, concatenations.
#include <cmath>
#include <utility>

#include "models/onnx/graph_importer.h"

namespace remask::onnx_import {

void GraphImporter::batch_norm(const OnnxNode& node) {
    const int in = settled(node, 0);
    // before opset 14 training shows in the statistics that it gives besides
    require(node.integer("training_mode", 0) == 0 && node.outputs.size() == 1, node,
            "is in training mode; export the network in evaluation mode");
    Layer layer = make_layer(node, LayerKind::batch_norm, {in}, node.has_input(1) ? node.inputs[1] : "");
    layer.epsilon = node.real("epsilon", 1e-5f);
    const char* const parts[] = {".gamma", ".beta", ".mean", ".variance"};
    for (std::size_t i = 0; i < 4; ++i) {
        require(node.has_input(i + 1), node, "lacks an input");
        const OnnxConstant& part = reals(node, node.inputs[i + 1], "statistics");
        result_.model.parameters[layer.name + parts[i]] = {part.shape, part.reals};
    }
    const bool flat = value(node, 0).flat;
    give(node, append(node, std::move(layer)), flat);
}

void GraphImporter::relu(const OnnxNode& node) {
    const int in = settled(node, 0);
    const bool flat = value(node, 0).flat;
    give(node, append(node, make_layer(node, LayerKind::relu, {in})), flat);
}

void GraphImporter::hard_sigmoid(const OnnxNode& node) {
    const int in = settled(node, 0);
    require(std::abs(node.real("alpha", 0.2f) - 1.0f / 6.0f) < 1e-6f && node.real("beta", 0.5f) == 0.5f, node,
            "is not x/6 + 1/2, the only one that remask knows");
    const bool flat = value(node, 0).flat;
    give(node, append(node, make_layer(node, LayerKind::hard_sigmoid, {in})), flat);
}

void GraphImporter::hard_swish(const OnnxNode& node) {
    const int in = settled(node, 0);
    const bool flat = value(node, 0).flat;
    const int gate = append(node, make_layer(node, LayerKind::hard_sigmoid, {in}));
    give(node, append(node, make_layer(node, LayerKind::multiply, {in, gate})), flat);
}

void GraphImporter::add(const OnnxNode& node) {
    require(node.inputs.size() == 2, node, "does not have two inputs");
    for (const std::size_t constant : {std::size_t{1}, std::size_t{0}}) {
        if (this->constant(node.inputs[constant]) == nullptr) continue;
        if (add_bias(node, node.inputs[1 - constant], node.inputs[constant])) return;
        fail(node, "it adds a constant, which remask knows as the bias of a MatMul only");
    }
    const int first = settled(node, 0), second = settled(node, 1);
    const bool flat = value(node, 0).flat;
    require(flat == value(node, 1).flat, node, "it adds a flat value and images");
    give(node, append(node, make_layer(node, LayerKind::add, {first, second})), flat);
}

/// The smaller of the two goes for all of the larger.
void GraphImporter::multiply(const OnnxNode& node) {
    require(node.inputs.size() == 2, node, "does not have two inputs");
    int first = settled(node, 0), second = settled(node, 1);
    const bool flat = value(node, 0).flat;
    require(flat == value(node, 1).flat, node, "it multiplies a flat value and images");
    if (shape_of(first).size() < shape_of(second).size()) std::swap(first, second);
    give(node, append(node, make_layer(node, LayerKind::multiply, {first, second})), flat);
}

void GraphImporter::concatenate(const OnnxNode& node) {
    const std::int64_t axis = node.integer("axis", 1);
    int joined = settled(node, 0);
    const bool flat = value(node, 0).flat;
    require(axis == 1 || axis == (flat ? -1 : -3), node, "it joins along another axis than the channels");
    for (std::size_t i = 1; i < node.inputs.size(); ++i) {
        const int next = settled(node, i);
        require(flat == value(node, i).flat, node, "it joins a flat value and images");
        joined = append(node, make_layer(node, LayerKind::concatenate, {joined, next}));
    }
    give(node, joined, flat);
}

/// What changes nothing when a network is used.
void GraphImporter::alias(const OnnxNode& node) {
    if (node.op == "Dropout" && node.has_input(2)) {
        const auto training = whole_numbers_.of(node.inputs[2]);
        require(training && *training == std::vector<std::int64_t>{0}, node,
                "is in training mode; export the network in evaluation mode");
    }
    give(node, value(node, 0));
}

/// At the end only: the largest score stays the largest.
void GraphImporter::softmax(const OnnxNode& node) {
    require(node.outputs[0] == graph_.output, node, "remask knows it at the end of a network only");
    const std::int64_t axis = node.integer("axis", 1);
    require(axis == 1 || axis == -1, node, "it is taken along another axis than the classes");
    result_.notes.push_back(node.op + " at the end is left out: the scores before it name the same class");
    give(node, value(node, 0));
}

}  // namespace remask::onnx_import
