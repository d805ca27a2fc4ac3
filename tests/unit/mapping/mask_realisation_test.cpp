#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mapping/inference_cost.h"
#include "sim/base/diagnostics.h"
#include "tests/unit/mapping/examples.h"

namespace remask {
namespace {

using examples::one_convolution;
using examples::small_chip;

Mapping map(const Hardware& hardware) {
    return map_network(one_convolution({3, 4, 4}, {}), hardware);
}

std::string fault(const Hardware& hardware, Granularity granularity, Realisation realisation) {
    try {
        check_realisation(map(hardware), hardware, granularity, realisation);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "";
}

TEST(MaskRealisation, ThePeripheryAppliesColumnMasksOnly) {
    const Hardware hardware = small_chip();
    EXPECT_EQ(fault(hardware, Granularity::column, Realisation::periphery), "");
    EXPECT_THAT(fault(hardware, Granularity::weight, Realisation::periphery), testing::HasSubstr("reprogram"));
    EXPECT_THAT(fault(hardware, Granularity::kernel, Realisation::periphery), testing::HasSubstr("row_groups"));
}

TEST(MaskRealisation, AnythingCanBeReprogrammed) {
    for (const Granularity g : {Granularity::none, Granularity::weight, Granularity::kernel, Granularity::column}) {
        EXPECT_EQ(fault(small_chip(), g, Realisation::reprogram), "");
    }
}

TEST(MaskRealisation, RowGroupsOfKernelsNeedPackingAndKernelSizedGroups) {
    Hardware hardware = small_chip();
    hardware.crossbar.active_rows = 9;
    EXPECT_THAT(fault(hardware, Granularity::kernel, Realisation::row_groups),
                testing::HasSubstr("row_packing: kernel"));
    hardware.crossbar.row_packing = RowPacking::kernel;
    EXPECT_EQ(fault(hardware, Granularity::kernel, Realisation::row_groups), "");
    hardware.crossbar.active_rows = 8;
    EXPECT_THAT(fault(hardware, Granularity::kernel, Realisation::row_groups), testing::HasSubstr("active_rows: 9"));
}

TEST(MaskRealisation, RowGroupsOfWeightsNeedOneRowAtATime) {
    Hardware hardware = small_chip();
    EXPECT_THAT(fault(hardware, Granularity::weight, Realisation::row_groups), testing::HasSubstr("active_rows: 1"));
    hardware.crossbar.active_rows = 1;
    EXPECT_EQ(fault(hardware, Granularity::weight, Realisation::row_groups), "");
}

TEST(MaskRealisation, CountingRefusesAMaskThatDoesNotFit) {
    const Network network = one_convolution({3, 4, 4}, {});
    const Hardware hardware = small_chip();
    const Mapping mapping = map_network(network, hardware);
    const std::vector<SlotMask> dense{{MaskUnit::multiply, 8, true, {}}};
    EXPECT_THROW(inference_counts(mapping, network, hardware, dense), ConfigError);
    const std::vector<SlotMask> short_one{{MaskUnit::gate, 1, false, {1.0, 0.0}}};
    EXPECT_THROW(inference_counts(mapping, network, hardware, short_one), InternalError);
}

TEST(MaskRealisation, ActiveRowsCanBeSetForEachLayer) {
    Hardware hardware = small_chip();
    hardware.crossbar.row_packing = RowPacking::kernel;
    MappingOptions options;
    options.active_rows = {9};
    const Network network = one_convolution({3, 4, 4}, {});
    const Mapping mapping = map_network(network, hardware, options);
    EXPECT_NO_THROW(check_realisation(mapping, hardware, Granularity::kernel, Realisation::row_groups));
}

}  // namespace
}  // namespace remask
