// The cells of one row of an array, with what lies there. Inside the folder only.
#pragma once

#include <cstdint>
#include <vector>

#include "mapping/cell_levels.h"
#include "mapping/mapping.h"
#include "mapping/slot_levels.h"

namespace remask {

struct ArrayCell {
    std::size_t index = 0;    ///< row·columns + physical column, within the array
    std::size_t weight = 0;   ///< index in [groups][K,N]
    std::int64_t k = 0;       ///< row of the group's matrix
    std::int64_t column = 0;  ///< logical column n
    std::size_t part = 0;     ///< side·slices + slice
    std::int32_t level = 0;
};

inline std::int64_t cells_of_array(const CrossbarParameters& crossbar) {
    return std::int64_t{crossbar.rows} * crossbar.columns;
}

/// Calls `use` for each cell in use, weight after weight. Physical column: (i·S + slice)·sides + side.
template <class Use>
void for_each_cell(const CrossbarParameters& crossbar, const MappedSlot& slot, const MappedArray& array,
                   std::int64_t row, const SlotLevels& slot_levels, Use&& use) {
    const CrossbarGeometry& geometry = slot.geometry;
    std::vector<std::int32_t> levels(static_cast<std::size_t>(cells_per_weight(crossbar)));
    ArrayCell cell;
    cell.k = array.row_tile * geometry.rows_per_tile + row;
    for (std::int64_t i = 0; i < array.logical_columns; ++i) {
        cell.column = array.first_column + i;
        cell.weight = static_cast<std::size_t>((array.group * geometry.rows + cell.k) * geometry.columns + cell.column);
        slot_levels.read(cell.weight, levels);
        for (std::size_t part = 0; part < levels.size(); ++part) {
            const auto slices = static_cast<std::size_t>(geometry.slices);
            const std::int64_t side = static_cast<std::int64_t>(part / slices);
            const std::int64_t slice = static_cast<std::int64_t>(part % slices);
            cell.part = part;
            cell.level = levels[part];
            cell.index = static_cast<std::size_t>(row * crossbar.columns +
                                                  (i * geometry.slices + slice) * geometry.sides + side);
            use(cell);
        }
    }
}

}  // namespace remask
