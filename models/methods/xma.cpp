// XMA-style: a level per crossbar column, 0 or a power of two, applied by the shift-and-add unit.
//
// q(v) = 0 below the middle between 0 and the smallest level, else the level nearest in log2; straight-through
// gradient.
#include <algorithm>
#include <cmath>
#include <string>

#include "models/methods/builtin_methods.h"
#include "models/methods/mask_method.h"
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

class Xma : public MaskMethod {
public:
    Xma(const MethodConfig& config, const MethodContext& context)
        : MaskMethod(context, realisation_of(config)), options_(config.xma) {
        const std::string fault = fault_of_levels(options_.levels);
        if (!fault.empty() && !options_.real) throw ConfigError("method xma: levels: " + fault);
        for (const double level : options_.levels) {
            if (level > 0.0) positive_.push_back(level);
        }
        std::sort(positive_.begin(), positive_.end());
        has_zero_ = positive_.size() < options_.levels.size();
    }

protected:
    std::int64_t segment_rows(const ArrayLayer& layer) const override { return layer.geometry.rows_per_tile; }
    float start() const override { return 1.0f; }
    float dropped(double) const override { return 0.0f; }

    void factors(const MaskValues& values, std::span<double> result) const override {
        for (std::size_t i = 0; i < result.size(); ++i) {
            const double v = values.m[i];
            result[i] = options_.real ? v : level_of(v);
        }
    }

    MaskUnit unit() const override { return options_.real ? MaskUnit::multiply : MaskUnit::shift; }

    MaskStorage storage(const MaskValues&) const override {
        if (options_.real) return {.bits_per_entry = 32};
        const std::size_t levels = positive_.size() * (options_.sign ? 2 : 1) + (has_zero_ ? 1 : 0);
        int bits = 0;
        while ((std::size_t{1} << bits) < levels) ++bits;
        return {.bits_per_entry = bits};
    }

private:
    double level_of(double v) const {
        const double magnitude = options_.sign ? std::fabs(v) : std::max(v, 0.0);
        const double sign = options_.sign && v < 0.0 ? -1.0 : 1.0;
        if (has_zero_ && magnitude < 0.5 * positive_.front()) return 0.0;
        std::size_t level = 0;  // nearest in log2: the boundary between two levels is their geometric mean
        while (level + 1 < positive_.size() && magnitude * magnitude >= positive_[level] * positive_[level + 1])
            ++level;
        return sign * positive_[level];
    }

    XmaOptions options_;
    std::vector<double> positive_;  // ascending
    bool has_zero_ = false;
};

void describe_xma(Fields& fields, MethodConfig& config) {
    XmaOptions& options = config.xma;
    fields.field("levels", options.levels,
                 {.doc = "xma: the factors that a column can take: 0 and powers of two", .optional = true, .min = 0});
    fields.field("sign", options.sign, {.doc = "xma: the levels' negatives too", .optional = true});
    fields.field("real", options.real,
                 {.doc = "xma: any 32-bit factor, applied by a multiplier, instead of levels", .optional = true});
    const std::string fault = fault_of_levels(options.levels);
    fields.require(fault.empty() || options.real, "levels", fault);
}

}  // namespace

MethodInfo xma_method() {
    return {
        .name = "xma",
        .description = "a level (0 or a power of two) per crossbar column",
        .masked = true,
        .recipe = {.mask_learning_rate = 1e-2},
        .describe = describe_xma,
        .granularity = [](const MethodConfig&) { return Granularity::column; },
        .make = [](const MethodConfig& config, const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<Xma>(config, context);
        },
    };
}

}  // namespace remask
