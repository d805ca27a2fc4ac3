#include "sim/energy/energy_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/diagnostics.h"
#include "sim/hardware/library.h"

namespace remask {
namespace {

constexpr double pJ = 1e-12;

Hardware table() {
    Hardware h;
    h.chip.arrays_per_pe = 2;
    h.chip.pes_per_tile = 3;
    h.chip.tiles = 4;
    h.energy.adc_conversion = Energy::from_si(2 * pJ);
    h.energy.row_drive = Energy::from_si(0.5 * pJ);
    h.energy.cell_read = Energy::from_si(0.001 * pJ);
    h.energy.buffer_read = EnergyPerBit::from_si(0.1 * pJ);
    h.energy.buffer_write = EnergyPerBit::from_si(0.2 * pJ);
    h.memory.mask.energy = EnergyPerBit::from_si(0.3 * pJ);
    return h;
}

TEST(EnergyReport, ConversionsCostWhatTheirBitsSay) {
    ActionCounts counts;
    counts[Action::adc_conversion] = 400;  // 100 a slice
    Hardware h = table();
    h.crossbar.weight_bits = 8;
    h.crossbar.cell_bits = 2;
    h.crossbar.adc_bits = 8;
    h.energy.adc_conversion_by_bits = {{"8", Energy::from_si(4 * pJ)}, {"5", Energy::from_si(1 * pJ)}};
    EXPECT_NEAR(price(counts, h).total.si(), 400 * 4 * pJ, 1e-20);
    h.crossbar.adc_slice_bits = {8, 8, 5, 5};
    EXPECT_NEAR(price(counts, h).total.si(), (200 * 4 + 200 * 1) * pJ, 1e-20);
    h.crossbar.adc_slice_bits = {8, 8, 5, 6};
    EXPECT_THROW(price(counts, h), ConfigError);
    h.crossbar.adc_bits = 0;  // no converter: the plain entry, as without the list
    EXPECT_NEAR(price(counts, h).total.si(), 400 * 2 * pJ, 1e-20);
}

TEST(EnergyReport, IsCountTimesTable) {
    ActionCounts counts;
    counts[Action::adc_conversion] = 10;
    counts[Action::row_drive] = 6;
    counts[Action::cell_read] = 1000;
    counts[Action::buffer_read] = 8;
    counts[Action::buffer_write] = 4;
    counts[Action::mask_read] = 5;
    const EnergyReport report = price(counts, table());
    EXPECT_NEAR(report.by_component.at("adc").si(), 20 * pJ, 1e-24);
    EXPECT_NEAR(report.by_component.at("dac").si(), 3 * pJ, 1e-24);
    EXPECT_NEAR(report.by_component.at("array").si(), 1 * pJ, 1e-24);
    EXPECT_NEAR(report.by_component.at("buffer").si(), 1.6 * pJ, 1e-24);
    EXPECT_NEAR(report.by_component.at("mask_memory").si(), 1.5 * pJ, 1e-24);
    EXPECT_EQ(report.by_component.size(), 5u);
    EXPECT_NEAR(report.total.si(), 27.1 * pJ, 1e-24);
    EXPECT_EQ(report.cell_read, CellReadModel::average);
}

TEST(EnergyReport, NamesEveryCountedActionWithoutAnEntry) {
    ActionCounts counts;
    counts[Action::router] = 7;
    counts[Action::mask_shift] = 1;
    counts[Action::adc_conversion] = 1;
    try {
        price(counts, table());
        FAIL() << "two entries are missing";
    } catch (const ConfigError& error) {
        ASSERT_EQ(error.diagnostics().size(), 2u);
        EXPECT_EQ(error.diagnostics()[0].path, "hardware.energy.mask_shift");
        EXPECT_EQ(error.diagnostics()[1].path, "hardware.energy.router");
        EXPECT_THAT(error.diagnostics()[1].message, testing::HasSubstr("7 times"));
    }
}

TEST(EnergyReport, AnEntryOfZeroIsAnEntry) {
    Hardware hardware = table();
    hardware.energy.router = EnergyPerBit::from_si(0.0);
    ActionCounts counts;
    counts[Action::router] = 7;
    EXPECT_DOUBLE_EQ(price(counts, hardware).total.si(), 0.0);
}

TEST(EnergyReport, PulsesAreNotPricedHere) {
    ActionCounts counts;
    counts[Action::cell_set] = 1;
    EXPECT_THROW(price(counts, table()), InternalError);
}

// 0.25 V² · 3e-3 S · 10 ns = 7.5 pJ: the table's average is not used.
TEST(EnergyReport, PhysicsUsesTheDevicesOwnPulse) {
    Hardware hardware = table();
    hardware.cell.read_model = CellReadModel::physics;
    hardware.cell.read_voltage = Voltage::from_si(0.5);
    hardware.cell.read_pulse = Time::from_si(10e-9);
    ActionCounts counts;
    counts[Action::cell_read] = 1000;
    EXPECT_THROW(price(counts, hardware), InternalError);  // conductances were not summed
    counts.read_conductance = Conductance::from_si(3e-3);
    const EnergyReport report = price(counts, hardware);
    EXPECT_NEAR(report.total.si(), 7.5 * pJ, 1e-24);
    EXPECT_EQ(report.cell_read, CellReadModel::physics);
    EXPECT_NE(describe_cell_read(CellReadModel::physics), describe_cell_read(CellReadModel::average));
}

// 4 tiles × 3 PEs × 2 arrays = 24 arrays.
TEST(Area, MultipliesPartsByWhatHoldsThem) {
    Hardware hardware = table();
    hardware.parts["adc"] = {PartLevel::array, 2, Area::from_si(10), Power{}};
    hardware.parts["mask_unit"] = {PartLevel::array, 1, Area::from_si(3), Power{}};
    hardware.parts["register"] = {PartLevel::pe, 1, Area::from_si(5), Power{}};
    hardware.parts["router"] = {PartLevel::tile, 0.25, Area::from_si(100), Power{}};
    hardware.parts["link"] = {PartLevel::chip, 1, Area::from_si(7), Power{}};
    const AreaReport report = chip_area(hardware);
    EXPECT_DOUBLE_EQ(report.by_part.at("adc").si(), 480);
    EXPECT_DOUBLE_EQ(report.mask_unit.si(), 72);
    EXPECT_DOUBLE_EQ(report.by_part.at("register").si(), 60);
    EXPECT_DOUBLE_EQ(report.by_part.at("router").si(), 100);
    EXPECT_DOUBLE_EQ(report.total.si(), 480 + 72 + 60 + 100 + 7);
}

TEST(Leakage, CoversUnusedTilesUnlessTheyAreGated) {
    Hardware hardware = table();
    hardware.parts["buffer"] = {PartLevel::tile, 2, Area{}, Power::from_si(1e-3)};
    hardware.parts["link"] = {PartLevel::chip, 1, Area{}, Power::from_si(1e-2)};
    EXPECT_DOUBLE_EQ(leakage_power(hardware, 1).si(), 4 * 2e-3 + 1e-2);
    hardware.chip.gate_unused_tiles = true;
    EXPECT_DOUBLE_EQ(leakage_power(hardware, 1).si(), 2e-3 + 1e-2);
    const EnergyReport report = price(ActionCounts{}, hardware, Time::from_si(2.0), 1);
    EXPECT_DOUBLE_EQ(report.by_component.at("leakage").si(), 2 * 1.2e-2);
    EXPECT_DOUBLE_EQ(report.total.si(), 2 * 1.2e-2);
}

TEST(Components, EveryActionBelongsToOne) {
    for (const Action action : all_actions()) EXPECT_FALSE(component_of(action).empty()) << action_name(action);
}

}  // namespace
}  // namespace remask
