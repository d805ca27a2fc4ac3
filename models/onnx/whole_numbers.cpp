#include "models/onnx/whole_numbers.h"

#include <algorithm>
#include <utility>

#include "models/onnx/transposed.h"

namespace remask::onnx_import {
namespace {

/// Shapes and paddings have a handful of entries; more is no shape arithmetic.
constexpr std::size_t most_numbers = 4096;
constexpr std::int64_t largest_number = std::int64_t{1} << 40;

std::int64_t product(const std::vector<std::int64_t>& shape) {
    std::int64_t size = 1;
    for (const std::int64_t extent : shape) size = extent < 0 || size > largest_number ? -1 : size * extent;
    return size;
}

bool is_moderate(std::int64_t number) {
    return number >= -largest_number && number <= largest_number;
}

}  // namespace

WholeNumbers::WholeNumbers(const OnnxGraph& graph) {
    for (const auto& [name, constant] : graph.constants) {
        if (!constant.is_real && constant.integers.size() <= most_numbers) {
            known_[name] = {constant.shape, constant.integers};
        }
    }
}

std::optional<std::vector<std::int64_t>> WholeNumbers::of(const std::string& value) const {
    const auto found = known_.find(value);
    if (found == known_.end()) return std::nullopt;
    return found->second.values;
}

void WholeNumbers::set(const std::string& value, const std::vector<std::int64_t>& numbers) {
    known_[value] = {{static_cast<std::int64_t>(numbers.size())}, numbers};
}

bool WholeNumbers::compute(const OnnxNode& node) {
    for (const std::string& input : node.inputs) {
        if (!input.empty() && !known_.contains(input)) return false;
    }
    if (node.inputs.empty() || node.inputs[0].empty()) return false;
    std::optional<Numbers> result = result_of(node);
    if (!result || result->values.size() > most_numbers ||
        product(result->shape) != static_cast<std::int64_t>(result->values.size())) {
        return false;
    }
    known_[node.outputs[0]] = std::move(*result);
    return true;
}

std::optional<WholeNumbers::Numbers> WholeNumbers::result_of(const OnnxNode& node) const {
    const Numbers& in = input(node, 0);
    constexpr std::int64_t whole_type = 7, shorter_type = 6;  // INT64, INT32 of ONNX
    const std::int64_t type = node.integer("to", whole_type);
    if (node.op == "Identity" || (node.op == "Cast" && (type == whole_type || type == shorter_type))) return in;
    if (node.op == "Shape") return Numbers{{static_cast<std::int64_t>(in.shape.size())}, in.shape};
    if (node.op == "Unsqueeze" || node.op == "Squeeze") {  // of scalars and lists, whose order does not change
        return node.op == "Squeeze" && in.values.size() == 1
                   ? Numbers{{}, in.values}
                   : Numbers{{static_cast<std::int64_t>(in.values.size())}, in.values};
    }
    if (node.op == "Slice") return slice(node);
    if (node.op == "Reshape" && node.inputs.size() == 2) return reshape(in, input(node, 1).values);
    if (node.op == "Concat") {
        Numbers joined{{0}, {}};
        for (std::size_t i = 0; i < node.inputs.size(); ++i) {
            const Numbers& part = input(node, i);
            if (part.shape.size() != 1) return std::nullopt;
            joined.values.insert(joined.values.end(), part.values.begin(), part.values.end());
        }
        joined.shape = {static_cast<std::int64_t>(joined.values.size())};
        return joined;
    }
    if (node.op == "Gather" && node.inputs.size() == 2 && in.shape.size() == 1) {
        Numbers found{input(node, 1).shape, {}};
        const auto size = static_cast<std::int64_t>(in.values.size());
        for (std::int64_t index : input(node, 1).values) {
            if (index < -size || index >= size) return std::nullopt;
            found.values.push_back(in.values[static_cast<std::size_t>(index < 0 ? index + size : index)]);
        }
        return found;
    }
    if (node.op == "ConstantOfShape") {
        const std::int64_t size = product(in.values);
        const std::vector<std::int64_t> fill = node.integers("value", {});
        if (size < 0 || size > static_cast<std::int64_t>(most_numbers) || fill.size() != 1) return std::nullopt;
        return Numbers{in.values, std::vector<std::int64_t>(static_cast<std::size_t>(size), fill[0])};
    }
    if (node.op == "Transpose" && in.shape.size() == 2) {
        return Numbers{{in.shape[1], in.shape[0]}, transposed(in.values, in.shape[0], in.shape[1])};
    }
    return arithmetic(node);
}

/// Along the first axis, in steps of either direction.
std::optional<WholeNumbers::Numbers> WholeNumbers::slice(const OnnxNode& node) const {
    const Numbers& in = input(node, 0);
    if (node.inputs.size() < 3 || in.shape.empty() || in.shape[0] == 0) return std::nullopt;
    const auto one = [&](std::size_t index, std::int64_t fallback) -> std::optional<std::int64_t> {
        if (!node.has_input(index)) return fallback;
        const std::vector<std::int64_t>& values = input(node, index).values;
        if (values.size() != 1) return std::nullopt;
        return values[0];
    };
    const auto start = one(1, 0), end = one(2, 0), axis = one(3, 0), step = one(4, 1);
    const std::int64_t rows = in.shape[0];
    const auto width = static_cast<std::int64_t>(in.values.size()) / rows;
    if (!start || !end || !step || axis != 0 || *step == 0 || !is_moderate(*step)) return std::nullopt;
    const auto placed = [&](std::int64_t at) {
        return at < 0 ? std::max<std::int64_t>(at, -rows - 1) + rows : std::min(at, rows);
    };
    std::int64_t row = placed(*start);
    const std::int64_t stop = placed(*end);
    if (*step < 0) row = std::min(row, rows - 1);
    Numbers cut{in.shape, {}};
    cut.shape[0] = 0;
    for (row = std::max<std::int64_t>(row, 0); *step > 0 ? row < stop : row > stop && row >= 0; row += *step) {
        const auto begin = in.values.begin() + row * width;
        cut.values.insert(cut.values.end(), begin, begin + width);
        ++cut.shape[0];
    }
    return cut;
}

std::optional<WholeNumbers::Numbers> WholeNumbers::reshape(const Numbers& in,
                                                           const std::vector<std::int64_t>& to) const {
    Numbers out{to, in.values};
    const auto open = std::find(out.shape.begin(), out.shape.end(), -1);
    if (open != out.shape.end()) {
        *open = 1;
        const std::int64_t others = product(out.shape);
        if (others < 1) return std::nullopt;
        *open = static_cast<std::int64_t>(in.values.size()) / others;
    }
    return out;
}

/// Of two lists of one length, or a list and a single number.
std::optional<WholeNumbers::Numbers> WholeNumbers::arithmetic(const OnnxNode& node) const {
    if (node.inputs.size() != 2 || !node.has_input(1)) return std::nullopt;
    const Numbers &a = input(node, 0), &b = input(node, 1);
    const std::size_t size = std::max(a.values.size(), b.values.size());
    if (a.values.empty() || b.values.empty() || (a.values.size() != size && a.values.size() != 1) ||
        (b.values.size() != size && b.values.size() != 1)) {
        return std::nullopt;
    }
    Numbers out{a.values.size() == size ? a.shape : b.shape, {}};
    for (std::size_t i = 0; i < size; ++i) {
        const std::int64_t x = a.values[a.values.size() == 1 ? 0 : i], y = b.values[b.values.size() == 1 ? 0 : i];
        constexpr std::int64_t largest_factor = std::int64_t{1} << 30;
        if (node.op == "Mul" && std::abs(x) <= largest_factor && std::abs(y) <= largest_factor) {
            out.values.push_back(x * y);
        } else if (node.op == "Add" && is_moderate(x) && is_moderate(y)) {
            out.values.push_back(x + y);
        } else if (node.op == "Sub" && is_moderate(x) && is_moderate(y)) {
            out.values.push_back(x - y);
        } else if (node.op == "Div" && is_moderate(x) && is_moderate(y) && y > 0) {
            out.values.push_back(x / y);
        } else {
            return std::nullopt;
        }
    }
    return out;
}

}  // namespace remask::onnx_import
