// Inside the folder only: an ONNX file (https://onnx.ai, IR of onnx.proto) as plain structs, without Protobuf's
// headers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace remask::onnx_import {

/// A constant: either float values or whole numbers, row-major.
struct OnnxConstant {
    std::vector<std::int64_t> shape;
    std::vector<float> reals;            ///< of FLOAT, DOUBLE and FLOAT16
    std::vector<std::int64_t> integers;  ///< of INT64, INT32 and BOOL
    bool is_real = false;
};

struct OnnxAttribute {
    std::vector<std::int64_t> integers;  ///< of INT, INTS and a TENSOR of whole numbers
    std::vector<float> reals;            ///< of FLOAT, FLOATS and a TENSOR of real ones
    std::string text;
};

struct OnnxNode {
    std::string op;                            ///< "Conv"
    std::string name;                          ///< may be empty
    std::vector<std::string> inputs, outputs;  ///< names of values; an optional input that is left out is ""
    std::map<std::string, OnnxAttribute> attributes;

    std::int64_t integer(const std::string& attribute, std::int64_t fallback) const;
    float real(const std::string& attribute, float fallback) const;
    std::vector<std::int64_t> integers(const std::string& attribute, std::vector<std::int64_t> fallback) const;
    std::string text(const std::string& attribute, const std::string& fallback) const;
    bool has_input(std::size_t index) const { return index < inputs.size() && !inputs[index].empty(); }
};

struct OnnxGraph {
    std::string producer;
    int opset = 0;  ///< of the standard operators
    std::string input;
    std::vector<std::int64_t> input_shape;  ///< −1 where it is free or not said; empty: no shape is said
    std::string output;
    std::vector<OnnxNode> nodes;                    ///< each behind those that it needs; only what the output needs
    std::map<std::string, OnnxConstant> constants;  ///< initializers and Constant nodes, by the value's name
};

/// Reads the whole file. Throws InputError: missing, not ONNX, damaged, weights in other files, several inputs or
/// outputs, constants of other types or whose bytes are not their shape's, operators of other
/// domains, values given twice, an opset other than 7 to 23.
OnnxGraph read_onnx(const std::filesystem::path& path);

}  // namespace remask::onnx_import
