#include "models/methods/column_levels.h"

#include <algorithm>
#include <cmath>

#include "sim/base/diagnostics.h"

namespace remask {
namespace {

/// Says what is wrong with the levels; empty: nothing.
std::string fault_of_levels(const std::vector<double>& levels) {
    std::vector<double> sorted = levels;
    std::sort(sorted.begin(), sorted.end());
    if (sorted.size() < 2) return "at least two levels are needed, e.g. [0, 1]";
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) return "a level is given twice";
    for (const double level : sorted) {
        int exponent = 0;
        if (level != 0.0 && std::frexp(level, &exponent) != 0.5) {
            return "a level is 0 or a power of two, so that a shift applies it; for other factors set real: true";
        }
    }
    return {};
}

}  // namespace

ColumnLevels::ColumnLevels(const XmaOptions& options) : options_(options) {
    const std::string fault = fault_of_levels(options_.levels);
    if (!fault.empty() && !options_.real) throw ConfigError("levels: " + fault);
    for (const double level : options_.levels) {
        if (level > 0.0) positive_.push_back(level);
    }
    std::sort(positive_.begin(), positive_.end());
    has_zero_ = positive_.size() < options_.levels.size();
}

double ColumnLevels::factor(double v) const {
    if (options_.real) return v;
    const double magnitude = options_.sign ? std::fabs(v) : std::max(v, 0.0);
    const double sign = options_.sign && v < 0.0 ? -1.0 : 1.0;
    if (has_zero_ && magnitude < 0.5 * positive_.front()) return 0.0;
    std::size_t level = 0;  // nearest in log2: the boundary between two levels is their geometric mean
    while (level + 1 < positive_.size() && magnitude * magnitude >= positive_[level] * positive_[level + 1]) ++level;
    return sign * positive_[level];
}

int ColumnLevels::bits() const {
    if (options_.real) return 32;
    const std::size_t levels = positive_.size() * (options_.sign ? 2 : 1) + (has_zero_ ? 1 : 0);
    int bits = 0;
    while ((std::size_t{1} << bits) < levels) ++bits;
    return bits;
}

void describe_levels(Fields& fields, XmaOptions& options) {
    fields.field(
        "levels", options.levels,
        {.doc = "xma, xma2: the factors that a column can take: 0 and powers of two", .optional = true, .min = 0});
    fields.field("sign", options.sign, {.doc = "xma, xma2: the levels' negatives too", .optional = true});
    fields.field("real", options.real,
                 {.doc = "xma, xma2: any 32-bit factor, applied by a multiplier, instead of levels", .optional = true});
    const std::string fault = fault_of_levels(options.levels);
    fields.require(fault.empty() || options.real, "levels", fault);
    fields.require(!options.real || options.levels == XmaOptions().levels, "levels",
                   "are not used with real: true, whose factors are any numbers; leave one of the two out");
}

}  // namespace remask
