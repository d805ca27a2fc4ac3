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

/// The cells of one weight matrix. Every draw is named by the chip's seed, a purpose, slot, group and the number of the
/// physical cell; a programming error also by the level written, so that a cell that is rewritten has a new error and
/// one that is not keeps its own.
class ProgrammedCells {
public:
    /// `floor`: Gmin in level units, (L−1)/(ρ−1) or 0.
    ProgrammedCells(const DeviceParameters& device, const CellIdentity& identity, int cell_bits, double floor);

    /// Conductance of cell number `cell` (≥ 0) after `level` was written, in level units: ≥ 0, not rounded. Ideal:
    /// level + floor. A stuck cell holds Gmax or Gmin whatever was written, without error.
    double conductance(std::int64_t cell, int level) const;

    /// The same in units of 2^−F level units, rounded half to even. ConfigError where 31 bits do not hold it.
    std::int32_t fixed_point(std::int64_t cell, int level) const;

private:
    double error(std::int64_t cell, int level) const;

    DeviceParameters device_;
    CellIdentity identity_;
    double floor_;
    double top_;  ///< L − 1
};

}  // namespace remask
