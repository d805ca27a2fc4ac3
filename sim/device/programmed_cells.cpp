#include "sim/device/programmed_cells.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>

#include "sim/base/diagnostics.h"
#include "sim/base/random.h"
#include "sim/device/portable_math.h"
#include "sim/hardware/config_fault.h"

namespace remask {

namespace {

RandomStream cell_stream(const CellIdentity& identity, std::string_view purpose, std::int64_t cell, int level = 0) {
    const auto matrix = (static_cast<std::uint64_t>(identity.slot) << 32) | static_cast<std::uint64_t>(identity.group);
    return {identity.chip_seed, purpose, matrix,
            (static_cast<std::uint64_t>(cell) << 8) | static_cast<std::uint64_t>(level)};
}

/// Of one level, in level units.
LevelError error_of(const ProgrammingError& error, int level, double target, double top) {
    switch (error.model) {
        case ErrorModel::constant:
            return {0.0, error.strength * top};
        case ErrorModel::proportional:
            return {0.0, error.strength * target};
        case ErrorModel::table: {
            const LevelError& entry = error.levels[static_cast<std::size_t>(level)];
            return {error.strength * entry.mean * top, error.strength * entry.deviation * top};
        }
    }
    throw InternalError("unknown model of programming errors");
}

}  // namespace

ProgrammedCells::ProgrammedCells(const DeviceParameters& device, const CellIdentity& identity, int cell_bits,
                                 double floor)
    : device_(device), identity_(identity), floor_(floor), top_(std::ldexp(1.0, cell_bits) - 1.0) {
    const bool table = device.programming_error && device.programming_error->model == ErrorModel::table;
    if (table && device.programming_error->levels.size() != std::size_t{1} << cell_bits) {
        throw InternalError("a table of programming errors needs one entry a level");
    }
    if (device.has_drift()) log_time_ratio_ = portable_log(device.drift->time / device.drift->reference_time);
}

double ProgrammedCells::stuck_at(std::int64_t cell) const {
    if (device_.stuck_on == 0.0 && device_.stuck_off == 0.0) return -1.0;
    const double fate = cell_stream(identity_, "stuck cell", cell).uniform();
    if (fate < device_.stuck_on) return floor_ + top_;
    return fate < device_.stuck_on + device_.stuck_off ? floor_ : -1.0;
}

bool ProgrammedCells::accepts(double conductance, int level) const {
    return std::abs(conductance - (floor_ + level)) <= device_.write_verify->tolerance * top_;
}

ProgrammedCell ProgrammedCells::with_error(std::int64_t cell, int level) const {
    const double target = floor_ + level;
    if (!device_.has_programming_error()) return {target, 1};
    const LevelError error = error_of(*device_.programming_error, level, target, top_);
    RandomStream draws = cell_stream(identity_, "programming error", cell, level);
    ProgrammedCell result;
    for (result.pulses = 1;; ++result.pulses) {
        result.conductance = std::max(0.0, target + (error.mean + error.deviation * draws.normal()));
        const bool last = !device_.write_verify || result.pulses >= device_.write_verify->most_pulses;
        if (last || accepts(result.conductance, level)) return result;
    }
}

ProgrammedCell ProgrammedCells::programmed(std::int64_t cell, int level) const {
    const double stuck = stuck_at(cell);
    if (stuck < 0.0) return with_error(cell, level);
    const bool tries = device_.write_verify && !accepts(stuck, level);
    return {stuck, tries ? device_.write_verify->most_pulses : 1};
}

double ProgrammedCells::drift_factor(std::int64_t cell) const {
    if (!device_.has_drift()) return 1.0;
    double exponent = device_.drift->exponent;
    if (device_.drift->exponent_spread > 0.0) {
        exponent += device_.drift->exponent_spread * cell_stream(identity_, "drift", cell).normal();
    }
    return portable_exp(-exponent * log_time_ratio_);
}

double ProgrammedCells::conductance(std::int64_t cell, int level) const {
    const double stuck = stuck_at(cell);
    return stuck >= 0.0 ? stuck : with_error(cell, level).conductance * drift_factor(cell);
}

void ProgrammedCells::refuse_conductance(std::int64_t cell, int level) const {
    const double drift = drift_factor(cell);
    const double programmed = std::ldexp(with_error(cell, level).conductance, device_.conductance_fraction_bits);
    char factor[32];
    std::snprintf(factor, sizeof factor, "%.3g", drift);
    if (programmed < std::ldexp(1.0, 31) && drift > 1.0) {
        refuse_config("device.drift", std::string("multiplies a cell's conductance by ") + factor +
                                          ", which does not fit 31 bits any more: exponents below 0 make conductances "
                                          "grow; use a smaller exponent_spread, a larger exponent or less time");
    }
    refuse_config("device.conductance_fraction_bits", "a conductance of " + std::to_string(conductance(cell, level)) +
                                                          " level units does not fit 31 bits: use fewer");
}

std::int32_t ProgrammedCells::fixed_point(std::int64_t cell, int level) const {
    const double units = std::rint(std::ldexp(conductance(cell, level), device_.conductance_fraction_bits));
    if (!(units < std::ldexp(1.0, 31))) refuse_conductance(cell, level);
    return static_cast<std::int32_t>(units);
}

}  // namespace remask
