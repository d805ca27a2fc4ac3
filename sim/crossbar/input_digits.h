// Internal: the inputs of one row group as digit planes, side by side for one matrix product.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/crossbar/programmed_layer.h"

namespace remask::detail {

/// A stretch of `count` vectors from `first`, out of inputs stored [K, stride].
struct VectorBlock {
    std::span<const std::int32_t> inputs;
    std::int64_t stride = 0;
    std::int64_t first = 0;
    std::int64_t count = 0;
    /// The block's inputs of row k of the matrix.
    const std::int32_t* row(std::int64_t k) const { return inputs.data() + k * stride + first; }
};

/// Digits [rows, phases × vectors] of the phases in which any input of the group has a digit other than 0.
struct InputDigits {
    std::vector<int> phases;       ///< the active ones, least significant first
    std::int64_t idle_places = 0;  ///< Σ place(i) of the others
    std::int64_t idle_phases = 0;
    std::vector<float> floats;
    std::vector<double> doubles;
    std::vector<double> floor;  ///< [phases, vectors] f·Σ digit; empty where no floor reaches the ADC

    /// Digits of rows [first_row, first_row + rows), as floats or doubles; where DACs of several digits have levels of
    /// their own (drives_levels()), what they give in the array that holds column n.
    void load(const ProgrammedLayer& layer, const VectorBlock& block, std::int64_t first_row, std::int64_t rows,
              bool use_float, std::int64_t n = 0);
};

}  // namespace remask::detail
