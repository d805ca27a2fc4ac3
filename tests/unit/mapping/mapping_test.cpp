#include "mapping/mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mapping/mask_memory.h"
#include "sim/base/diagnostics.h"
#include "tests/unit/mapping/examples.h"

namespace remask {
namespace {

using examples::one_convolution;
using examples::one_matrix;
using examples::small_chip;

// K = 3·9 = 27 rows in arrays of 16: tiles of 16 and 11. N = 5 weights of 4 physical columns in arrays of 16: 4 and 1.
TEST(Mapping, CutsALayerIntoArrays) {
    const Mapping mapping = map_network(one_convolution({3, 4, 4}, {}), small_chip());
    ASSERT_EQ(mapping.slots.size(), 1u);
    const MappedSlot& slot = mapping.slots[0];
    EXPECT_EQ(slot.name, "conv");
    EXPECT_EQ(slot.vectors, 16);
    EXPECT_EQ(slot.kernel_size, 9);
    ASSERT_EQ(slot.arrays.size(), 4u);
    EXPECT_EQ(slot.arrays[0].rows, 16);
    EXPECT_EQ(slot.arrays[0].logical_columns, 4);
    EXPECT_EQ(slot.arrays[3].rows, 11);
    EXPECT_EQ(slot.arrays[3].logical_columns, 1);
    EXPECT_EQ(slot.arrays[3].first_column, 4);
    // 27·5 weights of 4 cells on 4 arrays of 256 cells.
    EXPECT_DOUBLE_EQ(mapping.utilisation, 27.0 * 5 * 4 / (4 * 256));
    EXPECT_DOUBLE_EQ(slot.utilisation, mapping.utilisation);
    EXPECT_EQ(mapping.arrays, 4);
    EXPECT_EQ(mapping.pes, 2);    // 2 arrays each
    EXPECT_EQ(mapping.tiles, 1);  // 2 PEs each
}

TEST(Mapping, PutsTheClassifierOnArraysWhereAsked) {
    const Network network = one_convolution({3, 4, 4}, {});
    MappingOptions options;
    options.classifier_on_crossbar = true;
    const Mapping mapping = map_network(network, small_chip(), options);
    ASSERT_EQ(mapping.slots.size(), 2u);
    EXPECT_EQ(mapping.slots[1].name, "fc");
    EXPECT_EQ(mapping.slots[1].vectors, 1);
    EXPECT_EQ(mapping.slots[1].first_pe, 2);  // a PE holds one layer only
    EXPECT_EQ(mapping.slots[1].first_tile, 1);
    EXPECT_EQ(mapping.tiles, 2);
}

TEST(Mapping, ADepthwiseConvolutionTakesArraysOfItsOwnForEachGroup) {
    const Mapping mapping =
        map_network(one_convolution({6, 4, 4}, {.out = 6, .kernel = 3, .stride = 1, .groups = 6}), small_chip());
    const MappedSlot& slot = mapping.slots[0];
    EXPECT_EQ(slot.geometry.rows, 9);
    EXPECT_EQ(slot.geometry.columns, 1);
    EXPECT_EQ(slot.groups, 6);
    EXPECT_EQ(slot.arrays.size(), 6u);
    EXPECT_EQ(slot.weights(), 54);
}

TEST(Mapping, ReplicasTakeArraysAndKeepUtilisation) {
    const Network network = one_convolution({3, 4, 4}, {});
    MappingOptions options;
    options.replicas = {3};
    const Mapping mapping = map_network(network, small_chip(), options);
    EXPECT_EQ(mapping.arrays, 12);
    EXPECT_EQ(mapping.slots[0].total_arrays(), 12);
    EXPECT_EQ(mapping.tiles, 3);
    EXPECT_DOUBLE_EQ(mapping.utilisation, 27.0 * 5 * 4 / (4 * 256));
}

TEST(Mapping, MeasuresHopsAlongARowMajorMesh) {
    Mapping mapping;
    mapping.placement.mesh_width = 4;
    EXPECT_EQ(mapping.hops(0, 3), 3);
    EXPECT_EQ(mapping.hops(0, 4), 1);   // the next row
    EXPECT_EQ(mapping.hops(3, 4), 4);   // one row down, three columns back
    EXPECT_EQ(mapping.hops(10, 5), 2);  // (2,2) to (1,1)
    EXPECT_EQ(mapping.hops(7, 7), 0);
}

TEST(Mapping, MeshIsTheSmallestSquareUnlessGiven) {
    ChipStructure chip;
    chip.tiles = 9;
    EXPECT_EQ(chip.width(), 3);
    chip.tiles = 10;
    EXPECT_EQ(chip.width(), 4);
    chip.mesh_width = 5;
    EXPECT_EQ(chip.width(), 5);
}

TEST(Mapping, RefusesANetworkThatTheChipCannotHold) {
    Hardware hardware = small_chip();
    hardware.chip.tiles = 3;
    // 256 rows = 16 row tiles, 4 columns = 1 column tile: 16 arrays = 8 PEs = 4 tiles.
    try {
        map_network(one_matrix(256, 4), hardware);
        FAIL() << "4 tiles do not fit a chip of 3";
    } catch (const ConfigError& error) {
        ASSERT_EQ(error.diagnostics().size(), 1u);
        EXPECT_EQ(error.diagnostics()[0].path, "hardware.chip.tiles");
        EXPECT_THAT(error.diagnostics()[0].message, testing::HasSubstr("needs 4 tiles"));
        EXPECT_THAT(error.diagnostics()[0].message, testing::HasSubstr("the chip has 3"));
    }
    hardware.chip.tiles = 4;
    EXPECT_EQ(map_network(one_matrix(256, 4), hardware).tiles, 4);
}

TEST(Mapping, NamesTheLayerThatCannotBeMapped) {
    Hardware hardware = small_chip();
    hardware.crossbar.columns = 3;  // a weight needs 4
    try {
        map_network(one_matrix(4, 4), hardware);
        FAIL();
    } catch (const ConfigError& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("layer 'hidden'"));
    }
}

TEST(Mapping, RefusesReplicasOfAWrongNumber) {
    MappingOptions options;
    options.replicas = {1, 1};
    EXPECT_THROW(map_network(one_matrix(4, 4), small_chip(), options), ConfigError);
    options.replicas = {0};
    EXPECT_THROW(map_network(one_matrix(4, 4), small_chip(), options), ConfigError);
}

TEST(MaskMemory, CountsEntriesOfEachGranularity) {
    const Mapping mapping = map_network(one_convolution({3, 4, 4}, {}), small_chip());
    EXPECT_EQ(mask_bits(mapping, Granularity::weight, 1), 27 * 5);
    EXPECT_EQ(mask_bits(mapping, Granularity::kernel, 8), 3 * 5 * 8);
    EXPECT_EQ(mask_bits(mapping, Granularity::column, 2), 2 * 5 * 2);
    EXPECT_EQ(mask_bits(mapping, Granularity::none, 7), 0);
}

// The abstract of XBM: 1.4 % of Piggyback's memory. A binary bit per column of 72 rows (8 kernels of 3 × 3) is 1/72
// = 1.39 %.
TEST(MaskMemory, ColumnsOf72RowsTakeA72ndOfABitPerWeight) {
    Hardware hardware = small_chip();
    hardware.crossbar.rows = 72;
    hardware.crossbar.columns = 64;
    const Mapping mapping = map_network(one_convolution({64, 4, 4}, {.out = 64}), hardware);
    EXPECT_EQ(mask_bits(mapping, Granularity::column, 1) * 72, mask_bits(mapping, Granularity::weight, 1));
}

TEST(MaskMemory, BitsOfAnEntryAreTheLogarithmOfItsLevels) {
    EXPECT_EQ(bits_of_levels(2), 1);
    EXPECT_EQ(bits_of_levels(3), 2);
    EXPECT_EQ(bits_of_levels(8), 3);
    EXPECT_EQ(bits_of_levels(9), 4);
}

}  // namespace
}  // namespace remask
