// KSM's hard gate with a soft gradient: b = [s ≥ 1/2], s = σ((β·(m − τ) + noise)/T); forward b, backward ds/dm. XBM
// uses it too.
#pragma once

#include <cstdint>
#include <span>

#include "models/methods/mask_method.h"

namespace remask::hard_gate {

inline constexpr float initial_m = 1e-2f;
inline constexpr double threshold = 5e-3;     ///< τ
inline constexpr double slope = 1200.0;       ///< β
inline constexpr double temperature = 100.0;  ///< T

/// s for every m. With `values.noise` and `gumbel`, a difference of two Gumbel variables (a logistic one) drawn from
/// (seed, step, slot) is added to β·(m − τ); the same for the same step, so that forward and backward agree.
void soft_gates(const MaskValues& values, bool gumbel, std::uint64_t seed, std::span<double> s);

/// b of s.
inline bool is_kept(double s) {
    return s >= 0.5;
}

/// gradient[i] · ds/dm = gradient[i] · β/T · s·(1 − s), in place.
void through(const MaskValues& values, bool gumbel, std::uint64_t seed, std::span<float> gradient);

}  // namespace remask::hard_gate
