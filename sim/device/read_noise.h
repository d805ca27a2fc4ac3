// What makes one read of a cell differ from the next (docs/devices.md): read noise and random telegraph noise.
#pragma once

#include <cstdint>

#include "sim/base/random.h"
#include "sim/device/programmed_cells.h"
#include "sim/hardware/device_parameters.h"

namespace remask {

/// Does random telegraph noise trouble this cell? A trap belongs to the cell, whatever is written.
bool has_trap(const TelegraphNoise& noise, const CellIdentity& identity, std::int64_t cell);

/// The column of cells that one conversion reads, for one input vector: which draws are its own.
struct ReadPlace {
    std::int64_t vector = 0;     ///< number of the input vector within the run, below 2^40
    std::int64_t row_group = 0;  ///< over all row tiles
    std::int64_t column = 0;     ///< logical
    int plane = 0;               ///< slice and side
};

/// The draws of one such column, phase after phase from the least significant. In each phase first the Gaussian noise
/// of the whole column, then the traps of cells whose input digit is not 0, by rows, at each row the positive side
/// first.
class ReadDraws {
public:
    ReadDraws(const CellIdentity& identity, const ReadPlace& place);

    /// The sum of the independent Gaussian noises of all cells that are read: one normal number of this variance, which
    /// is exactly its distribution. Rounded half to even. Draws nothing where the variance is 0.
    std::int64_t gaussian(double variance);

    /// Is a trap of captured share `share` captured during this read?
    bool captured(double share) { return draws_.uniform() < share; }

private:
    RandomStream draws_;
};

}  // namespace remask
