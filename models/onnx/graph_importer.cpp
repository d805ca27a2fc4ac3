#include "models/onnx/graph_importer.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "models/onnx/transposed.h"
#include "sim/base/diagnostics.h"

namespace remask::onnx_import {
namespace {

/// Per channel, from one for all, one each, or none.
std::vector<float> per_channel(const std::vector<float>& given, int channels, float fallback, const char* option) {
    const auto wanted = static_cast<std::size_t>(channels);
    if (given.empty()) return std::vector<float>(wanted, fallback);
    if (given.size() == 1) return std::vector<float>(wanted, given[0]);
    if (given.size() != wanted) {
        throw ConfigError(std::string(option) + " has " + std::to_string(given.size()) + " values, the images have " +
                          std::to_string(channels) + " channels: give one for all or one each");
    }
    return given;
}

}  // namespace

GraphImporter::GraphImporter(const OnnxGraph& graph, const OnnxOptions& options, std::string origin)
    : graph_(graph), origin_(std::move(origin)), whole_numbers_(graph) {
    for (const OnnxNode& node : graph.nodes) {
        for (const std::string& input : node.inputs) ++uses_[input];
    }
    read_input(options);
}

void GraphImporter::read_input(const OnnxOptions& options) {
    const std::vector<std::int64_t>& said = graph_.input_shape;
    if (!said.empty() && said.size() != 4) {
        throw InputError(origin_ + ": its input '" + graph_.input + "' has " + std::to_string(said.size()) +
                         " dimensions; remask takes images [N, channels, height, width]");
    }
    const std::array<int, 3> given{options.input.channels, options.input.height, options.input.width};
    std::array<int, 3> extents{};
    for (std::size_t i = 0; i < 3; ++i) {
        const std::int64_t extent = said.empty() ? -1 : said[i + 1];
        if (extent > largest_extent) throw InputError(origin_ + ": its images are too large");
        if (extent < 1 && given[i] < 1) {
            throw ConfigError(origin_ +
                              ": leaves the images' size free; give it: --input 3x224x224 (channels x height x width)");
        }
        if (extent >= 1 && given[i] >= 1 && extent != given[i]) {
            throw ConfigError(origin_ + ": its images are " + std::to_string(said[1]) + "x" + std::to_string(said[2]) +
                              "x" + std::to_string(said[3]) + ", which --input contradicts");
        }
        extents[i] = extent >= 1 ? static_cast<int>(extent) : given[i];
    }
    Network& network = result_.model.network;
    network.name = std::filesystem::path(origin_).stem().string();  // exporters call every graph the same
    network.input = {extents[0], extents[1], extents[2]};
    network.normalisation = {options.divisor, per_channel(options.mean, extents[0], 0.0f, "--mean"),
                             per_channel(options.deviation, extents[0], 1.0f, "--deviation")};
    Layer input;
    input.name = "input";
    names_.insert(input.name);
    append_layer(network, std::move(input));
    values_[graph_.input] = {};
}

OnnxModel GraphImporter::import() {
    for (const OnnxNode& node : graph_.nodes) import_node(node);
    const auto output = values_.find(graph_.output);
    const int last = static_cast<int>(model().network.layers.size()) - 1;
    if (output == values_.end() || output->second.layer != last ||
        model().network.layers.back().kind != LayerKind::linear) {
        throw InputError(
            origin_ + ": its output '" + graph_.output +
            "' is not that of a linear layer (Gemm, or MatMul and Add); remask takes classifiers that end with one");
    }
    finish(result_.model.network);
    check_parameters(model().network, model().parameters, origin_);
    return std::move(result_);
}

const std::map<std::string, GraphImporter::Handler>& GraphImporter::handlers() {
    using G = GraphImporter;
    static const std::map<std::string, Handler> table{
        {"Conv", &G::convolution},
        {"BatchNormalization", &G::batch_norm},
        {"Relu", &G::relu},
        {"HardSigmoid", &G::hard_sigmoid},
        {"HardSwish", &G::hard_swish},
        {"MaxPool", &G::max_pool},
        {"AveragePool", &G::average_pool},
        {"GlobalAveragePool", &G::global_average_pool},
        {"ReduceMean", &G::reduce_mean},
        {"Pad", &G::pad},
        {"Slice", &G::slice},
        {"Add", &G::add},
        {"Mul", &G::multiply},
        {"Concat", &G::concatenate},
        {"Identity", &G::alias},
        {"Dropout", &G::alias},
        {"Softmax", &G::softmax},
        {"LogSoftmax", &G::softmax},
        {"Flatten", &G::flatten},
        {"Reshape", &G::reshape},
        {"Squeeze", &G::squeeze},
        {"Gemm", &G::gemm},
        {"MatMul", &G::matrix_product},
    };
    return table;
}

void GraphImporter::import_node(const OnnxNode& node) {
    if (whole_numbers_.compute(node) || derive_constant(node)) return;
    if (node.op == "Shape") {
        const Value& of = value(node, 0);
        const Shape& shape = shape_of(of.layer);
        require(of.row_step == 1 && of.column_step == 1 && is_none(of.zeros), node,
                "takes the shape of a slice or a padding");
        whole_numbers_.set(node.outputs[0],
                           of.flat ? std::vector<std::int64_t>{batch(), shape.size()}
                                   : std::vector<std::int64_t>{batch(), shape.channels, shape.height, shape.width});
        return;
    }
    const auto handler = handlers().find(node.op);
    if (handler == handlers().end()) {
        std::string known;
        for (const auto& entry : handlers()) known += (known.empty() ? "" : ", ") + entry.first;
        fail(node, "remask has no layer for this operator; it takes " + known);
    }
    (this->*handler->second)(node);
}

void GraphImporter::fail(const OnnxNode& node, const std::string& what) const {
    throw InputError(origin_ + ": node " + node.op + (node.name.empty() ? "" : " '" + node.name + "'") + ": " + what);
}

void GraphImporter::require(bool holds, const OnnxNode& node, const std::string& what) const {
    if (!holds) fail(node, what);
}

void GraphImporter::give(const OnnxNode& node, const Value& result) {
    if (node.op != "MatMul") without_bias_.erase(result.layer);
    values_[node.outputs[0]] = result;
}

const OnnxConstant* GraphImporter::constant(const std::string& name) const {
    const auto given = graph_.constants.find(name);
    if (given != graph_.constants.end()) return &given->second;
    const auto derived = derived_.find(name);
    return derived == derived_.end() ? nullptr : &derived->second;
}

/// Exporters write weights that several layers share once, and turn a matrix without folding that.
bool GraphImporter::derive_constant(const OnnxNode& node) {
    const OnnxConstant* from = node.has_input(0) ? constant(node.inputs[0]) : nullptr;
    if (from == nullptr || !from->is_real) return false;
    if (node.op == "Identity") {
        derived_[node.outputs[0]] = *from;
        return true;
    }
    if (node.op != "Transpose" || from->shape.size() != 2) return false;
    if (node.integers("perm", {1, 0}) != std::vector<std::int64_t>{1, 0}) return false;
    derived_[node.outputs[0]] = {
        {from->shape[1], from->shape[0]}, transposed(from->reals, from->shape[0], from->shape[1]), {}, true};
    return true;
}

const GraphImporter::Value& GraphImporter::value(const OnnxNode& node, std::size_t input) const {
    require(node.has_input(input), node, "lacks an input");
    const auto found = values_.find(node.inputs[input]);
    if (found == values_.end()) fail(node, "'" + node.inputs[input] + "' is no activation of the network");
    return found->second;
}

int GraphImporter::after_slices(const OnnxNode& node, Value& of) {
    if (of.row_step == 1 && of.column_step == 1) return of.layer;
    require(of.row_step == of.column_step, node, "its input keeps every k-th row and every l-th column, k unlike l");
    Layer layer = make_layer(node, LayerKind::subsample_pad, {of.layer});
    layer.name = unused_name({"Slice", node.name + ".Slice", {}, {}, {}}, "");
    layer.stride = of.row_step;
    layer.out_channels = shape_of(of.layer).channels;
    of.layer = append(node, std::move(layer));
    of.row_step = of.column_step = 1;
    return of.layer;
}

int GraphImporter::settled(const OnnxNode& node, std::size_t input) {
    Value of = value(node, input);
    require(is_none(of.zeros), node, "its input is padded; remask pads convolutions only");
    const int layer = after_slices(node, of);
    values_[node.inputs[input]] = of;
    return layer;
}

const OnnxConstant& GraphImporter::reals(const OnnxNode& node, const std::string& name, const std::string& what) const {
    const OnnxConstant* found = constant(name);
    if (found == nullptr || !found->is_real) {
        fail(node, "its " + what + " '" + name + "' are not constant real numbers");
    }
    return *found;
}

std::optional<std::vector<std::int64_t>> GraphImporter::numbers(const OnnxNode& node, const std::string& attribute,
                                                                std::size_t input) const {
    if (node.attributes.contains(attribute)) return node.integers(attribute, {});
    if (!node.has_input(input)) return std::nullopt;
    auto known = whole_numbers_.of(node.inputs[input]);
    if (!known) fail(node, "its " + attribute + " are computed from what is not constant");
    return known;
}

Layer GraphImporter::make_layer(const OnnxNode& node, LayerKind kind, std::vector<int> inputs,
                                const std::string& parameter) {
    Layer layer;
    layer.kind = kind;
    layer.inputs = std::move(inputs);
    layer.name = unused_name(node, parameter);
    return layer;
}

int GraphImporter::append(const OnnxNode& node, Layer layer) {
    try {
        return append_layer(result_.model.network, std::move(layer));
    } catch (const ConfigError& error) {
        fail(node, error.diagnostics().front().message);
    }
}

/// As the weight is called ("layer1.0.conv1.weight" gives "layer1.0.conv1"), else as the node is, else as the operator.
std::string GraphImporter::unused_name(const OnnxNode& node, const std::string& parameter) {
    std::string name;
    if (parameter.ends_with(".weight") && parameter.find("::") == std::string::npos) {
        name = parameter.substr(0, parameter.rfind('.'));
    } else {
        name = node.name;
        if (name.ends_with("/" + node.op)) name.resize(name.size() - node.op.size() - 1);
    }
    for (char& c : name) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != '-') c = '.';
    }
    name.erase(0, name.find_first_not_of('.'));
    if (name.empty()) name = node.op;
    const std::string stem = name;
    int& number = next_numbers_.try_emplace(stem, 2).first->second;
    while (!names_.insert(name).second) name = stem + "_" + std::to_string(number++);
    return name;
}

}  // namespace remask::onnx_import
