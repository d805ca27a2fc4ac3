// What the plain reference tells an onlooker: every conversion, one by one.
#pragma once

#include <cstdint>
#include <functional>

namespace remask {

/// One conversion: where, what the ADC saw (level units) and what it gave.
struct Conversion {
    std::int64_t vector = 0;
    std::int64_t tile = 0;
    std::int64_t group = 0;   ///< within the tile
    std::int64_t column = 0;  ///< logical
    int phase = 0;            ///< least significant first
    int slice = 0;            ///< least significant first
    int side = 0;             ///< 0 positive, difference or offset; 1 negative
    double sum = 0.0;
    std::int64_t code = 0;  ///< the integer sum itself where there is no quantiser
    bool clipped = false;
};

using ConversionObserver = std::function<void(const Conversion&)>;

}  // namespace remask
