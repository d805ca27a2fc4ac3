// Convolutions of weights that are scaled by a factor a crossbar column, for learning the factors.
//
// A filter's weights, in the order [in][kernel y][kernel x], are cut into columns of `rows` consecutive ones:
//   sum[t][p][n] = Σ_{k in column t} weights[n][k] · x[p, k],    output[p][n] = Σ_t factor[n][t] · sum[t][p][n]
// so that dL/d(factor)[n][t] = Σ_p dL/d(output)[p][n] · sum[t][p][n]: no gradient of a weight is needed.
//
// Values are float32, channels last ([image][y][x][channel]). One thread a call; safe to call from many at once. Sums'
// last bits depend on the processor's instruction set, never on the number of threads.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sim/linalg/convolution.h"

namespace remask {

namespace detail {
struct ColumnKernel;
}

class ColumnConvolution {
public:
    /// `size.groups` must be 1 and `rows` positive (InternalError). `kernel`: a name of column_kernels() that runs
    /// here; empty: the fastest that does.
    ColumnConvolution(const ConvolutionSize& size, std::int64_t rows, std::string_view kernel = {});

    /// Columns a filter.
    std::int64_t columns() const { return static_cast<std::int64_t>(column_ends_.size()); }

    /// `weights` [out][in][kernel y][kernel x], to the kernel's order.
    std::vector<float> pack_weights(std::span<const float> weights) const;
    /// `factors` [out][column], to the kernel's order.
    std::vector<float> pack_factors(std::span<const float> factors) const;

    /// Floats that forward() needs for sums.
    std::int64_t sums_size(int images) const;
    /// The most that an image of `positions` × `outputs` values takes of them, whatever the kernel: outputs and
    /// positions are filled up.
    static std::int64_t most_sums(std::int64_t positions, std::int64_t outputs, std::int64_t columns);

    /// Overwrites `sums` (for factor_gradient() only) and `output`; `bias` [out] or null.
    void forward(std::span<const float> packed_weights, std::span<const float> packed_factors, const float* bias,
                 int images, const float* input, float* sums, float* output) const;

    /// result [out][column], overwritten: the sum over the images.
    void factor_gradient(int images, const float* sums, const float* output_gradient, float* result) const;

private:
    void pad(const float* image, float* padded) const;

    ConvolutionSize size_;
    const detail::ColumnKernel* kernel_;
    int padded_height_, padded_width_;
    std::int64_t panels_;                        ///< of panel_outputs outputs each, the last one filled up with zeros
    std::int64_t sum_positions_;                 ///< an image's, filled up to whole blocks of the kernel's
    std::vector<std::int64_t> row_offsets_;      ///< by weight: from an output's first input to this weight's
    std::vector<std::int64_t> position_starts_;  ///< by position, filled up likewise: its first input when padded
    std::vector<std::int64_t> column_ends_;      ///< by column: one past its last weight
    bool blocks_pair_;  ///< blocks of positions go in pairs: see detail::ColumnTile::second_block
};

/// The names of the inner loops that run on this processor, slowest first.
std::vector<std::string_view> column_kernels();

}  // namespace remask
