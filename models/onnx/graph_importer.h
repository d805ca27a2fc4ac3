// Inside the folder only: turns ONNX nodes into layers, one function an operator.
#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "models/onnx/onnx_file.h"
#include "models/onnx/onnx_import.h"
#include "models/onnx/whole_numbers.h"

namespace remask::onnx_import {

/// No kernel, stride, padding or number of channels is larger; beyond it a file is taken for damaged.
constexpr std::int64_t largest_extent = 1 << 20;

/// Nothing is padded.
constexpr bool is_none(const Padding& p) {
    return p.top == 0 && p.left == 0 && p.bottom == 0 && p.right == 0;
}

class GraphImporter {
public:
    /// `origin`: the file, for messages.
    GraphImporter(const OnnxGraph& graph, const OnnxOptions& options, std::string origin);

    OnnxModel import();

private:
    /// A value of the graph that images pass through: what a layer gives, and what has been done to it since.
    struct Value {
        int layer = 0;
        bool flat = false;                  ///< [N, features] instead of [N, channels, height, width]
        int row_step = 1, column_step = 1;  ///< of slices that no layer stands for yet
        Padding zeros;                      ///< of a Pad that no layer stands for yet
    };
    using Handler = void (GraphImporter::*)(const OnnxNode&);
    static const std::map<std::string, Handler>& handlers();

    // operators with windows (import_windows.cpp)
    void convolution(const OnnxNode& node);
    void max_pool(const OnnxNode& node);
    void average_pool(const OnnxNode& node);
    void global_average_pool(const OnnxNode& node);
    void reduce_mean(const OnnxNode& node);
    void pad(const OnnxNode& node);
    void slice(const OnnxNode& node);
    void set_window(const OnnxNode& node, Layer& layer, const Value& in);
    /// top, left, bottom, right of a window's padding.
    Padding padding_of(const OnnxNode& node, const Layer& layer, const Shape& in) const;
    bool covers(const Layer& layer, const Shape& in) const;

    // operators on values as they are (import_elementwise.cpp)
    void batch_norm(const OnnxNode& node);
    void relu(const OnnxNode& node);
    void hard_sigmoid(const OnnxNode& node);
    void hard_swish(const OnnxNode& node);
    void add(const OnnxNode& node);
    void multiply(const OnnxNode& node);
    void concatenate(const OnnxNode& node);
    void alias(const OnnxNode& node);
    void softmax(const OnnxNode& node);

    // what ends a network (import_linear.cpp)
    void flatten(const OnnxNode& node);
    void reshape(const OnnxNode& node);
    void squeeze(const OnnxNode& node);
    void gemm(const OnnxNode& node);
    void matrix_product(const OnnxNode& node);
    /// Appends a linear layer with weights [out, in], or [in, out] if `turned`, and no bias yet.
    int linear(const OnnxNode& node, const std::string& weights, bool turned);
    bool add_bias(const OnnxNode& node, const std::string& to, const std::string& bias);

    // common to them (graph_importer.cpp)
    void read_input(const OnnxOptions& options);
    void import_node(const OnnxNode& node);
    [[noreturn]] void fail(const OnnxNode& node, const std::string& what) const;
    void require(bool holds, const OnnxNode& node, const std::string& what) const;
    const Value& value(const OnnxNode& node, std::size_t input) const;
    /// The layer that gives an input, slices turned into one; a padding is refused.
    int settled(const OnnxNode& node, std::size_t input);
    /// The layer after its slices; `of.zeros` is left to the caller.
    int after_slices(const OnnxNode& node, Value& of);
    const OnnxConstant& reals(const OnnxNode& node, const std::string& name, const std::string& what) const;
    /// Of an attribute, or of an input where newer opsets have it; nothing where neither is there.
    std::optional<std::vector<std::int64_t>> numbers(const OnnxNode& node, const std::string& attribute,
                                                     std::size_t input) const;
    Layer make_layer(const OnnxNode& node, LayerKind kind, std::vector<int> inputs, const std::string& parameter = "");
    int append(const OnnxNode& node, Layer layer);
    /// `result` under the name of the node's output. A layer that is known by a second name gets no bias any more.
    void give(const OnnxNode& node, const Value& result);
    void give(const OnnxNode& node, int layer, bool flat) { give(node, {layer, flat, 1, 1, {}}); }
    /// An initializer, or what is made of one without images.
    const OnnxConstant* constant(const std::string& name) const;
    /// Keeps what a node makes of a constant, and true; false if its input is none.
    bool derive_constant(const OnnxNode& node);
    const Shape& shape_of(int layer) const { return model().network.layers[static_cast<std::size_t>(layer)].output; }
    Layer& layer_at(int layer) { return result_.model.network.layers[static_cast<std::size_t>(layer)]; }
    const Model& model() const { return result_.model; }
    std::string unused_name(const OnnxNode& node, const std::string& parameter);
    std::int64_t batch() const { return graph_.input_shape.empty() ? -1 : graph_.input_shape[0]; }

    const OnnxGraph& graph_;
    std::string origin_;
    WholeNumbers whole_numbers_;
    std::map<std::string, Value> values_;
    std::map<std::string, int> uses_;  ///< by how many nodes' inputs a value is taken
    std::map<std::string, OnnxConstant> derived_;
    std::set<std::string> names_;
    std::map<std::string, int> next_numbers_;  ///< of names that occur again
    std::set<int> without_bias_;               ///< linear layers of a MatMul, whose bias an Add may bring
    OnnxModel result_;
};

}  // namespace remask::onnx_import
