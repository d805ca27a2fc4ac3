#include <gtest/gtest.h>

#include <map>
#include <set>
#include <tuple>

#include "mapping/inference_cost.h"
#include "mapping/input_traffic.h"
#include "tests/unit/mapping/examples.h"

namespace remask {
namespace {

using examples::one_convolution;
using examples::one_matrix;
using examples::small_chip;

// Rows 0..15: channel 0 whole, channel 1 with its centre: 16 + 16 pixels. Rows 16..26: of channel 1 only the kernel's
// last row, middle and right, which never reaches the image's first row: 12 pixels; channel 2 whole: 16. Four bits
// each.
TEST(InputTraffic, WindowReuseFetchesEachInputOncePerRowTile) {
    Hardware hardware = small_chip();
    hardware.chip.window_reuse = true;
    const Network network = one_convolution({3, 4, 4}, {});
    const ActionCounts counts = inference_counts(map_network(network, hardware), network, hardware)[1];
    EXPECT_EQ(counts[Action::buffer_read], 4 * (16 + 16 + 12 + 16));
}

/// The set of (channel, y, x) that some window reads through some row of [first, last).
std::int64_t touched_by_walking(const Layer& layer, const Shape& input, std::int64_t first, std::int64_t last) {
    std::set<std::tuple<std::int64_t, int, int>> pixels;
    const int kernel = layer.kernel_height * layer.kernel_width;
    for (int oy = 0; oy < layer.output.height; ++oy) {
        for (int ox = 0; ox < layer.output.width; ++ox) {
            for (std::int64_t k = first; k < last; ++k) {
                const int position = static_cast<int>(k % kernel);
                const int y = oy * layer.stride - layer.padding.top + position / layer.kernel_width;
                const int x = ox * layer.stride - layer.padding.left + position % layer.kernel_width;
                if (y >= 0 && x >= 0 && y < input.height && x < input.width) pixels.insert({k / kernel, y, x});
            }
        }
    }
    return static_cast<std::int64_t>(pixels.size());
}

TEST(InputTraffic, TouchedElementsMatchAWalkOverTheWindows) {
    for (const int kernel : {1, 2, 3, 5}) {
        for (const int stride : {1, 2, 3}) {
            const Network network = one_convolution({3, 7, 6}, {.out = 2, .kernel = kernel, .stride = stride});
            const std::int64_t rows = 3 * kernel * kernel;
            for (std::int64_t first = 0; first < rows; first += 4) {
                for (std::int64_t last = first + 1; last <= rows; last += 5) {
                    std::vector<bool> used(static_cast<std::size_t>(rows));
                    std::fill(used.begin() + first, used.begin() + last, true);
                    EXPECT_EQ(touched_elements(network, 1, used),
                              touched_by_walking(network.layers[1], network.input, first, last))
                        << "kernel " << kernel << " stride " << stride << " rows " << first << ".." << last;
                }
            }
        }
    }
}

// 128 rows = 8 row tiles of one array each, 2 arrays a PE, 2 PEs a tile: tiles 0 and 1, on a mesh of 8 × 8 one hop
// apart. Tile 1 needs its 64 inputs of 4 bits over one hop, and returns 4 partial sums of 12 bits.
TEST(InputTraffic, InputsTravelToTheirTileAndPartialSumsHome) {
    const Hardware hardware = small_chip();
    const Network network = one_matrix(128, 4);
    const Mapping mapping = map_network(network, hardware);
    ASSERT_EQ(mapping.tiles, 2);
    const ActionCounts counts = inference_counts(mapping, network, hardware)[2];
    EXPECT_EQ(counts[Action::router], 64 * 4 + 4 * 12);
}

// 16 rows, 32 columns = 8 arrays, one row tile: tile 1 needs all 16 inputs and returns 16 results of 8 bits, no partial
// sums.
TEST(InputTraffic, ResultsOfOneRowTileTravelAsOutputs) {
    const Hardware hardware = small_chip();
    const Network network = one_matrix(16, 32);
    const Mapping mapping = map_network(network, hardware);
    ASSERT_EQ(mapping.tiles, 2);
    EXPECT_EQ(inference_counts(mapping, network, hardware)[2][Action::router], 16 * 4 + 16 * 8);
}

/// Bits × hops of a convolution, window by window: window w is replica w mod R's.
std::int64_t routed_by_walking(const Mapping& mapping, const Network& network, const Hardware& hardware) {
    const MappedSlot& slot = mapping.slots[0];
    const Layer& layer = network.layers[1];
    const int kernel = layer.kernel_height * layer.kernel_width;
    std::map<std::int64_t, std::set<std::tuple<std::int64_t, int, int>>> inputs;  // by tile
    std::int64_t result_hops = 0;
    for (int window = 0; window < layer.output.height * layer.output.width; ++window) {
        const int oy = window / layer.output.width, ox = window % layer.output.width;
        std::set<std::pair<std::int64_t, std::int64_t>> results;  // tile, column
        for (std::size_t i = 0; i < slot.arrays.size(); ++i) {
            const MappedArray& array = slot.arrays[i];
            const std::int64_t tile = mapping.place_of(slot, window % slot.replicas, i).tile;
            for (std::int64_t n = 0; n < array.logical_columns; ++n) results.insert({tile, array.first_column + n});
            for (std::int64_t row = 0; row < array.rows; ++row) {
                const std::int64_t k = array.row_tile * slot.geometry.rows_per_tile + row;
                const int y = oy * layer.stride - layer.padding.top + static_cast<int>(k % kernel) / layer.kernel_width;
                const int x =
                    ox * layer.stride - layer.padding.left + static_cast<int>(k % kernel) % layer.kernel_width;
                if (y >= 0 && x >= 0 && y < network.input.height && x < network.input.width)
                    inputs[tile].insert({k / kernel, y, x});
            }
        }
        for (const auto& [tile, column] : results) result_hops += mapping.hops(tile, slot.first_tile);
    }
    std::int64_t bits =
        result_hops * (slot.geometry.row_tiles > 1 ? hardware.chip.partial_sum_bits : hardware.chip.output_bits);
    for (const auto& [tile, elements] : inputs) {
        bits += static_cast<std::int64_t>(elements.size()) * hardware.crossbar.input_bits * mapping.hops(0, tile);
    }
    return bits;
}

TEST(InputTraffic, ReplicasGetTheirWindowsInputs) {
    Hardware hardware = small_chip();
    hardware.chip.pes_per_tile = 1;
    hardware.chip.arrays_per_pe = 3;  // tiles of 3 arrays hold ends of one replica and beginnings of the next
    for (const int kernel : {1, 3}) {
        for (const int stride : {1, 2}) {
            const Network network = one_convolution({3, 7, 6}, {.out = 5, .kernel = kernel, .stride = stride});
            for (const int replicas : {1, 2, 3, 5, 12}) {
                for (const TileOrder order : {TileOrder::rows, TileOrder::snake}) {
                    MappingOptions options;
                    options.replicas = {replicas};
                    options.order = order;
                    const Mapping mapping = map_network(network, hardware, options);
                    EXPECT_EQ(inference_counts(mapping, network, hardware)[1][Action::router],
                              routed_by_walking(mapping, network, hardware))
                        << "kernel " << kernel << " stride " << stride << " replicas " << replicas;
                }
            }
        }
    }
}

// conv a (tile 0) → conv b (tile 1) → add(a, b): a's 5·16 outputs of 8 bits travel one hop to b's tile; b's inputs of 4
// bits too.
TEST(InputTraffic, AResidualAdditionBringsTheOtherBranch) {
    using examples::layer;
    Network network = one_convolution({5, 4, 4}, {});
    Layer second = network.layers[1];
    second.name = "conv2";
    second.inputs = {1};
    Network residual = network;
    residual.layers = {network.layers[0],
                       network.layers[1],
                       second,
                       layer("add", LayerKind::add, {1, 2}),
                       layer("pool", LayerKind::global_average_pool, {3}),
                       network.layers[4]};
    residual.layers[5].inputs = {4};
    finish(residual);
    const Hardware hardware = small_chip();
    const Mapping mapping = map_network(residual, hardware);
    // 45 rows = 3 row tiles, 5 columns = 2 column tiles: 6 arrays = 3 PEs; conv on PEs 0..2, conv2 on PEs 3..5: homes
    // tile 0 and 1.
    ASSERT_EQ(mapping.slots[1].first_tile, 1);
    const auto counts = inference_counts(mapping, residual, hardware);
    EXPECT_EQ(counts[3][Action::digital_add], 5 * 16);
    EXPECT_EQ(counts[3][Action::router], 5 * 16 * 8);
}

}  // namespace
}  // namespace remask
