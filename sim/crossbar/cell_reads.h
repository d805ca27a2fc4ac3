// What reading a layer's cells takes: how often each row was driven with which digit, and the sums of conductance times
// squared voltage that follow. docs/cost.md, "Cell reads".
#pragma once

#include <cstdint>
#include <vector>

namespace remask {

/// How often each row was driven with each digit, over all phases and vectors; whole numbers, so that the order in
/// which vectors are counted does not matter.
struct DigitCounts {
    std::vector<std::int64_t> counts;  ///< [K][2^d], digit 0 left out: its entry stays 0
    std::int64_t vectors = 0;
    DigitCounts& operator+=(const DigitCounts& other);
};

/// Sums over the cells that were read, each time they were: v is the row's voltage relative to a full digit's, g the
/// cell's conductance above an erased one's, relative to what the highest level lies above it.
struct CellReads {
    double squares = 0.0;        ///< Σ v²
    double level_squares = 0.0;  ///< Σ g·v²
    CellReads& operator+=(const CellReads& other);
};

}  // namespace remask
