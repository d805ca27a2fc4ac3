// Internal: the inputs of a row tile as the lookup kernels want them.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/integer_rows.h"
#include "sim/crossbar/aligned_bytes.h"
#include "sim/crossbar/programmed_layer.h"

namespace remask::detail {

/// One tile at a time; the buffers are kept from tile to tile.
class LookupInputs {
public:
    /// Of a layer with a lookup plan.
    void load(const ProgrammedLayer& layer, const ProgrammedTile& tile, const IntegerRows& inputs);

    /// IndexJob::indices of a row group of the tile. None where every column is linear.
    const std::uint8_t* indices(std::int64_t group) const { return first_index_[static_cast<std::size_t>(group)]; }
    /// WideColumnJob::lane_offsets of a row group; null where the ADC sees no floor of the cells.
    const float* lane_offsets(std::int64_t group) const {
        return lane_offsets_.empty() ? nullptr : lane_offsets_.data() + group * lanes_per_group_;
    }
    /// The inputs of row k of the matrix; only where columns are linear or sums of inputs are needed.
    const std::int32_t* row(std::int64_t k) const { return integers_.data() + (k - first_row_) * count_; }

private:
    void load_bytes(const ProgrammedTile& tile, const IntegerRows& inputs, int bytes);
    void make_indices(const ProgrammedLayer& layer, const ProgrammedTile& tile, int bytes);
    void offset_lanes(const ProgrammedLayer& layer, std::int64_t first_row, std::int64_t rows, float* offsets);

    std::int64_t first_row_ = 0, count_ = 0;
    std::int64_t blocks_ = 0, padded_ = 0;  ///< of vectors
    AlignedBytes bytes_, indices_;
    std::vector<const std::uint8_t*> rows_;  ///< [byte of the input][row]
    std::vector<const std::uint8_t*> first_index_;
    std::vector<std::int32_t> integers_;
    std::vector<std::int32_t> digit_sums_;
    std::vector<float> lane_offsets_;  ///< [groups][blocks][quads][4][vectors of a block]
    std::int64_t lanes_per_group_ = 0;
};

}  // namespace remask::detail
