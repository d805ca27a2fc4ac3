#include "sim/report/spread.h"

#include <cmath>
#include <numeric>

#include "sim/base/diagnostics.h"
#include "sim/report/writers.h"

namespace remask {

double Spread::mean() const {
    if (values.empty()) throw InternalError("the mean of no value");
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::optional<double> Spread::deviation() const {
    if (values.size() < 2) return {};
    const double middle = mean();
    double squares = 0.0;
    for (const double value : values) squares += (value - middle) * (value - middle);
    return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

std::string csv_cells(const Spread& spread) {
    const auto deviation = spread.deviation();
    return "," + (spread.empty() ? "" : shortest(spread.mean())) + "," + (deviation ? shortest(*deviation) : "");
}

}  // namespace remask
