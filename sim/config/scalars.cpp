#include "sim/config/scalars.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <vector>

#include "sim/base/files.h"
#include "sim/base/units.h"

namespace remask {

namespace {

ScalarFault fault(std::string message) {
    return {std::move(message)};
}

std::string shown(const Node& node) {
    return node.quoted ? '"' + node.text + '"' : "'" + node.text + "'";
}

bool digits_only(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// 12, -3, 0; not 012, not +-1, not 1.5.
bool is_integer(std::string_view text) {
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
    return digits_only(text);
}

bool has_leading_zero(std::string_view text) {
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
    return text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

std::string_view without_plus(std::string_view text) {
    if (!text.empty() && text[0] == '+') text.remove_prefix(1);
    return text;
}

/// Sign, digits with at most one point, power of ten.
bool is_real(std::string_view text) {
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
    const std::size_t power = text.find_first_of("eE");
    if (power != std::string_view::npos && !is_integer(text.substr(power + 1))) return false;
    std::string mantissa(text.substr(0, power));
    if (const std::size_t point = mantissa.find('.'); point != std::string::npos) mantissa.erase(point, 1);
    return digits_only(mantissa);
}

template <class Text>
std::string range_text(const FieldOptions& options, double lowest, double highest, const Text& text) {
    const bool low = options.min > lowest;
    const bool high = options.max < highest;
    if (low && high)
        return options.min == options.max ? text(options.min) : text(options.min) + " to " + text(options.max);
    if (low) return "at least " + text(options.min);
    if (high) return "at most " + text(options.max);
    return "";
}

/// Sums and products of quantities within these stay finite; what lies beyond is a slip of the unit or of the power of
/// ten, and would only show as an infinite result.
constexpr double least_quantity = 1e-40;
constexpr double most_quantity = 1e30;

bool outside(double value, const FieldOptions& options) {
    return value < options.min || value > options.max;
}

ScalarFault out_of_range(const Node& node, const std::string& range) {
    return fault("is " + node.text + " but must be " + range);
}

}  // namespace

std::string exact_real(double value) {
    char buffer[64];
    const auto end = std::to_chars(std::begin(buffer), std::end(buffer), value).ptr;
    return std::string(std::begin(buffer), end);
}

std::string integer_range(const FieldOptions& options) {
    const auto text = [](double bound) { return std::to_string(static_cast<std::int64_t>(bound)); };
    return range_text(options, -0x1.0p63, 0x1.0p63, text);
}

std::string real_range(const FieldOptions& options) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    return range_text(options, -infinity, infinity, exact_real);
}

std::string quantity_range(const DimensionVector& dimension, const FieldOptions& options) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto text = [&](double bound) { return exact_quantity(bound, dimension); };
    return range_text(options, -infinity, infinity, text);
}

std::string listed(std::span<const std::string_view> words) {
    std::string text;
    for (const std::string_view word : words) text.append(text.empty() ? "" : ", ").append(word);
    return text;
}

Scalar<std::int64_t> read_integer(const Node& node, const FieldOptions& options) {
    const std::string_view text = without_plus(node.text);
    if (node.quoted) return fault("must be a whole number, not the text " + shown(node) + "; remove the quotes");
    if (!is_integer(node.text)) {
        const bool whole = is_real(node.text);
        return fault("must be a whole number" + std::string(whole ? " written with digits only" : "") + ", not " +
                     shown(node));
    }
    if (has_leading_zero(text)) return fault("must be decimal without leading zeros, not " + shown(node));
    std::int64_t value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec != std::errc()) {
        if (integer_range(options).empty()) return fault(shown(node) + " is beyond 64 bits");
        if (options.max < 0x1.0p63 || options.min <= -0x1.0p63) return out_of_range(node, integer_range(options));
        const auto least = static_cast<std::int64_t>(options.min);
        const std::string most = std::to_string(std::numeric_limits<std::int64_t>::max());
        return out_of_range(node, std::to_string(least) + " to " + most);
    }
    if (outside(static_cast<double>(value), options)) return out_of_range(node, integer_range(options));
    return value;
}

Scalar<double> read_real(const Node& node, const FieldOptions& options) {
    const std::string_view text = without_plus(node.text);
    if (node.quoted) return fault("must be a number, not the text " + shown(node) + "; remove the quotes");
    if (!is_real(node.text)) return fault("must be a decimal number, not " + shown(node));
    if (has_leading_zero(text)) return fault("must be decimal without leading zeros, not " + shown(node));
    double value = 0.0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec != std::errc() || result.ptr != text.data() + text.size()) {
        return fault(shown(node) + " is beyond the range of numbers");
    }
    if (outside(value, options)) return out_of_range(node, real_range(options));
    return value;
}

Scalar<bool> read_boolean(const Node& node) {
    if (!node.quoted && node.text == "true") return true;
    if (!node.quoted && node.text == "false") return false;
    return fault("must be true or false, not " + shown(node));
}

Scalar<int> read_choice(const Node& node, std::span<const std::string_view> words) {
    const auto found = std::find(words.begin(), words.end(), node.text);
    if (found != words.end()) return static_cast<int>(found - words.begin());
    const std::vector<std::string> candidates(words.begin(), words.end());
    return fault("unknown word " + shown(node) + did_you_mean(node.text, candidates) + "; one of " + listed(words));
}

Scalar<double> read_quantity(const Node& node, const DimensionVector& dimension, const FieldOptions& options) {
    const auto parsed = parse_quantity(node.text, dimension);
    if (const auto* error = std::get_if<UnitError>(&parsed)) return fault(error->message);
    const double value = std::get<double>(parsed);
    if (outside(value, options)) return out_of_range(node, quantity_range(dimension, options));
    const double size = std::fabs(value);
    if (size != 0.0 && (size < least_quantity || size > most_quantity)) {
        return fault(shown(node) + " is " + (size < 1.0 ? "nearer to 0 than " : "beyond ") +
                     exact_real(size < 1.0 ? least_quantity : most_quantity) + " " + std::string(si_symbol(dimension)) +
                     ": look at its unit and its power of ten");
    }
    return value;
}

}  // namespace remask
