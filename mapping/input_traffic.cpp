#include "mapping/input_traffic.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>

namespace remask {

namespace {

/// For each input row, the pixels of one channel that the kernel positions with positions[ky·kw + kx] reach.
std::vector<std::int64_t> touched_pixels(const Layer& layer, const Shape& input, const std::vector<bool>& positions) {
    const auto width = static_cast<std::size_t>(input.width);
    std::vector<bool> touched(static_cast<std::size_t>(input.height) * width);
    for (std::size_t position = 0; position < positions.size(); ++position) {
        if (!positions[position]) continue;
        const int ky = static_cast<int>(position) / layer.kernel_width;
        const int kx = static_cast<int>(position) % layer.kernel_width;
        for (int oy = 0; oy < layer.output.height; ++oy) {
            const int y = oy * layer.stride + ky - layer.padding.top;
            if (y < 0 || y >= input.height) continue;
            for (int ox = 0; ox < layer.output.width; ++ox) {
                const int x = ox * layer.stride + kx - layer.padding.left;
                if (x < 0 || x >= input.width) continue;
                touched[static_cast<std::size_t>(y) * width + static_cast<std::size_t>(x)] = true;
            }
        }
    }
    std::vector<std::int64_t> by_row;
    for (auto row = touched.begin(); row != touched.end(); row += input.width) {
        by_row.push_back(std::count(row, row + input.width, true));
    }
    return by_row;
}

}  // namespace

std::map<std::int64_t, TileShare> shares_of(const MappedSlot& slot) {
    std::map<std::int64_t, TileShare> shares;
    using TilePart = std::tuple<std::int64_t, int, std::int64_t>;  // tile, group, row or column tile
    std::set<TilePart> row_tiles, column_tiles;
    for (const MappedArray& array : slot.arrays) {
        TileShare& share = shares[array.tile];
        if (column_tiles.insert({array.tile, array.group, array.column_tile}).second) {
            share.columns += array.logical_columns;
        }
        if (!row_tiles.insert({array.tile, array.group, array.row_tile}).second) continue;
        std::vector<bool>& rows = share.rows[array.group];
        rows.resize(static_cast<std::size_t>(slot.geometry.rows));
        std::fill_n(rows.begin() + array.row_tile * slot.geometry.rows_per_tile, array.rows, true);
    }
    return shares;
}

std::vector<std::int64_t> touched_by_row(const Network& network, int layer_index, const std::vector<bool>& rows) {
    const Layer& layer = network.layers[static_cast<std::size_t>(layer_index)];
    if (layer.kind == LayerKind::linear) return {std::count(rows.begin(), rows.end(), true)};
    const Shape& input = network.layers[static_cast<std::size_t>(layer.inputs.at(0))].output;
    const auto kernel = static_cast<std::ptrdiff_t>(layer.kernel_height) * layer.kernel_width;
    std::map<std::vector<bool>, std::int64_t> channels;  // most channels are read through the same positions
    for (auto channel = rows.begin(); channel != rows.end(); channel += kernel) {
        ++channels[std::vector<bool>(channel, channel + kernel)];
    }
    std::vector<std::int64_t> elements(static_cast<std::size_t>(input.height));
    for (const auto& [positions, count] : channels) {
        const std::vector<std::int64_t> pixels = touched_pixels(layer, input, positions);
        for (std::size_t y = 0; y < pixels.size(); ++y) elements[y] += count * pixels[y];
    }
    return elements;
}

std::int64_t touched_elements(const Network& network, int layer, const std::vector<bool>& rows) {
    const std::vector<std::int64_t> by_row = touched_by_row(network, layer, rows);
    return std::accumulate(by_row.begin(), by_row.end(), std::int64_t{0});
}

std::int64_t input_bits_fetched(const Network& network, const MappedSlot& slot, const Hardware& hardware) {
    const CrossbarGeometry& geometry = slot.geometry;
    const std::int64_t bits = hardware.crossbar.input_bits;
    if (!hardware.chip.window_reuse) return slot.vectors * geometry.rows * slot.groups * bits;
    std::int64_t elements = 0;
    for (std::int64_t tile = 0; tile < geometry.row_tiles; ++tile) {
        std::vector<bool> rows(static_cast<std::size_t>(geometry.rows));
        std::fill_n(rows.begin() + tile * geometry.rows_per_tile, geometry.tile_rows(tile), true);
        elements += touched_elements(network, slot.layer, rows);
    }
    return elements * slot.groups * bits;
}

std::int64_t routed_bits(const Mapping& mapping, const Network& network, const MappedSlot& slot,
                         const Hardware& hardware, std::int64_t source) {
    const std::int64_t result_bits =
        slot.geometry.row_tiles > 1 ? hardware.chip.partial_sum_bits : hardware.chip.output_bits;
    std::int64_t routed = 0;
    for (const auto& [tile, share] : shares_of(slot)) {
        if (const std::int64_t hops = mapping.hops(source, tile); hops > 0) {
            for (const auto& entry : share.rows) {
                routed += touched_elements(network, slot.layer, entry.second) * hardware.crossbar.input_bits * hops;
            }
        }
        routed += slot.vectors * share.columns * result_bits * mapping.hops(tile, slot.first_tile);
    }
    return routed;
}

}  // namespace remask
