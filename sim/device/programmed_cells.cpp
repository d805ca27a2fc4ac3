#include "sim/device/programmed_cells.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "sim/base/random.h"
#include "sim/hardware/config_fault.h"

namespace remask {

namespace {

/// Cell numbers stay below 2^48, levels below 2^8.
RandomStream cell_stream(const CellIdentity& identity, std::string_view purpose, std::int64_t cell, int level = 0) {
    const auto matrix = (static_cast<std::uint64_t>(identity.slot) << 32) | static_cast<std::uint64_t>(identity.group);
    return {identity.chip_seed, purpose, matrix,
            (static_cast<std::uint64_t>(cell) << 8) | static_cast<std::uint64_t>(level)};
}

}  // namespace

ProgrammedCells::ProgrammedCells(const DeviceParameters& device, const CellIdentity& identity, int cell_bits,
                                 double floor)
    : device_(device), identity_(identity), floor_(floor), top_(std::ldexp(1.0, cell_bits) - 1.0) {}

double ProgrammedCells::conductance(std::int64_t cell, int level) const {
    if (device_.stuck_on > 0.0 || device_.stuck_off > 0.0) {
        const double fate = cell_stream(identity_, "stuck cell", cell).uniform();
        if (fate < device_.stuck_on) return floor_ + top_;
        if (fate < device_.stuck_on + device_.stuck_off) return floor_;
    }
    return std::max(0.0, (floor_ + level) + error(cell, level));
}

double ProgrammedCells::error(std::int64_t cell, int level) const {
    if (!device_.programming_error || device_.programming_error->strength == 0.0) return 0.0;
    const double draw = cell_stream(identity_, "programming error", cell, level).normal();
    const bool constant = device_.programming_error->model == ErrorModel::constant;
    return draw * (device_.programming_error->strength * (constant ? top_ : floor_ + level));
}

std::int32_t ProgrammedCells::fixed_point(std::int64_t cell, int level) const {
    const double units = std::rint(std::ldexp(conductance(cell, level), device_.conductance_fraction_bits));
    if (units >= std::ldexp(1.0, 31)) {
        refuse_config("device.conductance_fraction_bits", "a conductance of " +
                                                              std::to_string(conductance(cell, level)) +
                                                              " level units does not fit 31 bits: use fewer");
    }
    return static_cast<std::int32_t>(units);
}

}  // namespace remask
