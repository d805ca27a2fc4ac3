// One figure of several runs that differ in their seed.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace remask {

struct Spread {
    std::vector<double> values;  ///< one a run, in the runs' order; empty where it was not measured

    bool empty() const { return values.empty(); }
    void add(double value) { values.push_back(value); }
    /// Throws InternalError without values.
    double mean() const;
    /// Of a sample (n − 1); absent with fewer than two values.
    std::optional<double> deviation() const;
};

/// ",MEAN,DEVIATION", without what there is not.
std::string csv_cells(const Spread& spread);

}  // namespace remask
