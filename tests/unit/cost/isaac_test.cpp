// ISAAC's published power, area and pipeline follow from the configuration's energies per action and parts.
#include <gtest/gtest.h>

#include "mapping/inference_cost.h"
#include "sim/config/config.h"
#include "sim/energy/energy_report.h"
#include "sim/schedule/closed_form.h"
#include "tests/unit/mapping/examples.h"

namespace remask {
namespace {

Hardware isaac() {
    const std::filesystem::path file = std::filesystem::path(REMASK_SOURCE_DIR) / "hw_configs" / "isaac.yaml";
    return read_config<Hardware>(Document::load(file));
}

// Inputs of 16 bits give 16 phases; with every stage 100 ns, one window takes 22 cycles (ISCA 2016, figure of the
// pipeline).
TEST(Isaac, OneWindowTakes22Cycles) {
    Hardware hardware = isaac();
    hardware.crossbar.input_bits = 16;
    const ImageTime time = closed_form(map_network(examples::one_matrix(128, 16), hardware), hardware);
    ASSERT_EQ(time.slots.size(), 1u);
    EXPECT_EQ(time.slots[0].adc_conversions, 128);
    EXPECT_NEAR(time.slots[0].phase.si(), 100e-9, 1e-15);
    EXPECT_NEAR(time.slots[0].product.si(), 1600e-9, 1e-14);
    EXPECT_NEAR(time.latency.si(), 22 * 100e-9, 1e-14);
}

// One IMA: 8 arrays of 128 × 128, all cells in use: a matrix of 1024 × 16 weights (8 columns each). Its power while it
// computes is energy / (phases × 100 ns).
class IsaacIma : public testing::Test {
protected:
    void SetUp() override {
        const Hardware hardware = isaac();
        const Network network = examples::one_matrix(1024, 16);
        const Mapping mapping = map_network(network, hardware);
        ASSERT_EQ(mapping.arrays, 8);
        ASSERT_EQ(mapping.pes, 1);
        ASSERT_DOUBLE_EQ(mapping.utilisation, 1.0);
        const auto counts = inference_counts(mapping, network, hardware);
        const Time busy = closed_form(mapping, hardware).slots[0].busy;
        for (const auto& entry : price(counts[2], hardware).by_component) {
            power_mw_[entry.first] = (entry.second / busy).si() * 1e3;
        }
    }
    std::map<std::string, double> power_mw_;
};

TEST_F(IsaacIma, DrawsThePublishedPower) {
    EXPECT_NEAR(power_mw_.at("adc"), 16.0, 0.16);
    EXPECT_NEAR(power_mw_.at("dac"), 4.0, 0.04);
    EXPECT_NEAR(power_mw_.at("array"), 2.4, 0.024);
    EXPECT_NEAR(power_mw_.at("shift_add"), 0.2, 0.002);
    EXPECT_NEAR(power_mw_.at("sample_hold"), 0.01, 0.0001);
}

// 12 IMAs and the tile's parts make 0.372 mm², 168 tiles and the link 85.4 mm². The mask unit is not ISAAC's.
TEST(Isaac, HasThePublishedArea) {
    const AreaReport area = chip_area(isaac());
    EXPECT_NEAR((area.total - area.mask_unit).si(), 85.4e-6, 0.01 * 85.4e-6);
    EXPECT_NEAR(area.mask_unit.si(), 168 * 12 * 8 * 60e-12, 1e-12);
}

// NeuroSim's cell: 2 V, 50 ns at the mean of 1/6k and 1/900k: 16.8 pJ; from erased to the highest level it is that
// mean.
TEST(Isaac, AWritePulseTakesWhatNeuroSimsCellTakes) {
    const Hardware hardware = isaac();
    const Energy pulse = *hardware.write.set_voltage * *hardware.write.set_voltage *
                         Conductance::from_si((1.0 / 6e3 + 1.0 / 900e3) / 2) * hardware.write.set_pulse;
    EXPECT_NEAR(pulse.si(), 16.8e-12, 0.05e-12);
}

}  // namespace
}  // namespace remask
