// One small layer, every row of its energy report, its leakage and its time, with the arithmetic written out.
//
// A convolution of 3 × 3 over 4 channels to 6, stride 1, padding 1, on images of 4 × 5 (rows × columns): M = 20
// windows; its matrix has K = 36 rows and N = 6 columns. hw_configs/small.yaml: arrays of 32 × 32, weights of 5 bits in
// differential 2-bit cells: 2 slices × 2 sides = 4 physical columns a weight, inputs of 4 bits in D = 4 phases; 4 ADCs
// an array at 1 GHz.
//
// Row tiles: 36 = 32 + 4, T = 2. Column tiles: 6 · 4 = 24 of 32 columns, 1. Two arrays: 32 × 24 and 4 × 24 cells, one
// PE, one tile.
#include <gtest/gtest.h>

#include "mapping/inference_cost.h"
#include "sim/config/config.h"
#include "sim/energy/energy_report.h"
#include "sim/schedule/closed_form.h"
#include "tests/unit/mapping/examples.h"

namespace remask {
namespace {

constexpr double pJ = 1e-12, ns = 1e-9;

struct Row {
    Action action;
    std::int64_t count;
    double each;  // J
};

// Every number below is worked out from the text above and the file's energies.
const std::vector<Row>& expected_rows() {
    static const std::vector<Row> rows{
        {Action::row_drive, 20 * 4 * (32 + 4), 0.1 * pJ},              // M · D · rows of both arrays = 2880
        {Action::cell_read, 20 * 4 * (32 * 24 + 4 * 24), 0.001 * pJ},  // M · D · cells = 69120
        {Action::sample_hold, 20 * 4 * (24 + 24), 0.001 * pJ},     // M · D · columns of both, one row group = 3840
        {Action::adc_conversion, 20 * 4 * (24 + 24), 1.0 * pJ},    // digital subtraction: both sides are converted
        {Action::shift_add, 20 * 4 * (24 + 24), 0.02 * pJ},        // one a code
        {Action::input_register, 20 * 4 * (32 + 4), 0.01 * pJ},    // M · 4 bits · rows
        {Action::output_register, 20 * 4 * (24 + 24), 0.01 * pJ},  // one a code
        {Action::mask_gate, 20 * 2 * 6, 0.01 * pJ},                // M · T · N results gated = 240
        {Action::mask_read, 20 * 2 * 6 * 1, 0.1 * pJ},             // one bit each
        {Action::tile_add, 20 * (2 - 1) * 6, 0.02 * pJ},           // M · (T − 1) · N = 120
        {Action::buffer_read, 20 * 36 * 4, 0.1 * pJ},              // M · K · 4 bits = 2880, padding included
        {Action::buffer_write, 20 * 6 * 8, 0.1 * pJ},              // M · N · 8 bits = 960
        {Action::bus, 2880 + 960, 0.05 * pJ},                      // both
    };
    return rows;
}

class ByHand : public testing::Test {
protected:
    ByHand()
        : hardware(read_config<Hardware>(
              Document::load(std::filesystem::path(REMASK_SOURCE_DIR) / "hw_configs" / "small.yaml"))),
          network(examples::one_convolution({4, 4, 5}, {6, 3, 1, 1})),
          mapping(map_network(network, hardware)) {
        hardware.periphery.gating =
            Gating::none;  // so that the mask's zeros, of which nothing is said here, save nothing
    }
    Hardware hardware;
    Network network;
    Mapping mapping;
    const std::vector<SlotMask> masks{{MaskUnit::gate, 1, false, {}}};
};

TEST_F(ByHand, EveryRowOfTheEnergyReport) {
    const ActionCounts counts = inference_counts(mapping, network, hardware, masks)[1];
    const EnergyReport report = price(counts, hardware);
    ASSERT_EQ(report.by_action.size(), expected_rows().size());
    double total = 0.0;
    for (std::size_t i = 0; i < expected_rows().size(); ++i) {
        const Row& row = expected_rows()[i];
        const ActionEnergy& line = report.by_action[i];
        EXPECT_EQ(line.action, row.action) << action_name(row.action);
        EXPECT_EQ(line.count, row.count) << action_name(row.action);
        EXPECT_NEAR(line.each.si(), row.each, 1e-12 * row.each) << action_name(row.action);
        const double joules = static_cast<double>(row.count) * row.each;
        EXPECT_NEAR(line.total.si(), joules, 1e-12 * joules) << action_name(row.action);
        total += joules;
    }
    EXPECT_NEAR(report.total.si(), total, 1e-12 * total);
    // In pJ: 288 + 69.12 + 3.84 + 3840 + 76.8 + 28.8 + 38.4 + 2.4 + 24 + 2.4 + 288 + 96 + 192 = 4949.76.
    EXPECT_NEAR(report.total.si(), 4949.76 * pJ, 0.005 * pJ);
}

TEST_F(ByHand, EveryComponent) {
    const EnergyReport report = price(inference_counts(mapping, network, hardware, masks)[1], hardware);
    const std::map<std::string, double> picojoules{
        {"dac", 288},        {"array", 69.12},           {"sample_hold", 3.84}, {"adc", 3840},
        {"shift_add", 76.8}, {"registers", 28.8 + 38.4}, {"mask_unit", 2.4},    {"mask_memory", 24},
        {"digital", 2.4},    {"buffer", 288 + 96},       {"bus", 192}};
    ASSERT_EQ(report.by_component.size(), picojoules.size());
    for (const auto& [component, energy] : picojoules) {
        EXPECT_NEAR(report.by_component.at(component).si(), energy * pJ, 1e-9 * pJ) << component;
    }
}

// The digital units take a value a nanosecond: 120 of the convolution's results are activated and 120 pooled while the
// arrays need 800 ns, so only the classifier's 6 · 3 multiply-accumulates come behind: 18 ns.
TEST_F(ByHand, TimeOfTheDigitalUnits) {
    const ImageTime time = closed_form(mapping, hardware, {}, plan_digital(mapping, network, hardware));
    EXPECT_NEAR(time.slots[0].digital.si(), 120 * ns, 1e-15);
    EXPECT_NEAR(time.latency.si(), (858 + 18) * ns, 1e-15);
    EXPECT_NEAR(time.interval.si(), 800 * ns, 1e-15);
}

// ADC j serves columns 8 j to 8 j + 7: 24 columns keep three of the four busy with 8 conversions of 1 ns, less than the
// array's 10 ns, which a phase therefore takes. A product: 4 · 10 ns. 20 of them: 800 ns. Fill: buffer 10 + array 10 +
// ADC 8 + shift-and-add 10 + accumulation 10 + activation 10 + buffer 10 − the last phase's 10 = 58 ns.
TEST_F(ByHand, TimeAndLeakage) {
    const ImageTime time = closed_form(mapping, hardware);
    EXPECT_EQ(time.slots[0].adc_conversions, 8);
    EXPECT_NEAR(time.slots[0].busy.si(), 800 * ns, 1e-15);
    EXPECT_NEAR(time.latency.si(), 858 * ns, 1e-15);
    // 16 buffers of 10 uW over 858 ns: 137.28 pJ.
    const EnergyReport report = price(ActionCounts{}, hardware, time.latency, mapping.tiles);
    EXPECT_NEAR(report.by_component.at("leakage").si(), 137.28 * pJ, 1e-9 * pJ);
}

}  // namespace
}  // namespace remask
