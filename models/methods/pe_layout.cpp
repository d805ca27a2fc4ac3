#include "models/methods/pe_layout.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace remask {

PeLayout::PeLayout(const ArrayLayer& layer, int pe_arrays)
    : geometry_(layer.geometry), filters_per_group_(layer.filters / layer.groups), pe_arrays_(pe_arrays) {
    const std::int64_t arrays = layer.groups * geometry_.row_tiles * geometry_.column_tiles;
    count_ = (arrays + pe_arrays - 1) / pe_arrays;
}

std::int64_t PeLayout::of(std::int64_t filter, std::int64_t row) const {
    const std::int64_t group = filter / filters_per_group_;
    const std::int64_t row_tile = row / geometry_.rows_per_tile;
    const std::int64_t column_tile = filter % filters_per_group_ / geometry_.logical_columns_per_array;
    return ((group * geometry_.row_tiles + row_tile) * geometry_.column_tiles + column_tile) / pe_arrays_;
}

std::vector<bool> highest(const std::vector<double>& scores, double budget) {
    const auto count = static_cast<std::size_t>(std::floor(budget * static_cast<double>(scores.size())));
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
    std::vector<bool> chosen(scores.size(), false);
    for (std::size_t i = 0; i < count; ++i) chosen[order[i]] = true;
    return chosen;
}

}  // namespace remask
