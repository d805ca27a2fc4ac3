// What conductance a cell ends up with when a level is written to it (docs/devices.md).
#pragma once

#include <cstdint>

#include "sim/hardware/device_parameters.h"

namespace remask {

/// Which cells of which chip. The same chip has the same faults and errors in every run, for every task and method.
struct CellIdentity {
    std::uint64_t chip_seed = 0;
    std::int64_t slot = 0;   ///< the matrix's slot in the network
    std::int64_t group = 0;  ///< of a grouped convolution
};

/// Number of the physical cell in row k and logical column n, `part` = side·slices + slice below 256. It does not
/// depend on the matrix's size.
constexpr std::int64_t cell_number(std::int64_t k, std::int64_t n, int part) {
    return (k << 28) | (n << 8) | part;
}

/// How a cell came out of programming.
struct ProgrammedCell {
    double conductance = 0.0;  ///< level units, ≥ 0
    int pulses = 1;            ///< of write-verify; 1 without
};

/// The cells of one weight matrix. Every draw is named by the chip's seed, a purpose, slot, group and the number of the
/// physical cell; a programming error also by the level written, so that a cell that is rewritten has a new error and
/// one that is not keeps its own.
class ProgrammedCells {
public:
    /// `floor`: Gmin in level units, (L−1)/(ρ−1) or 0. A table of errors must have been loaded (load_level_errors).
    ProgrammedCells(const DeviceParameters& device, const CellIdentity& identity, int cell_bits, double floor);

    /// Right after `level` was written. Each pulse draws the programming error anew until the conductance is within the
    /// tolerance of level + floor, or the pulses are used up. A stuck cell holds Gmax or Gmin whatever was written,
    /// without error, and takes all pulses unless that is within the tolerance.
    ProgrammedCell programmed(std::int64_t cell, int level) const;

    /// After the drift; stuck cells do not drift. Level units, ≥ 0, not rounded. Ideal: level + floor.
    double conductance(std::int64_t cell, int level) const;

    /// The same in units of 2^−F level units, rounded half to even. ConfigError where 31 bits do not hold it.
    std::int32_t fixed_point(std::int64_t cell, int level) const;

private:
    /// Gmax or Gmin of a stuck cell, else −1.
    double stuck_at(std::int64_t cell) const;
    ProgrammedCell with_error(std::int64_t cell, int level) const;
    bool accepts(double conductance, int level) const;
    double drift_factor(std::int64_t cell) const;
    /// Throws ConfigError: fixed_point() has no number for this cell.
    [[noreturn]] void refuse_conductance(std::int64_t cell, int level) const;

    DeviceParameters device_;
    CellIdentity identity_;
    double floor_;
    double top_;                   ///< L − 1
    double log_time_ratio_ = 0.0;  ///< ln(t/t0)
};

}  // namespace remask
