// Writes small ONNX files, sound and unsound, by ONNX's own generated classes.
#pragma once

#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <onnx/onnx_pb.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace remask::testing_support {

class OnnxWriter {
public:
    /// An image of `shape` [N, C, H, W]; −1: free.
    explicit OnnxWriter(const std::vector<std::int64_t>& shape = {-1, 2, 4, 4}, int opset = 13) {
        model_.set_ir_version(7);
        model_.add_opset_import()->set_version(opset);
        model_.mutable_graph()->set_name("written");
        auto* type = add_input("image");
        for (const std::int64_t extent : shape) {
            auto* dimension = type->mutable_shape()->add_dim();
            if (extent >= 0) dimension->set_dim_value(extent);
        }
        model_.mutable_graph()->add_output()->set_name("scores");
    }

    onnx::TypeProto::Tensor* add_input(const std::string& name) {
        auto* input = model_.mutable_graph()->add_input();
        input->set_name(name);
        return input->mutable_type()->mutable_tensor_type();
    }

    onnx::NodeProto& node(const std::string& op, const std::vector<std::string>& inputs, const std::string& output) {
        auto* node = model_.mutable_graph()->add_node();
        node->set_op_type(op);
        node->set_name("the_" + output);
        for (const std::string& input : inputs) node->add_input(input);
        node->add_output(output);
        return *node;
    }
    static void set(onnx::NodeProto& node, const std::string& name, const std::vector<std::int64_t>& values) {
        auto* attribute = node.add_attribute();
        attribute->set_name(name);
        attribute->set_type(onnx::AttributeProto::INTS);
        for (const std::int64_t value : values) attribute->add_ints(value);
    }
    static void set(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
        auto* attribute = node.add_attribute();
        attribute->set_name(name);
        attribute->set_type(onnx::AttributeProto::INT);
        attribute->set_i(value);
    }
    static void set(onnx::NodeProto& node, const std::string& name, const std::string& text) {
        auto* attribute = node.add_attribute();
        attribute->set_name(name);
        attribute->set_type(onnx::AttributeProto::STRING);
        attribute->set_s(text);
    }

    /// A float constant whose values count up from `first` in steps of 0.25.
    onnx::TensorProto& constant(const std::string& name, const std::vector<std::int64_t>& shape, float first = 0.25f) {
        onnx::TensorProto& tensor = empty(name, shape, onnx::TensorProto::FLOAT);
        std::int64_t size = 1;
        for (const std::int64_t extent : shape) size *= extent;
        for (std::int64_t i = 0; i < size; ++i) tensor.add_float_data(first + 0.25f * static_cast<float>(i));
        return tensor;
    }
    void integers(const std::string& name, const std::vector<std::int64_t>& values) {
        onnx::TensorProto& tensor = empty(name, {static_cast<std::int64_t>(values.size())}, onnx::TensorProto::INT64);
        for (const std::int64_t value : values) tensor.add_int64_data(value);
    }
    onnx::TensorProto& empty(const std::string& name, const std::vector<std::int64_t>& shape, int type) {
        auto* tensor = model_.mutable_graph()->add_initializer();
        tensor->set_name(name);
        tensor->set_data_type(type);
        for (const std::int64_t extent : shape) tensor->add_dims(extent);
        return *tensor;
    }

    /// Global pool, flattening and a linear layer of `features` to 3 scores: what ends a network.
    void end(const std::string& from, std::int64_t features) {
        node("GlobalAveragePool", {from}, "pooled");
        node("Flatten", {"pooled"}, "flat");
        constant("fc.weight", {3, features});
        constant("fc.bias", {3});
        set(node("Gemm", {"flat", "fc.weight", "fc.bias"}, "scores"), "transB", 1);
    }

    onnx::ModelProto& model() { return model_; }
    void save(const std::filesystem::path& path) const {
        std::ofstream file(path, std::ios::binary);
        model_.SerializeToOstream(&file);
    }

private:
    onnx::ModelProto model_;
};

}  // namespace remask::testing_support
