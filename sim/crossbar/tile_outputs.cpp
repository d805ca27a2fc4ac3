#include "sim/crossbar/tile_outputs.h"

#include <algorithm>

namespace remask::detail {

std::vector<RowStretch> row_stretches(const CrossbarGeometry& geometry, bool per_row_group) {
    std::vector<RowStretch> stretches;
    std::int64_t groups_before = 0;
    for (std::int64_t t = 0; t < geometry.row_tiles; ++t) {
        const std::int64_t all = geometry.tile_groups(t);
        const std::int64_t step = per_row_group ? 1 : all;
        for (std::int64_t group = 0; group < all; group += step) {
            RowStretch stretch;
            stretch.tile = t;
            stretch.first_row = t * geometry.rows_per_tile + group * geometry.active_rows;
            stretch.rows = std::min<std::int64_t>(step * geometry.active_rows,
                                                  geometry.tile_rows(t) - group * geometry.active_rows);
            stretch.group_in_tile = group;
            stretch.first_group = groups_before + group;
            stretch.groups = step;
            stretch.mask_row = static_cast<std::int64_t>(stretches.size());
            stretches.push_back(stretch);
        }
        groups_before += all;
    }
    return stretches;
}

void TileOutputs::clear_sums() {
    group_sums_.assign(static_cast<std::size_t>(stretch_.groups * count_), 0.0);
}

void TileOutputs::add_groups() {
    input_sums_.assign(static_cast<std::size_t>(count_), 0.0);
    for (std::size_t i = 0; i < group_sums_.size(); ++i) {
        input_sums_[i % static_cast<std::size_t>(count_)] += group_sums_[i];
    }
}

double TileOutputs::terms(std::int64_t n, int first, int last) const {
    std::int64_t weights = 0;
    for (int plane = first; plane < last; ++plane) {
        for (std::int64_t g = 0; g < stretch_.groups; ++g) {
            weights += layer_.code_weight(stretch_.first_group + g, n, plane);
        }
    }
    return static_cast<double>(layer_.phase_places) * static_cast<double>(weights);
}

void TileOutputs::set_slice_terms(std::int64_t n) {
    const int slices = layer_.geometry.slices;
    const int planes = layer_.converted_planes / slices;
    slice_terms_.clear();
    for (int slice = 0; slice < slices; ++slice) slice_terms_.push_back(terms(n, slice * planes, (slice + 1) * planes));
}

void TileOutputs::sum_flipped(std::int64_t n) {
    flipped_.assign(static_cast<std::size_t>(count_), 0.0);
    for (std::int64_t g = 0; g < stretch_.groups; ++g) {
        std::int64_t weight = 0;
        for (int plane = 0; plane < layer_.converted_planes; ++plane) {
            if (layer_.is_flipped(stretch_.first_group + g, n, plane)) weight += layer_.plane_weight(plane);
        }
        if (weight == 0) continue;
        const double* sums = group_sums_.data() + g * count_;
        for (std::int64_t v = 0; v < count_; ++v) {
            flipped_[static_cast<std::size_t>(v)] += static_cast<double>(weight) * sums[v];
        }
    }
}

}  // namespace remask::detail
