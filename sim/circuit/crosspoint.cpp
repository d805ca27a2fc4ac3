#include "sim/circuit/crosspoint.h"

#include <algorithm>
#include <cmath>

#include "sim/base/diagnostics.h"

namespace remask {

namespace {

bool sound(std::span<const double> values) {
    return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v) && v >= 0.0; });
}

}  // namespace

bool CrosspointWires::ideal() const {
    const auto none = [](double ohms) { return ohms == 0.0; };
    return std::all_of(row_segments.begin(), row_segments.end(), none) &&
           std::all_of(column_segments.begin(), column_segments.end(), none);
}

CrosspointWires uniform_wires(std::int64_t rows, std::int64_t columns, double row_ohms, double column_ohms) {
    return {std::vector<double>(static_cast<std::size_t>(columns), row_ohms),
            std::vector<double>(static_cast<std::size_t>(rows), column_ohms)};
}

void check_crosspoint(const CrosspointWires& wires, std::span<const double> siemens) {
    if (wires.rows() < 1 || wires.columns() < 1) throw InternalError("a crosspoint array has no rows or no columns");
    if (!sound(wires.row_segments) || !sound(wires.column_segments)) {
        throw InternalError("a wire's resistance must be finite and not negative");
    }
    if (static_cast<std::int64_t>(siemens.size()) != wires.rows() * wires.columns() || !sound(siemens)) {
        throw InternalError("a crosspoint array needs rows × columns conductances, finite and not negative");
    }
}

}  // namespace remask
