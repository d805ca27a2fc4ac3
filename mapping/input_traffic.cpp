#include "mapping/input_traffic.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

namespace remask {

namespace {

/// A replica, and which of a channel's kernel positions it reads, by position ky·kw + kx.
using Reader = std::pair<int, std::vector<bool>>;

/// Marks what one kernel position reads for one replica's windows, which are dealt out in turn.
void touch(std::vector<bool>& touched, const Layer& layer, const Shape& input, int position, int replica,
           int replicas) {
    const int ky = position / layer.kernel_width, kx = position % layer.kernel_width;
    const int step_rows = replicas / layer.output.width, step_columns = replicas % layer.output.width;
    int row = replica / layer.output.width, column = replica % layer.output.width;
    while (row < layer.output.height) {
        const int y = row * layer.stride + ky - layer.padding.top, x = column * layer.stride + kx - layer.padding.left;
        if (y >= 0 && y < input.height && x >= 0 && x < input.width) {
            touched[static_cast<std::size_t>(y) * static_cast<std::size_t>(input.width) + static_cast<std::size_t>(x)] =
                true;
        }
        row += step_rows;
        column += step_columns;
        if (column >= layer.output.width) {
            column -= layer.output.width;
            ++row;
        }
    }
}

/// For each input row, the pixels of one channel that any of the readers reaches.
std::vector<std::int64_t> touched_pixels(const Layer& layer, const Shape& input, const std::vector<Reader>& readers,
                                         int replicas) {
    std::vector<bool> touched(static_cast<std::size_t>(input.height) * static_cast<std::size_t>(input.width));
    for (const auto& [replica, positions] : readers) {
        for (std::size_t position = 0; position < positions.size(); ++position) {
            if (!positions[position]) continue;
            touch(touched, layer, input, static_cast<int>(position), replica, replicas);
        }
    }
    std::vector<std::int64_t> by_row;
    for (auto row = touched.begin(); row != touched.end(); row += input.width) {
        by_row.push_back(std::count(row, row + input.width, true));
    }
    return by_row;
}

/// Of one group's K rows, which each replica has.
using RowsByReplica = std::map<int, const std::vector<bool>*>;

std::vector<std::int64_t> convolution_inputs(const Network& network, const Layer& layer, const RowsByReplica& rows,
                                             int replicas) {
    const Shape& input = network.layers[static_cast<std::size_t>(layer.inputs.at(0))].output;
    const auto kernel = static_cast<std::ptrdiff_t>(layer.kernel_height) * layer.kernel_width;
    const auto all = static_cast<std::ptrdiff_t>(rows.begin()->second->size());
    std::map<std::vector<Reader>, std::int64_t> channels;  // most channels are read through the same positions
    for (std::ptrdiff_t channel = 0; channel < all; channel += kernel) {
        std::vector<Reader> readers;
        for (const auto& [replica, of] : rows) {
            std::vector<bool> positions(of->begin() + channel, of->begin() + channel + kernel);
            if (std::find(positions.begin(), positions.end(), true) == positions.end()) continue;
            readers.emplace_back(replica, std::move(positions));
        }
        ++channels[std::move(readers)];
    }
    std::vector<std::int64_t> elements(static_cast<std::size_t>(input.height));
    for (const auto& [readers, count] : channels) {
        const std::vector<std::int64_t> pixels = touched_pixels(layer, input, readers, replicas);
        for (std::size_t y = 0; y < pixels.size(); ++y) elements[y] += count * pixels[y];
    }
    return elements;
}

std::vector<std::int64_t> inputs_by_row(const Network& network, int index, const RowsByReplica& rows, int replicas) {
    const Layer& layer = network.layers[static_cast<std::size_t>(index)];
    if (layer.kind != LayerKind::linear) return convolution_inputs(network, layer, rows, replicas);
    // The one product is the first replica's.
    const auto first = rows.find(0);
    return {first == rows.end() ? 0 : std::count(first->second->begin(), first->second->end(), true)};
}

}  // namespace

std::map<std::int64_t, TileShare> shares_of(const Mapping& mapping, const MappedSlot& slot) {
    std::map<std::int64_t, TileShare> shares;
    for (int replica = 0; replica < slot.replicas; ++replica) {
        using TilePart = std::tuple<std::int64_t, int, std::int64_t>;  // tile, group, row or column tile
        std::set<TilePart> row_tiles, column_tiles;
        for (std::size_t i = 0; i < slot.arrays.size(); ++i) {
            const MappedArray& array = slot.arrays[i];
            const std::int64_t tile = mapping.place_of(slot, replica, i).tile;
            ReplicaShare& share = shares[tile][replica];
            if (column_tiles.insert({tile, array.group, array.column_tile}).second) {
                share.columns += array.logical_columns;
            }
            if (!row_tiles.insert({tile, array.group, array.row_tile}).second) continue;
            std::vector<bool>& rows = share.rows[array.group];
            rows.resize(static_cast<std::size_t>(slot.geometry.rows));
            std::fill_n(rows.begin() + array.row_tile * slot.geometry.rows_per_tile, array.rows, true);
        }
    }
    return shares;
}

std::int64_t products_of(std::int64_t first, std::int64_t count, std::int64_t replica, std::int64_t replicas) {
    const std::int64_t offset = ((replica - first) % replicas + replicas) % replicas;
    return offset < count ? (count - 1 - offset) / replicas + 1 : 0;
}

std::int64_t results_of(const TileShare& share, int replicas, std::int64_t first, std::int64_t count) {
    std::int64_t results = 0;
    for (const auto& [replica, part] : share) results += products_of(first, count, replica, replicas) * part.columns;
    return results;
}

std::vector<std::int64_t> needed_by_row(const Network& network, const MappedSlot& slot, const TileShare& share) {
    std::map<int, RowsByReplica> groups;
    for (const auto& [replica, part] : share) {
        for (const auto& [group, rows] : part.rows) groups[group][replica] = &rows;
    }
    std::vector<std::int64_t> elements;
    for (const auto& entry : groups) {
        const std::vector<std::int64_t> of_group = inputs_by_row(network, slot.layer, entry.second, slot.replicas);
        elements.resize(of_group.size());
        for (std::size_t row = 0; row < of_group.size(); ++row) elements[row] += of_group[row];
    }
    return elements;
}

std::vector<std::int64_t> touched_by_row(const Network& network, int layer, const std::vector<bool>& rows) {
    return inputs_by_row(network, layer, {{0, &rows}}, 1);
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
    for (const auto& [tile, share] : shares_of(mapping, slot)) {
        if (const std::int64_t hops = mapping.hops(source, tile); hops > 0) {
            const std::vector<std::int64_t> needed = needed_by_row(network, slot, share);
            routed +=
                std::accumulate(needed.begin(), needed.end(), std::int64_t{0}) * hardware.crossbar.input_bits * hops;
        }
        routed += results_of(share, slot.replicas, 0, slot.vectors) * result_bits * mapping.hops(tile, slot.first_tile);
    }
    return routed;
}

}  // namespace remask
