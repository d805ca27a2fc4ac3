// Arrays that the tests share.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/random.h"

namespace remask {

/// `count` conductances up to 1/(6 kΩ), some of them 0.
inline std::vector<double> random_siemens(RandomStream& random, std::int64_t count, double empty_share = 0.3) {
    std::vector<double> siemens(static_cast<std::size_t>(count));
    for (double& g : siemens) {
        const bool empty = random.uniform() < empty_share;
        g = random.uniform() / 6000.0;
        if (empty) g = 0.0;
    }
    return siemens;
}

inline std::vector<double> random_volts(RandomStream& random, std::int64_t count) {
    std::vector<double> volts(static_cast<std::size_t>(count));
    for (double& v : volts) v = random.uniform();
    return volts;
}

}  // namespace remask
