#include "sim/device/dac_levels.h"

#include <algorithm>
#include <cmath>

#include "sim/base/diagnostics.h"
#include "sim/base/random.h"
#include "sim/device/nonlinearity.h"

namespace remask {

std::vector<std::int32_t> dac_levels(const DacErrors& errors, const CellIdentity& identity, const DacPlace& place,
                                     int dac_bits) {
    const int top = (1 << dac_bits) - 1;
    if (!errors.levels.empty() && errors.levels.size() != static_cast<std::size_t>(top) + 1) {
        throw InternalError("a DAC needs one level a digit");
    }
    const auto matrix = (static_cast<std::uint64_t>(identity.slot) << 32) | static_cast<std::uint64_t>(identity.group);
    const auto dac = (static_cast<std::uint64_t>(place.row_tile) << 40) |
                     (static_cast<std::uint64_t>(place.column_tile) << 16) | static_cast<std::uint64_t>(place.row);
    RandomStream draws(identity.chip_seed, "DAC error", matrix, dac);
    const double gain = std::max(errors.gain * draws.normal(), -1.0);
    const double bow = errors.inl_bow * draws.normal();
    const double s_shape = errors.inl_s_shape * draws.normal();
    std::vector<std::int32_t> levels{0};
    for (int digit = 1; digit <= top; ++digit) {
        const double nominal = errors.levels.empty() ? digit : errors.levels[static_cast<std::size_t>(digit)];
        const double level =
            (1.0 + gain) * (nominal + smooth_nonlinearity(static_cast<double>(digit) / top, bow, s_shape));
        levels.push_back(static_cast<std::int32_t>(std::rint(std::ldexp(std::max(level, 0.0), errors.fraction_bits))));
    }
    return levels;
}

}  // namespace remask
