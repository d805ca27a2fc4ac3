// Random networks with branches, and random chips, small enough to be looked through.
#pragma once

#include <cstdint>

#include "mapping/mapping.h"
#include "models/network/network.h"
#include "sim/hardware/hardware.h"

namespace remask::test {

struct ScheduleCase {
    Network network;
    Hardware hardware;  ///< nothing limited
    Mapping mapping;
};

/// Convolutions of random kernels, strides and groups, pooling and residual blocks; several replicas; a chip of a few
/// tiles.
ScheduleCase random_case(std::uint64_t seed);

/// `hardware` with random bandwidths, in the order of what the case needs, and where `buffers` a small buffer.
Hardware limited(const ScheduleCase& of, std::uint64_t seed, bool buffers);

/// `hardware` with digital units of random rates, in the order of what arrays give.
Hardware with_rates(Hardware hardware, std::uint64_t seed);

}  // namespace remask::test
