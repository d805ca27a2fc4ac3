#include "sim/base/units.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "sim/base/diagnostics.h"
#include "sim/base/files.h"

namespace remask {

namespace {

/// One unit: SI value = number · 10^exponent · factor. `factor` is kept apart, so that the power of ten can be joined
/// to the decimal text and the whole is rounded once.
struct Unit {
    std::string symbol;
    DimensionVector dimension;
    int exponent;
    double factor;
    bool shown;  // format_quantity() and exact_quantity() may use it
};

struct Kind {
    std::string_view name;  // with its article, as in messages
    DimensionVector dimension;
    std::string_view symbol;  // "J"; a prefix goes in front
    std::string_view prefixes;
    int power = 1;  // a prefix counts so many times: 2 in mm2
};

// '_' stands for no prefix.
constexpr Kind kinds[] = {
    {"a time", Time::dimension::vector, "s", "fpnum_"},
    {"a frequency", Frequency::dimension::vector, "Hz", "_kMG"},
    {"a length", Length::dimension::vector, "m", "num_"},
    {"an area", Area::dimension::vector, "m2", "num_", 2},
    {"an energy", Energy::dimension::vector, "J", "afpnum_"},
    {"a power", Power::dimension::vector, "W", "pnum_k"},
    {"a current", Current::dimension::vector, "A", "pnum_"},
    {"a voltage", Voltage::dimension::vector, "V", "um_"},
    {"a resistance", Resistance::dimension::vector, "ohm", "_kMG"},
    {"a conductance", Conductance::dimension::vector, "S", "pnum_"},
    {"a data size", DataSize::dimension::vector, "bit", "_kMG"},
    {"a bandwidth", Bandwidth::dimension::vector, "bit/s", "_kMG"},
    {"an energy per bit", {1, 2, -2, 0, -1}, "J/bit", "afpnum_"},
    {"a power per area", {1, 0, -3, 0, 0}, "W/m2", "_"},
    {"a capacitance", {-1, -2, 4, 2, 0}, "F", "afpnum_"},
};

int exponent_of(char prefix) {
    constexpr std::string_view letters = "afpnum_kMGT";
    return (static_cast<int>(letters.find(prefix)) - 6) * 3;
}

std::vector<Unit> make_units() {
    std::vector<Unit> units;
    for (const Kind& kind : kinds) {
        for (const char prefix : kind.prefixes) {
            units.push_back({std::string(prefix == '_' ? 0 : 1, prefix).append(kind.symbol), kind.dimension,
                             exponent_of(prefix) * kind.power, 1.0, true});
        }
    }
    const auto add = [&](const char* symbol, const DimensionVector& dimension, int exponent, double factor,
                         bool shown) {
        units.push_back({symbol, dimension, exponent, factor, shown});
    };
    constexpr auto& time = Time::dimension::vector;
    constexpr auto& data = DataSize::dimension::vector;
    constexpr auto& rate = Bandwidth::dimension::vector;
    add("min", time, 0, 60.0, false);
    add("h", time, 0, 3600.0, false);
    add("day", time, 0, 86400.0, false);
    add("year", time, 0, 31557600.0, false);  // Julian
    add("cm2", Area::dimension::vector, -4, 1.0, false);
    add("B", data, 0, 8.0, true);
    add("kB", data, 3, 8.0, false);
    add("MB", data, 6, 8.0, false);
    add("GB", data, 9, 8.0, false);
    add("KiB", data, 0, 0x1.0p13, true);
    add("MiB", data, 0, 0x1.0p23, true);
    add("GiB", data, 0, 0x1.0p33, true);
    add("b/s", rate, 0, 1.0, false);
    add("kb/s", rate, 3, 1.0, false);
    add("Mb/s", rate, 6, 1.0, false);
    add("Gb/s", rate, 9, 1.0, false);
    add("B/s", rate, 0, 8.0, true);
    add("kB/s", rate, 3, 8.0, true);
    add("MB/s", rate, 6, 8.0, true);
    add("GB/s", rate, 9, 8.0, true);
    return units;
}

const std::vector<Unit>& all_units() {
    static const std::vector<Unit> units = make_units();
    return units;
}

const Kind* kind_of(const DimensionVector& dimension) {
    const auto found =
        std::find_if(std::begin(kinds), std::end(kinds), [&](const Kind& kind) { return kind.dimension == dimension; });
    return found == std::end(kinds) ? nullptr : found;
}

const Unit* listed_unit(std::string_view symbol) {
    for (const Unit& unit : all_units()) {
        if (unit.symbol == symbol) return &unit;
    }
    return nullptr;
}

/// A listed unit, or a quotient of two.
std::optional<Unit> find_unit(std::string_view symbol) {
    if (const Unit* unit = listed_unit(symbol)) return *unit;
    const std::size_t slash = symbol.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const Unit* above = listed_unit(symbol.substr(0, slash));
    const Unit* below = listed_unit(symbol.substr(slash + 1));
    if (above == nullptr || below == nullptr) return std::nullopt;
    Unit quotient{std::string(symbol), above->dimension, above->exponent - below->exponent,
                  above->factor / below->factor, false};
    for (std::size_t i = 0; i < quotient.dimension.size(); ++i) quotient.dimension[i] -= below->dimension[i];
    return quotient;
}

std::string normalised(std::string_view symbol) {
    constexpr std::pair<std::string_view, std::string_view> spellings[] = {
        {"\u00b5", "u"}, {"\u03bc", "u"}, {"\u03a9", "ohm"}, {"\u2126", "ohm"}, {"\u00b2", "2"}, {"^2", "2"}};
    std::string text;
    while (!symbol.empty()) {
        std::string_view taken = symbol.substr(0, 1);
        std::string_view meant = taken;
        for (const auto& [from, to] : spellings) {
            if (symbol.substr(0, from.size()) != from) continue;
            taken = from;
            meant = to;
        }
        text.append(meant);
        symbol.remove_prefix(taken.size());
    }
    return text;
}

std::string list_of_units(const DimensionVector& dimension) {
    std::string text;
    for (const std::string& unit : accepted_units(dimension)) text.append(text.empty() ? "" : ", ").append(unit);
    return text.empty() ? "(no unit is known for this dimension)" : text;
}

std::string in_quotes(std::string_view text) {
    return std::string("'").append(text).append("'");
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// The text of a number: sign, digits with at most one point, power of ten.
struct NumberText {
    std::string mantissa;
    int exponent = 0;
    std::string_view rest;
};

std::size_t digits_from(std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && is_digit(text[end])) ++end;
    return end - at;
}

/// Nothing if `text` does not begin with a decimal number. "1e3 J" has a power of ten, "1e J" has not.
std::optional<NumberText> split_number(std::string_view text) {
    NumberText number;
    std::size_t at = 0;
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) ++at;
    const std::size_t start = text[0] == '+' ? 1 : 0;
    const std::size_t whole = digits_from(text, at);
    if (whole > 1 && text[at] == '0') return std::nullopt;  // "010": octal or decimal?
    at += whole;
    std::size_t fraction = 0;
    if (at < text.size() && text[at] == '.') {
        fraction = digits_from(text, at + 1);
        at += fraction + 1;
    }
    if (whole + fraction == 0) return std::nullopt;
    number.mantissa = std::string(text.substr(start, at - start));
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        std::size_t sign = at + 1;
        if (sign < text.size() && (text[sign] == '+' || text[sign] == '-')) ++sign;
        const std::size_t power = digits_from(text, sign);
        if (power > 6) return std::nullopt;
        if (power > 0) {
            number.exponent = std::stoi(std::string(text.substr(at + 1, sign + power - at - 1)));
            at = sign + power;
        }
    }
    number.rest = text.substr(at);
    return number;
}

std::optional<double> value_of(const NumberText& number, int exponent, double factor) {
    std::string text = number.mantissa;
    text.append("e").append(std::to_string(number.exponent + exponent));
    double value = 0.0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
    value *= factor;
    return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

/// The unit in which a value is between 1 and the next unit; the smallest for anything below.
const Unit* fitting_unit(double si, const DimensionVector& dimension) {
    const bool bytes = dimension == DataSize::dimension::vector || dimension == Bandwidth::dimension::vector;
    const double size = std::fabs(si);
    const bool in_bits = bytes && (size < 8.0 || (size < 0x1.0p13 && std::fmod(size, 8.0) != 0.0));
    const Unit* best = nullptr;
    const Unit* smallest = nullptr;
    for (const Unit& unit : all_units()) {
        if (unit.dimension != dimension || !unit.shown) continue;
        if (bytes && (in_bits ? unit.factor != 1.0 || unit.exponent != 0 : unit.factor == 1.0)) continue;
        const double scale = std::pow(10.0, unit.exponent) * unit.factor;
        if (smallest == nullptr) smallest = &unit;
        if (size >= scale * (1.0 - 1e-12)) best = &unit;
    }
    return best != nullptr ? best : smallest;
}

/// `digits` significant ones, no trailing zeros, a power of ten only outside 1e-4 … 1e7.
std::string rounded(double value, int digits) {
    char buffer[64];
    const auto print = [&](std::chars_format format, int precision) {
        const auto end = std::to_chars(std::begin(buffer), std::end(buffer), value, format, precision).ptr;
        return std::string(std::begin(buffer), end);
    };
    const std::string general = print(std::chars_format::general, digits);
    const double size = std::fabs(value);
    if (general.find('e') == std::string::npos || size >= 1e7 || size < 1.0) return general;
    return print(std::chars_format::fixed, 0);
}

}  // namespace

std::vector<std::string> accepted_units(const DimensionVector& dimension) {
    std::vector<std::string> symbols;
    for (const Unit& unit : all_units()) {
        if (unit.dimension == dimension) symbols.push_back(unit.symbol);
    }
    return symbols;
}

std::string_view dimension_name(const DimensionVector& dimension) {
    const Kind* kind = kind_of(dimension);
    return kind == nullptr ? "quantity" : kind->name.substr(kind->name.find(' ') + 1);
}

std::string_view si_symbol(const DimensionVector& dimension) {
    const Kind* kind = kind_of(dimension);
    if (kind != nullptr) return kind->symbol;
    return dimension == DimensionVector{} ? "" : "SI";
}

std::variant<double, UnitError> parse_quantity(std::string_view text, const DimensionVector& wanted) {
    const std::string shown = in_quotes(text);
    const auto number = split_number(trimmed(text));
    if (!number) {
        return UnitError{shown +
                         " is not a number with a unit; write a decimal number (without leading zeros) and one of " +
                         list_of_units(wanted)};
    }
    const std::string symbol = normalised(trimmed(number->rest));
    if (symbol.empty()) return UnitError{shown + " needs a unit: one of " + list_of_units(wanted)};
    const auto unit = find_unit(symbol);
    if (!unit) {
        return UnitError{"unknown unit " + in_quotes(symbol) + " in " + shown +
                         did_you_mean(symbol, accepted_units(wanted)) + ": one of " + list_of_units(wanted)};
    }
    if (unit->dimension != wanted) {
        const Kind* given = kind_of(unit->dimension);
        const Kind* right = kind_of(wanted);
        return UnitError{shown + " is " + std::string(given ? given->name : "another quantity") + ", but " +
                         std::string(right ? right->name : "another quantity") + " is wanted: one of " +
                         list_of_units(wanted)};
    }
    const auto value = value_of(*number, unit->exponent, unit->factor);
    if (!value) return UnitError{shown + " is beyond the range of numbers"};
    return *value;
}

std::string format_quantity(double si, const DimensionVector& dimension, int digits) {
    if (!std::isfinite(si) || si == 0.0 || kind_of(dimension) == nullptr) {
        const std::string symbol(si_symbol(dimension));
        return rounded(si, digits).append(symbol.empty() ? "" : " ").append(symbol);
    }
    const auto scaled = [&](const Unit& unit) {
        const double value = si / unit.factor;  // a power of ten above 1e-22 is exact in one direction only
        return unit.exponent < 0 ? value * std::pow(10.0, -unit.exponent) : value / std::pow(10.0, unit.exponent);
    };
    const Unit* unit = fitting_unit(si, dimension);
    std::string text = rounded(scaled(*unit), digits);
    // 999.96 ps is 1000 ps when rounded: 1 ns is meant.
    const double back = std::stod(text) * std::pow(10.0, unit->exponent) * unit->factor;
    const Unit* next = fitting_unit(back, dimension);
    if (next->symbol != unit->symbol && std::fabs(back) > std::fabs(si)) {
        unit = next;
        text = rounded(scaled(*unit), digits);
    }
    return text.append(" ").append(unit->symbol);
}

std::string exact_quantity(double si, const DimensionVector& dimension) {
    if (!std::isfinite(si)) throw InternalError("exact_quantity of a number that is not finite");
    if (kind_of(dimension) == nullptr) throw InternalError("exact_quantity of a dimension without a unit");
    const Unit* unit = si == 0.0 ? listed_unit(si_symbol(dimension)) : fitting_unit(si, dimension);
    char buffer[64];
    // A factor is a power of two here, so that dividing by it is exact; the power of ten moves the decimal point of the
    // text.
    const auto end =
        std::to_chars(std::begin(buffer), std::end(buffer), si / unit->factor, std::chars_format::scientific).ptr;
    const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
    const std::size_t e = text.find('e');
    int exponent = std::stoi(std::string(text.substr(e + 1))) - unit->exponent;
    std::string number(text.substr(0, 1) == "-" ? "-" : "");
    std::string figures(1, text[number.size()]);
    if (e > number.size() + 2) figures += text.substr(number.size() + 2, e - number.size() - 2);
    if (exponent >= 0 && exponent < 15) {
        const auto whole = static_cast<std::size_t>(exponent) + 1;
        if (figures.size() < whole) figures.append(whole - figures.size(), '0');
        if (figures.size() > whole) figures.insert(whole, 1, '.');
    } else {
        if (figures.size() > 1) figures.insert(1, 1, '.');
        figures.append("e").append(std::to_string(exponent));
    }
    return number.append(figures).append(" ").append(unit->symbol);
}

}  // namespace remask
