// Which values are above 0, a bit each: what a ReLU's gradient needs of its output.
#pragma once

#include <cstdint>

namespace remask {

/// Bit i % 8 of byte i / 8 is [values[i] > 0]; ⌈count/8⌉ bytes are written.
void pack_signs(const float* values, std::int64_t count, std::uint8_t* bits);

/// gradient[i] = 0 where the bit is 0.
void mask_by_signs(const std::uint8_t* bits, std::int64_t count, float* gradient);

}  // namespace remask
