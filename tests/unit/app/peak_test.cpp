// Published designs at full utilisation: power, area and throughput follow from counts × energies and parts, on the
// code that costs a run. The right-hand sides are the published tables, written out.
#include "sim/app/peak.h"

#include <gtest/gtest.h>

#include "sim/base/diagnostics.h"
#include "sim/config/config.h"

namespace remask {
namespace {

namespace fs = std::filesystem;

Hardware shipped(const std::string& name) {
    return read_config<Hardware>(Document::load(fs::path(REMASK_SOURCE_DIR) / "hw_configs" / name));
}

double watts(const PeakReport& report, const std::vector<std::string>& components) {
    double sum = 0.0;
    for (const std::string& component : components) sum += report.by_component.at(component).si();
    return sum;
}

double watts(const PeakReport& report, Action action) {
    double joules = 0.0;
    for (const ActionEnergy& line : report.energy.by_action) {
        if (line.action == action) joules += line.total.si();
    }
    return joules / report.interval.si();
}

/// ISAAC's 16-bit results, and isaac.yaml's of 8 bits, which come twice as fast from the same parts: both draw the
/// power.
class IsaacPeak : public testing::TestWithParam<const char*> {
protected:
    void SetUp() override { report_ = peak(shipped(GetParam())); }
    const PeakReport& report() const { return report_; }
    static double one_percent_of(double value) { return 0.01 * value; }
    const double tiles = 168, pes = 168 * 12;

private:
    PeakReport report_;
};

INSTANTIATE_TEST_SUITE_P(Files, IsaacPeak, testing::Values("isaac.yaml", "isaac_16bit.yaml"),
                         [](const auto& file) { return fs::path(file.param).stem().string(); });

// 168 tiles × 12 IMAs × 8 arrays = 16128 arrays; 16 phases of 100 ns a product.
TEST(IsaacPeakAt16Bits, TheNetworkFillsTheChip) {
    const PeakReport report = peak(shipped("isaac_16bit.yaml"));
    const double arrays = 168 * 12 * 8;
    EXPECT_NEAR(report.interval.si(), 1.6e-6, 1e-15);
    std::map<Action, double> counts;
    for (const ActionEnergy& line : report.energy.by_action) counts[line.action] = static_cast<double>(line.count);
    EXPECT_EQ(counts.at(Action::adc_conversion), arrays * 128 * 16);
    EXPECT_EQ(counts.at(Action::cell_read), arrays * 128 * 128 * 16);
    EXPECT_EQ(counts.at(Action::row_drive), arrays * 128 * 16);
    EXPECT_EQ(counts.at(Action::buffer_read), arrays * 128 * 16);  // every array has inputs of its own
    EXPECT_EQ(counts.at(Action::buffer_write), arrays * 16 * 16);
    EXPECT_EQ(counts.at(Action::router), (168 - 1) * 96.0 * 128 * 16);  // one hop, none to the first tile
}

// An IMA, in mW: ADC 8 × 2, DAC 4, crossbars 8 × 0.3, S&H 0.01, shift-and-add 0.2, registers 1.24 + 0.23 = 24.08.
TEST_P(IsaacPeak, AnImaDrawsThePublishedPower) {
    const double ima = 1e3 / pes;
    EXPECT_NEAR(watts(report(), {"adc"}) * ima, 16.0, one_percent_of(16.0));
    EXPECT_NEAR(watts(report(), {"dac"}) * ima, 4.0, one_percent_of(4.0));
    EXPECT_NEAR(watts(report(), {"array"}) * ima, 2.4, one_percent_of(2.4));
    EXPECT_NEAR(watts(report(), {"sample_hold"}) * ima, 0.01, one_percent_of(0.01));
    EXPECT_NEAR(watts(report(), {"shift_add"}) * ima, 0.2, one_percent_of(0.2));
    EXPECT_NEAR(watts(report(), {"registers"}) * ima, 1.24 + 0.23, one_percent_of(1.47));
    EXPECT_NEAR(watts(report(), {"adc", "dac", "array", "sample_hold", "shift_add", "registers"}) * ima, 24.08,
                one_percent_of(24.08));
}

// A tile, in mW: 12 IMAs 288.96, eDRAM 20.7, bus 7, a quarter of a router 10.5, sigmoid 2 × 0.26, shift-and-add 0.05,
// max-pool 0.4, output register 1.68: 329.81. The chip: 168 tiles and links of 10.4 W: 65.8 W.
TEST_P(IsaacPeak, TileAndChipDrawThePublishedPower) {
    const double tile = 1e3 / tiles;
    EXPECT_NEAR(watts(report(), {"buffer"}) * tile, 20.7, one_percent_of(20.7));
    EXPECT_NEAR(watts(report(), {"bus"}) * tile, 7.0, one_percent_of(7.0));
    EXPECT_NEAR(watts(report(), {"router"}) * tile, 42.0 / 4, one_percent_of(10.5));
    EXPECT_NEAR(watts(report(), Action::activation) * tile, 2 * 0.26, one_percent_of(2 * 0.26));
    EXPECT_NEAR(watts(report(), Action::pool) * tile, 0.4, one_percent_of(0.4));
    const double link = report().uncounted.at("chip_link").si();
    EXPECT_EQ(link, 10.4);
    EXPECT_NEAR((report().power.si() - link) * tile, 329.81, one_percent_of(329.81));
    EXPECT_NEAR(report().power.si(), 65.8, one_percent_of(65.8));
}

// Without the mask units, which are not ISAAC's: a tile's 0.372 mm², the chip's 85.4 mm².
TEST_P(IsaacPeak, TileAndChipHaveThePublishedArea) {
    const AreaReport& area = report().area;
    const double chip = (area.total - area.mask_unit).si() * 1e6;
    EXPECT_NEAR((chip - 22.88) / tiles, 0.372, one_percent_of(0.372));
    EXPECT_NEAR(chip, 85.4, one_percent_of(85.4));
}

// 16128 arrays × 128 · 16 weights × 2 operations / 1.6 us = 41.3 TOPS.
TEST(IsaacPeakAt16Bits, HasThePublishedThroughput) {
    const PeakReport report = peak(shipped("isaac_16bit.yaml"));
    EXPECT_NEAR(report.operations_per_s * 1e-12, 41.3, 0.01 * 41.3);
    EXPECT_NEAR(report.operations_per_joule(), report.operations_per_s / report.power.si(), 1.0);
}

// A tile of small.yaml: 16 arrays of 32 columns, 8 logical ones each at 2 slices and 2 sides: 128 outputs, whose ReLU
// takes 128 ns at 1 GHz. Its arrays are ready every 4 phases of 10 ns.
TEST(SmallChipPeak, IsPacedByTheDigitalUnitsWorkedOutByHand) {
    Hardware hardware = shipped("small.yaml");
    const PeakReport report = peak(hardware);
    EXPECT_NEAR(report.interval.si(), 128e-9, 1e-18);
    EXPECT_NEAR(report.arrays_interval.si(), 40e-9, 1e-18);
    EXPECT_FALSE(report.pace.empty());
    EXPECT_NEAR(report.operations_per_s, 2.0 * 16 * 128 * 32 / 128e-9, 1.0);  // 16 tiles, 32 rows
    hardware.timing.activation_rate = hardware.timing.pool_rate = Frequency::from_si(128 / 40e-9);
    const PeakReport fast = peak(hardware);
    EXPECT_NEAR(fast.interval.si(), 40e-9, 1e-18);
    const double leakage = report.by_component.at("leakage").si();  // the only part that is no energy an image
    EXPECT_NEAR(fast.power.si() - leakage, (report.power.si() - leakage) * 128 / 40, 1e-9);
}

// In mW: a matrix unit 19.09, a core 42.37, a tile 373.8; the node 62.5 W. Leakage is the ADCs' 0.2 mW.
TEST(PumaPeak, DrawsTheQuotedPower) {
    const PeakReport report = peak(shipped("puma.yaml"));
    const double tiles = 138, cores = tiles * 8;
    const double units = watts(report, {"adc", "dac", "array", "sample_hold", "shift_add", "leakage"});
    EXPECT_NEAR(units * 1e3 / (2 * cores), 19.09, 0.02 * 19.09);
    const auto part = [&](const char* name) { return report.uncounted.at(name).si(); };
    const double core = units + watts(report, {"registers"}) + part("control_pipeline") + part("instruction_memory") +
                        part("scalar_unit") + watts(report, {"digital"});
    EXPECT_NEAR(core * 1e3 / cores, 42.37, 0.02 * 42.37);
    EXPECT_NEAR((report.power.si() - part("chip_link") - watts(report, {"router"})) * 1e3 / tiles, 373.8, 0.02 * 373.8);
    EXPECT_NEAR(report.power.si(), 62.5, 0.02 * 62.5);
}

TEST(Peak, RefusesArraysWiderThanHigh) {
    Hardware hardware = shipped("small.yaml");
    hardware.crossbar.rows = 4;
    EXPECT_THROW(peak(hardware), ConfigError);
}

TEST(Peak, CountsLeakageAndUncountedPower) {
    Hardware hardware = shipped("small.yaml");
    const double before = peak(hardware).power.si();
    hardware.parts["clock"] = {PartLevel::tile, 2, Area{}, Power::from_si(1e-3), Power::from_si(3e-3)};
    EXPECT_NEAR(peak(hardware).power.si() - before, 16 * 2 * (1e-3 + 3e-3), 1e-9);  // 16 tiles
}

}  // namespace
}  // namespace remask
