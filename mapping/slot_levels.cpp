#include "mapping/slot_levels.h"

#include <algorithm>

#include "mapping/cell_levels.h"
#include "sim/hardware/column_flip.h"

namespace remask {

SlotLevels::SlotLevels(const CrossbarParameters& parameters, const CrossbarGeometry& geometry, SlotWeights weights)
    : parameters_(parameters), geometry_(geometry), weights_(weights) {
    const auto matrix = static_cast<std::size_t>(geometry.rows * geometry.columns);
    for (std::size_t first = 0; first < weights.size(); first += matrix) {
        const std::vector<std::uint32_t> own = column_flips(parameters, geometry, weights.subspan(first, matrix));
        flips_.insert(flips_.end(), own.begin(), own.end());
    }
}

std::uint32_t SlotLevels::flips(std::size_t index) const {
    if (flips_.empty()) return 0;
    const auto rows = static_cast<std::size_t>(geometry_.rows);
    const auto columns = static_cast<std::size_t>(geometry_.columns);
    const std::size_t group = index / (rows * columns);
    const auto k = static_cast<std::int64_t>(index / columns % rows);
    const std::size_t row_group =
        group * static_cast<std::size_t>(geometry_.row_groups) + static_cast<std::size_t>(geometry_.row_group(k));
    return flips_[row_group * columns + index % columns];
}

void SlotLevels::read(std::size_t index, std::span<std::int32_t> levels) const {
    if (weights_.empty()) {
        std::fill(levels.begin(), levels.end(), 0);
        return;
    }
    cell_levels(parameters_, weights_[index], levels);
    const std::uint32_t flipped = flips(index);
    const std::int32_t top = (1 << parameters_.cell_bits) - 1;
    for (std::size_t part = 0; part < levels.size(); ++part) {
        if ((flipped >> part & 1U) != 0) levels[part] = top - levels[part];
    }
}

bool SlotLevels::same(std::size_t index, const SlotLevels& other) const {
    if (weights_.empty() || other.weights_.empty()) return weights_.empty() && other.weights_.empty();
    return weights_[index] == other.weights_[index] && flips(index) == other.flips(index);
}

}  // namespace remask
