#include "sim/schedule/closed_form.h"

#include <gtest/gtest.h>

#include "sim/base/diagnostics.h"
#include "tests/unit/mapping/examples.h"

namespace remask {
namespace {

using examples::one_convolution;
using examples::one_matrix;
using examples::small_chip;

constexpr double ns = 1e-9;

ImageTime time_of(const Network& network, const Hardware& hardware, const MappingOptions& options = {},
                  const std::vector<SlotMask>& masks = {}) {
    return closed_form(map_network(network, hardware, options), hardware, masks);
}

// 4 columns of 4 cells = 16 converted columns, one ADC at 1 GS/s: 16 ns of conversion against 10 ns of array. 4 phases.
TEST(ClosedForm, AnUnpipelinedPhaseReadsAndThenConverts) {
    const ImageTime t = time_of(one_matrix(16, 4), small_chip());
    ASSERT_EQ(t.slots.size(), 1u);
    EXPECT_EQ(t.slots[0].adc_conversions, 16);
    EXPECT_NEAR(t.slots[0].phase.si(), 26 * ns, 1e-18);
    EXPECT_NEAR(t.slots[0].product.si(), 4 * 26 * ns, 1e-18);
    EXPECT_NEAR(t.slots[0].fill.si(), 0.0, 1e-18);  // every other stage takes no time here
    EXPECT_NEAR(t.latency.si(), 4 * 26 * ns, 1e-18);
}

TEST(ClosedForm, APipelinedPhaseTakesTheLongerOfTheTwo) {
    Hardware hardware = small_chip();
    hardware.timing.pipelined = true;
    EXPECT_NEAR(time_of(one_matrix(16, 4), hardware).slots[0].phase.si(), 16 * ns, 1e-18);
    hardware.periphery.adc_rate = Frequency::from_si(4e9);  // 4 ns
    EXPECT_NEAR(time_of(one_matrix(16, 4), hardware).slots[0].phase.si(), 10 * ns, 1e-18);
}

TEST(ClosedForm, FillHoldsEveryStageOnce) {
    Hardware hardware = small_chip();
    hardware.timing.buffer_read = Time::from_si(1 * ns);
    hardware.timing.shift_add = Time::from_si(2 * ns);
    hardware.timing.tile_accumulate = Time::from_si(3 * ns);
    hardware.timing.activation = Time::from_si(4 * ns);
    hardware.timing.buffer_write = Time::from_si(5 * ns);
    EXPECT_NEAR(time_of(one_matrix(16, 4), hardware).slots[0].fill.si(), 15 * ns, 1e-18);
    hardware.timing.pipelined = true;  // 1 + 10 + 16 + 2 + 3 + 4 + 5 less a phase of 16
    EXPECT_NEAR(time_of(one_matrix(16, 4), hardware).slots[0].fill.si(), 25 * ns, 1e-18);
}

TEST(ClosedForm, RowGroupsAreDrivenOneAfterAnother) {
    Hardware hardware = small_chip();
    hardware.crossbar.active_rows = 5;  // 16 rows: 4 groups; the second tile of 11 rows has 3 and waits
    const ImageTime t = time_of(one_matrix(27, 4), hardware);
    EXPECT_NEAR(t.slots[0].product.si(), 4 * 4 * 26 * ns, 1e-18);
}

// 16 outputs a layer: ceil(16/3) = 6 products one after another.
TEST(ClosedForm, ReplicasShareTheWindows) {
    MappingOptions options;
    options.replicas = {3};
    const ImageTime t = time_of(one_convolution({3, 4, 4}, {}), small_chip(), options);
    EXPECT_NEAR(t.slots[0].busy.si(), 6 * t.slots[0].product.si(), 1e-18);
    EXPECT_NEAR(t.throughput.si(), 1.0 / t.slots[0].busy.si(), 1e-3);
}

TEST(ClosedForm, LatencyIsTheSumAndThroughputTheSlowestLayer) {
    MappingOptions options;
    options.classifier_on_crossbar = true;
    const ImageTime t = time_of(one_convolution({3, 4, 4}, {}), small_chip(), options);
    ASSERT_EQ(t.slots.size(), 2u);
    EXPECT_DOUBLE_EQ(t.latency.si(), t.slots[0].latency.si() + t.slots[1].latency.si());
    EXPECT_DOUBLE_EQ(t.interval.si(), t.slots[0].busy.si());  // 16 products against 1
    EXPECT_DOUBLE_EQ(t.throughput.si(), 1.0 / t.interval.si());
}

// ADC j serves columns j·ceil(16/adcs) and on: 3 ADCs serve 6, 6 and 4.
TEST(ClosedForm, TheBusiestAdcCounts) {
    Hardware hardware = small_chip();
    hardware.periphery.adcs_per_array = 3;
    EXPECT_EQ(time_of(one_matrix(16, 4), hardware).slots[0].adc_conversions, 6);
    EXPECT_EQ(time_of(one_matrix(16, 1), hardware).slots[0].adc_conversions, 4);  // 4 columns, all at the first ADC
    hardware.crossbar.subtract = Subtract::analog;  // pairs: columns 0, 2, 4 of the first six
    EXPECT_EQ(time_of(one_matrix(16, 4), hardware).slots[0].adc_conversions, 3);
}

// A depthwise convolution of 3 × 3 over 3 channels of 4 × 4, computed by the digital unit: 432 multiply-accumulates.
TEST(ClosedForm, DigitalSideLayersTakeTheirTimeOrAreRefused) {
    Network network = one_convolution({3, 4, 4}, {3, 3, 1, 3});
    network.layers[1].digital = true;
    Hardware hardware = small_chip();
    MappingOptions options;
    options.classifier_on_crossbar = true;
    const Mapping mapping = map_network(network, hardware, options);
    EXPECT_THROW(plan_digital(mapping, network, hardware), ConfigError);
    hardware.timing.digital_mac_rate = Frequency::from_si(1e9);
    const ImageTime arrays = closed_form(mapping, hardware);
    const ImageTime t = closed_form(mapping, hardware, {}, plan_digital(mapping, network, hardware));
    EXPECT_NEAR(t.latency.si(), arrays.latency.si() + 432 * ns, 1e-15);
    EXPECT_NEAR(t.interval.si(), 432 * ns, 1e-15);
    EXPECT_LT(arrays.interval.si(), 432 * ns);
}

// Columns 0, 1 and 3 are gated off: one column of 4 cells is left to convert.
TEST(ClosedForm, GatingSavesTimeOnlyWhereTheHardwareSaysSo) {
    Hardware hardware = small_chip();
    const std::vector<SlotMask> masks{{MaskUnit::gate, 1, false, {0.0, 0.0, 1.0, 0.0}}};
    hardware.periphery.gating = Gating::skip_conversion;
    EXPECT_EQ(time_of(one_matrix(16, 4), hardware, {}, masks).slots[0].adc_conversions, 16);
    hardware.periphery.gating_saves_time = true;
    EXPECT_EQ(time_of(one_matrix(16, 4), hardware, {}, masks).slots[0].adc_conversions, 4);
    EXPECT_EQ(time_of(one_matrix(16, 4), hardware).slots[0].adc_conversions, 16);
}

}  // namespace
}  // namespace remask
