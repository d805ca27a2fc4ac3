// Reads and writes single values. yaml-cpp's own conversions are not used: as<int>("010") is 8, as<T>(fallback) hides
// mistakes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "sim/base/fields.h"
#include "sim/config/node.h"

namespace remask {

/// What is wrong with a value.
struct ScalarFault {
    std::string message;
};

template <class T>
using Scalar = std::variant<T, ScalarFault>;

/// Decimal only: no leading zeros, no power of ten, no quotes; within options.min … options.max.
Scalar<std::int64_t> read_integer(const Node& node, const FieldOptions& options);
/// Decimal and finite, no leading zeros, no quotes; within the range.
Scalar<double> read_real(const Node& node, const FieldOptions& options);
/// true or false, nothing else.
Scalar<bool> read_boolean(const Node& node);
/// The index of one of `words`.
Scalar<int> read_choice(const Node& node, std::span<const std::string_view> words);
/// A number with a unit, in SI; within the range.
Scalar<double> read_quantity(const Node& node, const DimensionVector& dimension, const FieldOptions& options);

/// The shortest text that read_real() reads as the same double.
std::string exact_real(double value);

/// "1 to 16", "at least 0", "at most 5"; empty if anything goes.
std::string integer_range(const FieldOptions& options);
std::string real_range(const FieldOptions& options);
std::string quantity_range(const DimensionVector& dimension, const FieldOptions& options);

/// "a, b, c".
std::string listed(std::span<const std::string_view> words);

}  // namespace remask
