// Random numbers that depend on a seed and a purpose only: never on threads, order or the standard library.
#pragma once

#include <cstdint>
#include <string_view>

namespace remask {

/// A stream of random numbers named by (seed, purpose, a, b), e.g. (seed, "shuffle", epoch, 0).
/// Different names give independent streams. Algorithm: xoshiro256** seeded by SplitMix64.
class RandomStream {
public:
    RandomStream(std::uint64_t seed, std::string_view purpose, std::uint64_t a = 0, std::uint64_t b = 0);

    std::uint64_t bits();
    /// Uniform in [0, 1), 53 bits.
    double uniform();
    /// Uniform integer in [0, bound), unbiased; bound ≥ 1.
    std::uint64_t below(std::uint64_t bound);
    /// Standard normal (Box–Muller, polar form).
    double normal();

private:
    std::uint64_t state_[4];
    double spare_ = 0.0;
    bool has_spare_ = false;
};

}  // namespace remask
