// Inside the folder only: the whole numbers that exporters compute within a graph, for shapes, slices and paddings.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/onnx/onnx_file.h"

namespace remask::onnx_import {

/// Evaluates Shape, Gather, Concat, … wherever all inputs are known. An image's place in the batch is free: −1 stands
/// for its extent.
class WholeNumbers {
public:
    /// Takes the graph's whole-numbered constants.
    explicit WholeNumbers(const OnnxGraph& graph);

    /// The value's numbers, row-major; nothing where they are not known.
    std::optional<std::vector<std::int64_t>> of(const std::string& value) const;
    /// Sets what a Shape node gives.
    void set(const std::string& value, const std::vector<std::int64_t>& numbers);
    /// Computes what the node gives, and true; false if its inputs are not all known or it is no such operator.
    bool compute(const OnnxNode& node);

private:
    struct Numbers {
        std::vector<std::int64_t> shape;
        std::vector<std::int64_t> values;
    };
    std::optional<Numbers> result_of(const OnnxNode& node) const;
    std::optional<Numbers> slice(const OnnxNode& node) const;
    std::optional<Numbers> reshape(const Numbers& in, const std::vector<std::int64_t>& to) const;
    std::optional<Numbers> arithmetic(const OnnxNode& node) const;
    const Numbers& input(const OnnxNode& node, std::size_t index) const { return known_.at(node.inputs[index]); }

    std::map<std::string, Numbers> known_;
};

}  // namespace remask::onnx_import
