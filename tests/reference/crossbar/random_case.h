// Random crossbar configurations with weights, inputs and masks that stress the edges, from a seed alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/crossbar/crossbar_engine.h"

namespace remask::test {

struct RandomCase {
    CrossbarParameters parameters;
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::int64_t vectors = 0;
    int kernel_size = 1;
    bool mask_per_row_group = false;
    std::vector<std::int32_t> weights;  ///< [K,N]
    std::vector<std::int32_t> inputs;   ///< [K,M], vector-fastest
    std::vector<double> mask;           ///< empty: none
    std::string text() const;           ///< for failure messages
};

RandomCase random_case(std::uint64_t seed);

}  // namespace remask::test
