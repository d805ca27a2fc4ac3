// Which PE holds a weight: a layer's arrays in the order of the mapping (group, row tile, column tile), `pe_arrays`
// consecutive ones a PE.
#pragma once

#include <cstdint>
#include <vector>

#include "models/methods/method.h"

namespace remask {

class PeLayout {
public:
    PeLayout(const ArrayLayer& layer, int pe_arrays);
    std::int64_t count() const { return count_; }
    /// Of row `row` of filter `filter`. All rows of one row tile of a filter lie in one PE.
    std::int64_t of(std::int64_t filter, std::int64_t row) const;

private:
    CrossbarGeometry geometry_;
    std::int64_t filters_per_group_;
    int pe_arrays_;
    std::int64_t count_;
};

/// The floor(budget · n) highest of n scores (the first of equal ones), as a flag each.
std::vector<bool> highest(const std::vector<double>& scores, double budget);

}  // namespace remask
