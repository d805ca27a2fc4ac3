#include "sim/crossbar/lookup_inputs.h"

#include <algorithm>

namespace remask::detail {

namespace {

std::int64_t group_rows(const ProgrammedLayer& layer, const ProgrammedTile& tile, std::int64_t group) {
    const std::int64_t active = layer.geometry.active_rows;
    return std::min(active, tile.rows - group * active);
}

}  // namespace

void LookupInputs::load(const ProgrammedLayer& layer, const ProgrammedTile& tile, const IntegerRows& inputs) {
    const LookupPlan& plan = *layer.lookup;
    first_row_ = tile.first_row;
    count_ = inputs.vectors();
    const int width = plan.kernel->vectors_per_block;
    blocks_ = (count_ + width - 1) / width;
    padded_ = blocks_ * width;
    lane_offsets_.clear();
    if (!tile.converted_columns.empty()) {
        const int bytes = plan.bytes.back() + 1;
        load_bytes(tile, inputs, bytes);
        make_indices(layer, tile, bytes);
    }
    if (tile.linear_columns.empty() && !layer.needs_input_sums() && layer.floor_level == 0.0) return;
    const auto count = static_cast<std::size_t>(count_);
    integers_.resize(static_cast<std::size_t>(tile.rows) * count);
    for (std::int64_t k = 0; k < tile.rows; ++k) {
        inputs.read(tile.first_row + k, {integers_.data() + static_cast<std::size_t>(k) * count, count});
    }
    if (layer.floor_level == 0.0) return;
    const std::int64_t groups = layer.geometry.tile_groups(tile.first_row / layer.geometry.rows_per_tile);
    lanes_per_group_ = padded_ * plan.quads * phases_per_quad;
    lane_offsets_.assign(static_cast<std::size_t>(groups * lanes_per_group_), 0.0F);
    for (std::int64_t g = 0; g < groups; ++g) {
        offset_lanes(layer, tile.first_row + g * layer.geometry.active_rows, group_rows(layer, tile, g),
                     lane_offsets_.data() + g * lanes_per_group_);
    }
}

/// As bytes, low bytes first, padded with zeros to whole blocks.
void LookupInputs::load_bytes(const ProgrammedTile& tile, const IntegerRows& inputs, int bytes) {
    const auto count = static_cast<std::size_t>(count_);
    rows_.clear();
    std::uint8_t* out = bytes_.at_least(static_cast<std::size_t>(bytes * tile.rows * padded_));
    for (int byte = 0; byte < bytes; ++byte) {
        for (std::int64_t k = tile.first_row; k < tile.first_row + tile.rows; ++k, out += padded_) {
            inputs.read_bytes(k, byte, {out, count});
            std::fill(out + count, out + padded_, std::uint8_t{0});
            rows_.push_back(out);
        }
    }
}

void LookupInputs::make_indices(const ProgrammedLayer& layer, const ProgrammedTile& tile, int bytes) {
    const LookupPlan& plan = *layer.lookup;
    const int dac_bits = layer.parameters.dac_bits;
    const std::int64_t active = layer.geometry.active_rows;
    const auto size_of = [&](std::int64_t rows) {
        return blocks_ * plan.quads * plan.lookups(rows, dac_bits) * plan.kernel->lanes;
    };
    std::int64_t size = 0;
    for (std::int64_t g = 0; g * active < tile.rows; ++g) size += size_of(group_rows(layer, tile, g));
    std::uint8_t* out = indices_.at_least(static_cast<std::size_t>(size));
    first_index_.clear();
    for (std::int64_t g = 0; g * active < tile.rows; ++g) {
        const std::int64_t rows = group_rows(layer, tile, g);
        std::vector<const std::uint8_t*> list;
        for (int byte = 0; byte < bytes; ++byte) {
            const auto first = rows_.begin() + byte * tile.rows + g * active;
            list.insert(list.end(), first, first + rows);
        }
        plan.kernel->make_indices(
            {list.data(), rows, dac_bits, plan.quads, plan.bits.data(), plan.bytes.data(), blocks_, out});
        first_index_.push_back(out);
        out += size_of(rows);
    }
}

/// What the cells' floor adds to the ADC's offset.
void LookupInputs::offset_lanes(const ProgrammedLayer& layer, std::int64_t first_row, std::int64_t rows,
                                float* offsets) {
    const LookupPlan& plan = *layer.lookup;
    const int width = plan.kernel->vectors_per_block;
    const int dac_bits = layer.parameters.dac_bits;
    digit_sums_.resize(static_cast<std::size_t>(count_));
    for (int phase = 0; phase < layer.geometry.phases; ++phase) {
        std::fill(digit_sums_.begin(), digit_sums_.end(), 0);
        for (std::int64_t k = first_row; k < first_row + rows; ++k) {
            const std::int32_t* x = row(k);
            for (std::int64_t v = 0; v < count_; ++v) {
                digit_sums_[static_cast<std::size_t>(v)] += (x[v] >> (dac_bits * phase)) & ((1 << dac_bits) - 1);
            }
        }
        const std::int64_t quad = phase / phases_per_quad, lane = phase % phases_per_quad;
        for (std::int64_t v = 0; v < count_; ++v) {
            const double floor = static_cast<double>(digit_sums_[static_cast<std::size_t>(v)]) * layer.floor_level;
            const std::int64_t at = (((v / width) * plan.quads + quad) * phases_per_quad + lane) * width + v % width;
            offsets[at] = layer.float_adc_of(0)->offset_with(floor);
        }
    }
}

}  // namespace remask::detail
