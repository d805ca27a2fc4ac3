// Where a value lies between the ascending entries of a component table; figures are linear in logarithms.
#pragma once

#include <cstddef>
#include <span>

namespace remask {

/// Between entry `low` and the next, at `share` of the way (of the logarithms): 0 at `low`, 1 at `low + 1`.
struct LogPlace {
    std::size_t low = 0;
    double share = 0.0;
};

/// `ascending`: at least two positive entries. A value outside them is taken to be the nearest end: whether a table may
/// be left is for the caller to say.
LogPlace log_place(std::span<const double> ascending, double value);

}  // namespace remask
