// The factors that XMA gives to columns: 0 and powers of two, or any real number.
#pragma once

#include <string>
#include <vector>

#include "models/methods/method_config.h"
#include "sim/base/fields.h"
#include "sim/hardware/mask_unit.h"

namespace remask {

class ColumnLevels {
public:
    /// Throws ConfigError where the levels cannot be used.
    explicit ColumnLevels(const XmaOptions& options);

    /// q(v): 0 below the middle between 0 and the smallest level, else the level nearest in log2.
    double factor(double v) const;
    MaskUnit unit() const { return options_.real ? MaskUnit::multiply : MaskUnit::shift; }
    /// ⌈log2 levels⌉, 32 for a real factor.
    int bits() const;

private:
    XmaOptions options_;
    std::vector<double> positive_;  // ascending
    bool has_zero_ = false;
};

/// The fields levels, sign and real.
void describe_levels(Fields& fields, XmaOptions& options);

}  // namespace remask
