// The smooth nonlinearity of a converter (docs/devices.md): a bow and an S, both 0 at the ends of the range.
#pragma once

#include <algorithm>

namespace remask {

/// At x, the place in the range: 0 at its lower, 1 at its upper end, and beyond. `bow` is the value at x = 1/2,
/// ±`s_shape` those of the S at x = 1/2 ∓ 1/√12.
inline double smooth_nonlinearity(double x, double bow, double s_shape) {
    constexpr double s_peak = 10.392304845413264;  // 6√3: x(1−x)(1−2x) is at most 1/(6√3)
    x = std::clamp(x, 0.0, 1.0);
    const double arch = x * (1.0 - x);
    return bow * (4.0 * arch) + s_shape * (s_peak * arch * (1.0 - 2.0 * x));
}

}  // namespace remask
