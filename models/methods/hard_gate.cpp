#include "models/methods/hard_gate.h"

#include <cmath>
#include <vector>

#include "sim/base/random.h"

namespace remask::hard_gate {

void soft_gates(const MaskValues& values, bool gumbel, std::uint64_t seed, std::span<double> s) {
    const bool noisy = gumbel && values.noise.has_value();
    RandomStream random(seed, "gumbel", values.noise.value_or(0), static_cast<std::uint64_t>(values.slot));
    for (std::size_t i = 0; i < s.size(); ++i) {
        double x = slope * (static_cast<double>(values.m[i]) - threshold);
        if (noisy) {
            const double u = random.uniform() + 0x1p-54;  // in (0, 1)
            x += std::log(u) - std::log1p(-u);
        }
        s[i] = 1.0 / (1.0 + std::exp(-x / temperature));
    }
}

void through(const MaskValues& values, bool gumbel, std::uint64_t seed, std::span<float> gradient) {
    std::vector<double> s(gradient.size());
    soft_gates(values, gumbel, seed, s);
    for (std::size_t i = 0; i < gradient.size(); ++i) {
        gradient[i] = static_cast<float>(gradient[i] * (slope / temperature) * s[i] * (1.0 - s[i]));
    }
}

}  // namespace remask::hard_gate
