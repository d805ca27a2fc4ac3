// ADC ranges from data (docs/crossbar.md, step 5, `calibrated`): sums are counted, then a range is chosen.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/hardware/crossbar_parameters.h"

namespace remask {

/// An ADC's range in level units, as resolved for a layer or a slice.
struct AdcWindow {
    double lo = 0.0;
    double hi = 0.0;
};

/// How often the ADCs of a layer saw which magnitude. Whole numbers: any order of adding gives the same.
struct SumCounts {
    double bin =
        1.0;  ///< width in level units: 1 for whole sums, else 1/8, doubled while there were more than 2^16 bins
    /// [slice][phase][i]: conversions with |sum| in (i − 1, i]·bin; as long as the largest.
    std::vector<std::vector<std::vector<std::int64_t>>> counts;

    /// Adds counts of a layer with the same parameters; this may be empty.
    SumCounts& operator+=(const SumCounts& other);
};

/// The ranges that the parameters ask for: one for the layer, or [S] with adc_calibration_scope: slice. [0, h], with
/// analog subtraction [−h, h], h a whole number of level units and at least 1:
/// - percentile: the least h that at least adc_percentile % of the magnitudes do not exceed, zeros included;
/// - mse: the h for which Σ (place·2^(b·s))²·(p̂ − p)² over the counted conversions is least, the smallest of equals.
///   Tried are every h up to the largest magnitude (in steps of a power of two where that exceeds 1024), and the range
///   of one level unit a step, which loses nothing where it clips nothing.
std::vector<AdcWindow> choose_windows(const CrossbarParameters& parameters, int active_rows, const SumCounts& sums);

}  // namespace remask
