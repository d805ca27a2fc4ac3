#include "models/onnx/onnx_file.h"

#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <onnx/onnx_pb.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <set>
#include <utility>

#include "sim/base/diagnostics.h"
#include "sim/base/files.h"

namespace remask::onnx_import {
namespace {

constexpr std::int64_t oldest_opset = 7, newest_opset = 23;  // between them our operators mean the same
constexpr std::int64_t largest_constant = std::int64_t{1} << 31;

/// The standard operators' domain has two names.
bool is_standard(const std::string& domain) {
    return domain.empty() || domain == "ai.onnx";
}

float from_half(std::uint16_t bits) {
    const int exponent = (bits >> 10) & 31, fraction = bits & 1023;
    const float sign = (bits & 0x8000) != 0 ? -1.0f : 1.0f;
    if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
    if (exponent == 31) return fraction == 0 ? sign * INFINITY : NAN;
    return sign * std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
}

class Reader {
public:
    explicit Reader(const std::filesystem::path& path) : path_(path) {}

    OnnxGraph read() {
        onnx::ModelProto model;
        const std::string bytes = read_file(path_);
        if (bytes.size() > static_cast<std::size_t>(largest_constant) || !model.ParseFromString(bytes) ||
            !model.has_graph()) {
            fail("is not a whole ONNX file");
        }
        graph_.producer = model.producer_name() + " " + model.producer_version();
        read_opset(model);
        for (const onnx::TensorProto& tensor : model.graph().initializer()) {
            const std::string what = "constant '" + tensor.name() + "'";
            if (!graph_.constants.emplace(tensor.name(), constant_of(tensor, what)).second)
                fail(what + " is given twice");
        }
        read_input(model.graph());
        if (model.graph().output_size() != 1) {
            fail("has " + std::to_string(model.graph().output_size()) + " outputs; remask takes networks with one");
        }
        graph_.output = model.graph().output(0).name();
        read_nodes(model.graph());
        keep_what_is_needed();
        return std::move(graph_);
    }

private:
    [[noreturn]] void fail(const std::string& what) const { throw InputError(path_.string() + ": " + what); }

    void read_opset(const onnx::ModelProto& model) {
        for (const onnx::OperatorSetIdProto& set : model.opset_import()) {
            if (!is_standard(set.domain())) continue;
            if (set.version() < oldest_opset || set.version() > newest_opset) {
                fail("is of ONNX opset " + std::to_string(set.version()) + "; remask reads " +
                     std::to_string(oldest_opset) + " to " + std::to_string(newest_opset) + ": export it anew");
            }
            graph_.opset = static_cast<int>(set.version());
        }
        if (graph_.opset == 0) fail("does not say its ONNX opset");
    }

    void read_input(const onnx::GraphProto& proto) {
        for (const onnx::ValueInfoProto& value : proto.input()) {
            if (graph_.constants.contains(value.name())) continue;  // old files list initializers among the inputs
            if (!graph_.input.empty()) {
                fail("has several inputs ('" + graph_.input + "', '" + value.name() +
                     "'); remask takes networks with one");
            }
            graph_.input = value.name();
            for (const auto& dimension : value.type().tensor_type().shape().dim()) {
                graph_.input_shape.push_back(dimension.has_dim_value() ? dimension.dim_value() : -1);
            }
        }
        if (graph_.input.empty()) fail("has no input");
    }

    void read_nodes(const onnx::GraphProto& proto) {
        for (const onnx::NodeProto& from : proto.node()) {
            if (!is_standard(from.domain())) {
                fail("operator " + from.domain() + "." + from.op_type() + " is not one of ONNX's own");
            }
            OnnxNode node{from.op_type(), from.name(), {}, {}, {}};
            node.inputs.assign(from.input().begin(), from.input().end());
            node.outputs.assign(from.output().begin(), from.output().end());
            if (node.outputs.empty()) fail("a node " + node.op + " has no output");
            const std::string what = "attribute of " + node.op + " '" + node.name + "'";
            for (const onnx::AttributeProto& attribute : from.attribute()) {
                if (node.op == "Constant" && attribute.name() == "value") {
                    graph_.constants[node.outputs[0]] = constant_of(attribute.t(), what);
                } else {
                    node.attributes[attribute.name()] = attribute_of(attribute, what);
                }
            }
            if (node.op != "Constant") {
                graph_.nodes.push_back(std::move(node));
            } else if (!graph_.constants.contains(node.outputs[0])) {
                fail("constant '" + node.outputs[0] + "' is not given as a tensor");
            }
        }
    }

    OnnxAttribute attribute_of(const onnx::AttributeProto& from, const std::string& what) const {
        OnnxAttribute attribute;
        attribute.integers.assign(from.ints().begin(), from.ints().end());
        attribute.reals.assign(from.floats().begin(), from.floats().end());
        attribute.text = from.s();
        if (from.type() == onnx::AttributeProto::INT) attribute.integers = {from.i()};
        if (from.type() == onnx::AttributeProto::FLOAT) attribute.reals = {from.f()};
        if (from.type() == onnx::AttributeProto::TENSOR) {
            OnnxConstant constant = constant_of(from.t(), what);
            attribute.integers = std::move(constant.integers);
            attribute.reals = std::move(constant.reals);
        }
        return attribute;
    }

    std::size_t size_of(const std::vector<std::int64_t>& shape, const std::string& what) const {
        std::int64_t size = 1;
        for (const std::int64_t extent : shape) {
            if (extent < 0 || (extent > 0 && size > largest_constant / extent)) fail(what + " has no sound shape");
            size *= extent;
        }
        return static_cast<std::size_t>(size);
    }

    /// The values of a tensor, from `raw_data` or from the field of its type.
    template <class T, class Field>
    std::vector<T> values_of(const onnx::TensorProto& tensor, std::size_t size, const Field& field,
                             const std::string& what) const {
        static_assert(std::endian::native == std::endian::little, "raw_data is little endian");
        std::vector<T> values;
        if (tensor.has_raw_data()) {
            if (tensor.raw_data().size() != size * sizeof(T)) fail(what + " has other bytes than its shape asks for");
            values.resize(size);
            if (size > 0) std::memcpy(values.data(), tensor.raw_data().data(), size * sizeof(T));
        } else {
            if (static_cast<std::size_t>(field.size()) != size) {
                fail(what + " has " + std::to_string(field.size()) + " values, its shape asks for " +
                     std::to_string(size));
            }
            values.reserve(size);
            for (const auto value : field) values.push_back(static_cast<T>(value));
        }
        return values;
    }

    OnnxConstant constant_of(const onnx::TensorProto& tensor, const std::string& what) const {
        if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
            fail(what + " lies in another file; save the model with its weights inside (onnx.save of onnx.load)");
        }
        OnnxConstant constant;
        constant.shape.assign(tensor.dims().begin(), tensor.dims().end());
        const std::size_t size = size_of(constant.shape, what);
        const auto take = [](auto& into, const auto& values) { into.assign(values.begin(), values.end()); };
        switch (tensor.data_type()) {
            case onnx::TensorProto::FLOAT:
                constant.reals = values_of<float>(tensor, size, tensor.float_data(), what);
                break;
            case onnx::TensorProto::DOUBLE:
                for (const double value : values_of<double>(tensor, size, tensor.double_data(), what)) {
                    constant.reals.push_back(static_cast<float>(value));
                }
                break;
            case onnx::TensorProto::FLOAT16:
                for (const std::uint16_t value : values_of<std::uint16_t>(tensor, size, tensor.int32_data(), what)) {
                    constant.reals.push_back(from_half(value));
                }
                break;
            case onnx::TensorProto::INT64:
                constant.integers = values_of<std::int64_t>(tensor, size, tensor.int64_data(), what);
                return constant;
            case onnx::TensorProto::INT32:
                take(constant.integers, values_of<std::int32_t>(tensor, size, tensor.int32_data(), what));
                return constant;
            case onnx::TensorProto::BOOL:
                take(constant.integers, values_of<std::uint8_t>(tensor, size, tensor.int32_data(), what));
                return constant;
            default:
                fail(what + " is of ONNX type " + std::to_string(tensor.data_type()) +
                     "; remask reads FLOAT, DOUBLE, FLOAT16, INT64, INT32 and BOOL: export an unquantised network");
        }
        constant.is_real = true;
        return constant;
    }

    /// Drops nodes that the output does not need, and refuses values that nothing gives.
    void keep_what_is_needed() {
        std::set<std::string> given{graph_.input};
        for (const auto& entry : graph_.constants) given.insert(entry.first);
        for (const OnnxNode& node : graph_.nodes) {
            for (const std::string& input : node.inputs) {
                if (!input.empty() && !given.contains(input)) {
                    fail("node " + node.op + " '" + node.name + "' needs '" + input +
                         "', which nothing before it gives");
                }
            }
            for (const std::string& output : node.outputs) {
                if (!output.empty() && !given.insert(output).second) fail("gives '" + output + "' twice");
            }
        }
        if (!given.contains(graph_.output)) fail("its output '" + graph_.output + "' is given by no node");
        std::set<std::string> needed{graph_.output};
        std::vector<OnnxNode> kept;
        for (auto node = graph_.nodes.rbegin(); node != graph_.nodes.rend(); ++node) {
            bool needs = false;
            for (const std::string& output : node->outputs) needs = needs || needed.contains(output);
            if (!needs) continue;
            needed.insert(node->inputs.begin(), node->inputs.end());
            kept.push_back(std::move(*node));
        }
        graph_.nodes.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
    }

    std::filesystem::path path_;
    OnnxGraph graph_;
};

}  // namespace

std::int64_t OnnxNode::integer(const std::string& attribute, std::int64_t fallback) const {
    const auto found = attributes.find(attribute);
    return found == attributes.end() || found->second.integers.empty() ? fallback : found->second.integers.front();
}

float OnnxNode::real(const std::string& attribute, float fallback) const {
    const auto found = attributes.find(attribute);
    return found == attributes.end() || found->second.reals.empty() ? fallback : found->second.reals.front();
}

std::vector<std::int64_t> OnnxNode::integers(const std::string& attribute, std::vector<std::int64_t> fallback) const {
    const auto found = attributes.find(attribute);
    return found == attributes.end() ? std::move(fallback) : found->second.integers;
}

std::string OnnxNode::text(const std::string& attribute, const std::string& fallback) const {
    const auto found = attributes.find(attribute);
    return found == attributes.end() ? fallback : found->second.text;
}

OnnxGraph read_onnx(const std::filesystem::path& path) {
    return Reader(path).read();
}

}  // namespace remask::onnx_import
