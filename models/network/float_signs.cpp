#include "models/network/float_signs.h"

#include <algorithm>
#include <bit>

#include "models/network/float_loops.h"

namespace remask {

namespace {

constexpr int byte_bits = 8;

}  // namespace

REMASK_VECTORISED
void pack_signs(const float* values, std::int64_t count, std::uint8_t* bits) {
    const std::int64_t whole = count / byte_bits;
    for (std::int64_t byte = 0; byte < whole; ++byte) {
        unsigned packed = 0;
        for (int b = 0; b < byte_bits; ++b) packed |= (values[byte * byte_bits + b] > 0.0f ? 1u : 0u) << b;
        bits[byte] = static_cast<std::uint8_t>(packed);
    }
    if (whole * byte_bits == count) return;
    bits[whole] = 0;
    for (std::int64_t i = whole * byte_bits; i < count; ++i) {
        bits[whole] = static_cast<std::uint8_t>(bits[whole] | (values[i] > 0.0f ? 1u : 0u) << (i % byte_bits));
    }
}

REMASK_VECTORISED
void mask_by_signs(const std::uint8_t* bits, std::int64_t count, float* gradient) {
    const std::int64_t whole = count / byte_bits;
    for (std::int64_t byte = 0; byte < whole; ++byte) {
        const std::uint32_t packed = bits[byte];
        float* group = gradient + byte * byte_bits;
        for (int b = 0; b < byte_bits; ++b) {
            const std::uint32_t kept = 0u - ((packed >> b) & 1u);  // all ones or none
            group[b] = std::bit_cast<float>(std::bit_cast<std::uint32_t>(group[b]) & kept);
        }
    }
    for (std::int64_t i = whole * byte_bits; i < count; ++i) {
        if (((bits[whole] >> (i % byte_bits)) & 1) == 0) gradient[i] = 0.0f;
    }
}

}  // namespace remask
