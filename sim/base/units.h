// Units as text: "10 ns", "1.5625 pJ", "64 KiB", "6.4 GB/s".
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/base/quantity.h"

namespace remask {

/// Why a text is not a quantity of the wanted dimension; the message lists the accepted units.
struct UnitError {
    std::string message;
};

/// Reads "NUMBER UNIT" (space optional) as a quantity of dimension `wanted`. A quotient of two units ("mW/mm2") is a
/// unit too; "µ", "Ω" and "²" may be written for "u", "ohm" and "2". The decimal text with its prefix is rounded once:
/// "10 ns" is 10e-9. Returns the SI value, or what is wrong: no unit, unknown unit, unit of another dimension,
/// malformed or non-finite number.
std::variant<double, UnitError> parse_quantity(std::string_view text, const DimensionVector& wanted);

/// "1.56 pJ": the SI value with the prefix that leaves 1 to 999 before the point, `digits` significant digits.
std::string format_quantity(double si, const DimensionVector& dimension, int digits = 4);

/// "10 ns": a text from which parse_quantity() returns the same double bit for bit; `si` must be finite.
std::string exact_quantity(double si, const DimensionVector& dimension);

/// The units that parse_quantity() lists for a dimension, e.g. {"fs", "ps", "ns", "us", "ms", "s", …}.
std::vector<std::string> accepted_units(const DimensionVector& dimension);

/// "time", "energy", …; "quantity" if the dimension has no name here.
std::string_view dimension_name(const DimensionVector& dimension);

/// The SI unit's symbol: "J", "s", "m2", "bit/s".
std::string_view si_symbol(const DimensionVector& dimension);

template <class D>
std::string to_string(Quantity<D> quantity, int digits = 4) {
    return format_quantity(quantity.si(), D::vector, digits);
}

}  // namespace remask
