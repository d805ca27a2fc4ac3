// Internal: what one read of a layer's cells adds to a conversion's integer sum, in units of 2^−F level units.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/device/read_noise.h"

namespace remask::detail {

struct ProgrammedLayer;

struct LayerNoise {
    CellIdentity identity;
    double constant = 0.0;      ///< standard deviation of each cell, units; 0: the model is another
    double proportional = 0.0;  ///< the same as a share of the cell's conductance (times 2^F' with levels of DACs)
    /// Variances of proportional noise use conductances without their lowest bits, so that Σ x²·g² is an exact sum.
    int square_shift = 0;
    double captured = 0.0;  ///< share of the time that a trap is captured
    /// [side][slice][K][N] what a captured trap takes from the cell's conductance, units; empty without telegraph
    /// noise.
    std::vector<std::int32_t> trap_steps;

    /// Variance in units² from the sums over the cells that are read: Σ x² and Σ x²·(g >> square_shift)².
    double variance(double squares, double weighted_squares) const {
        const double share = static_cast<double>(std::int64_t{1} << square_shift) * proportional;
        return constant * constant * squares + share * share * weighted_squares;
    }
};

/// Sets layer.noise where the device's reads are noisy. Conductances must be final.
void set_noise(ProgrammedLayer& layer, const DeviceParameters& device, const CellIdentity& identity);

}  // namespace remask::detail
