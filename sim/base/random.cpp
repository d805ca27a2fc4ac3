#include "sim/base/random.h"

#include <bit>
#include <cmath>

#include "sim/base/diagnostics.h"

namespace remask {

namespace {

/// SplitMix64's output function: a bijection on 64 bits.
std::uint64_t mixed(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/// FNV-1a.
std::uint64_t hash(std::string_view text) {
    std::uint64_t value = 0xcbf29ce484222325u;
    for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return value;
}

/// Natural logarithm of x in (0, 1). The C library's own may differ in the last bit from one processor to the next (it
/// has variants with fused multiply-add); this one uses +, −, ×, / only: ln m = 2 artanh((m − 1)/(m + 1)).
double portable_log(double x) {
    constexpr double ln2 = 0.693147180559945309417232121458;
    constexpr double sqrt_half = 0.707106781186547524400844362105;
    int exponent = 0;
    double m = std::frexp(x, &exponent);
    if (m < sqrt_half) {
        m *= 2.0;
        --exponent;
    }
    const double t = (m - 1.0) / (m + 1.0);
    const double square = t * t;  // at most 0.0295, so that thirteen terms reach the last bit
    double sum = 0.0;
    for (int k = 25; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
    return 2.0 * t * sum + exponent * ln2;
}

}  // namespace

RandomStream::RandomStream(std::uint64_t seed, std::string_view purpose, std::uint64_t a, std::uint64_t b) {
    std::uint64_t key = mixed(seed);
    for (const std::uint64_t part : {hash(purpose), a, b}) key = mixed(key ^ part);
    for (std::uint64_t& word : state_) {
        word = mixed(key);
        key += 0x9e3779b97f4a7c15u;
    }
}

std::uint64_t RandomStream::bits() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
}

double RandomStream::uniform() {
    return static_cast<double>(bits() >> 11) * 0x1.0p-53;
}

std::uint64_t RandomStream::below(std::uint64_t bound) {
    if (bound == 0) throw InternalError("a random number below 0");
    // The lowest 2^64 mod bound values are refused, so that every remainder is equally likely.
    const std::uint64_t refused = (0 - bound) % bound;
    std::uint64_t value = bits();
    while (value < refused) value = bits();
    return value % bound;
}

double RandomStream::normal() {
    if (has_spare_) {
        has_spare_ = false;
        return spare_;
    }
    for (;;) {
        const double u = 2.0 * uniform() - 1.0;
        const double v = 2.0 * uniform() - 1.0;
        const double s = u * u + v * v;
        if (s >= 1.0 || s == 0.0) continue;
        const double scale = std::sqrt(-2.0 * portable_log(s) / s);
        spare_ = v * scale;
        has_spare_ = true;
        return u * scale;
    }
}

}  // namespace remask
