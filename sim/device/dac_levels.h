// What the DAC of one row really gives (docs/devices.md).
#pragma once

#include <cstdint>
#include <vector>

#include "sim/device/programmed_cells.h"
#include "sim/hardware/converter_errors.h"

namespace remask {

/// Which DAC of a layer's arrays.
struct DacPlace {
    std::int64_t row_tile = 0;
    std::int64_t column_tile = 0;
    std::int64_t row = 0;  ///< within its array
};

/// Level of each digit 0 … 2^dac_bits − 1 in units of 2^−F' digit steps, rounded half to even, ≥ 0; digit 0 gives 0.
/// `errors.levels` must be empty or have an entry a digit.
std::vector<std::int32_t> dac_levels(const DacErrors& errors, const CellIdentity& identity, const DacPlace& place,
                                     int dac_bits);

}  // namespace remask
