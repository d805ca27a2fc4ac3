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

}  // namespace remask::detail
