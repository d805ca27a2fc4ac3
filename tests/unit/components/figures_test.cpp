// Converters, wires and logic against the numbers that they are made from, and what a description must say.
#include <gtest/gtest.h>

#include "sim/base/diagnostics.h"
#include "sim/components/component.h"
#include "sim/components/technology.h"
#include "sim/config/config.h"

namespace remask {
namespace {

Component component(const std::string& yaml) {
    return read_config<Component>(Document::parse(yaml, "component.yaml"));
}

Figures figures(const std::string& yaml, int adc_bits = 8) {
    return figures_of(component(yaml), adc_bits);
}

std::string fault(const std::string& yaml) {
    try {
        component(yaml);
    } catch (const ConfigError& error) {
        return to_string(error.diagnostics()[0]);
    }
    return {};
}

double picojoules(const Figures& figures) {
    return figures.operation->si() * 1e12;
}

double square_micrometres(const Figures& figures) {
    return figures.area->si() * 1e12;
}

// Aladdin's blocks at their own node; halving the width halves an adder and quarters a multiplier.
TEST(Logic, IsItsSourceAtItsNode) {
    const Figures adder = figures("{kind: adder, node: 40 nm, bits: 32}");
    EXPECT_DOUBLE_EQ(picojoules(adder), 0.21);
    EXPECT_DOUBLE_EQ(square_micrometres(adder), 278);
    EXPECT_DOUBLE_EQ(adder.leakage.si(), 2.4e-6);  // 0.0024 pJ in each ns
    EXPECT_DOUBLE_EQ(picojoules(figures("{kind: adder, node: 40 nm, bits: 16}")), 0.105);
    EXPECT_DOUBLE_EQ(picojoules(figures("{kind: multiplier, node: 40 nm, bits: 32}")), 12.68);
    EXPECT_DOUBLE_EQ(picojoules(figures("{kind: multiplier, node: 40 nm, bits: 16}")), 12.68 / 4);
    EXPECT_DOUBLE_EQ(square_micrometres(figures("{kind: comparator, node: 40 nm, bits: 32}")), 71);
    const Figures registers = figures("{kind: register, node: 40 nm, bits: 16}");
    EXPECT_DOUBLE_EQ(registers.read->si(), 0.009e-12);
    EXPECT_DOUBLE_EQ(picojoules(registers), 16 * 0.009);
    EXPECT_FALSE(adder.read.has_value());
}

TEST(Logic, IsCarriedToOtherNodes) {
    const Length aladdin = Length::from_si(40e-9), fine = Length::from_si(14e-9);
    const Figures small = figures("{kind: adder, node: 14 nm, bits: 32}");
    EXPECT_DOUBLE_EQ(picojoules(small), 0.21 * energy_scale(aladdin, fine));
    EXPECT_DOUBLE_EQ(square_micrometres(small), 278 * area_scale(aladdin, fine));
    EXPECT_LT(picojoules(figures("{kind: adder, node: 14 nm, bits: 32, voltage: 0.6 V}")), picojoules(small));
}

// ISAAC: 0.2 mW for 4 shift-and-adds that merge 10.24 G codes a second; 0.26 mW for a sigmoid of 0.48 G outputs; 4 mW
// for 1024 drivers, each on for 100 ns.
TEST(Logic, HasIsaacsOwnBlocks) {
    const Figures merge = figures("{kind: shift_add, node: 32 nm, bits: 16}");
    EXPECT_NEAR(picojoules(merge), 0.01953, 1e-5);
    EXPECT_DOUBLE_EQ(square_micrometres(merge), 60);
    EXPECT_NEAR(picojoules(figures("{kind: sigmoid, node: 32 nm}")), 0.5417, 1e-4);
    const Figures driver = figures("{kind: dac, node: 32 nm, bits: 1, pulse: 100 ns}");
    EXPECT_DOUBLE_EQ(picojoules(driver), 0.390625);
    EXPECT_NEAR(square_micrometres(driver), 0.166, 0.001);
    EXPECT_TRUE(driver.warnings.empty());
}

// MNSIM's table of DACs made from ISAAC's: 3.9 uW and 0.166 um2 for 1 bit, 124.8 uW and 5.3 um2 for 6, 21.2 um2 for 8.
TEST(Dacs, DoubleWithEachBitAsMnsimsDo) {
    const Figures six = figures("{kind: dac, node: 32 nm, bits: 6, pulse: 1 us}");
    EXPECT_NEAR(picojoules(six) / 124.8, 1.0, 0.003);
    EXPECT_NEAR(square_micrometres(six), 5.3, 0.05);
    EXPECT_NEAR(square_micrometres(figures("{kind: dac, node: 32 nm, bits: 8, pulse: 1 us}")), 21.2, 0.1);
    EXPECT_EQ(figures("{kind: dac, node: 22 nm, bits: 1, pulse: 1 ns}").warnings.size(), 1u);
}

// CACTI 7.0: 0.293 pJ for a millimetre at 32 nm; energy and leakage go with the length, energy with the bits that
// charge.
TEST(Wires, GoWithTheirLength) {
    const Figures two = figures("{kind: wire, node: 32 nm, length: 2 mm, activity: 0.25}");
    EXPECT_NEAR(two.read->si(), 0.293202e-12 * 2 * 0.25, 1e-18);
    EXPECT_NEAR(square_micrometres(two), 2000 * 0.064, 1e-9);
    const Figures at40 = figures("{kind: wire, node: 40 nm, length: 1 mm, activity: 1}");
    EXPECT_GT(at40.read->si(), 0.293202e-12);
    EXPECT_LT(at40.read->si(), 0.375659e-12);
}

// Accelergy's table of ISAAC's ADC; its regression of the survey gives 5970 um2 for 8 bits at 1 GS/s and 32 nm.
TEST(Adcs, HaveAnArea) {
    EXPECT_NEAR(square_micrometres(figures("{kind: adc, source: isaac}", 4)), 361.04, 1e-9);
    EXPECT_NEAR(square_micrometres(figures("{kind: adc, source: isaac}", 8)), 1200, 1e-9);
    EXPECT_NEAR(square_micrometres(figures("{kind: adc, source: isaac}", 10)), 3002.01, 0.01);
    EXPECT_NEAR(square_micrometres(figures("{kind: adc, source: survey, node: 32 nm, rate: 1 GHz}")), 5970, 60);
    EXPECT_FALSE(figures("{kind: adc, source: neurosim, node: 22 nm, column_resistance: 1 kohm}").area.has_value());
}

TEST(Components, SayWhatTheyNeed) {
    EXPECT_EQ(fault("{kind: sram, node: 32 nm, capacity: 64 KiB, access_bits: 256}"), "");
    EXPECT_EQ(fault("{kind: sram, node: 32 nm, capacity: 64 KiB}"),
              "component.yaml:1:8: error: kind: 'sram' needs 'access_bits'");
    EXPECT_EQ(fault("{kind: adder, node: 32 nm, bits: 8, capacity: 64 KiB}"),
              "component.yaml:1:8: error: kind: 'adder' takes no 'capacity'");
    EXPECT_EQ(fault("{kind: sram, node: 32 nm, capacity: 64 KiB, access_bits: 128}"),
              "component.yaml:1:8: error: kind: accesses of 64 and of 256 bits are known, not of 128");
    EXPECT_EQ(fault("{kind: dac, node: 32 nm, bits: 9, pulse: 1 ns}"),
              "component.yaml:1:8: error: kind: DACs of 1 to 8 bits are known");
    EXPECT_EQ(fault("{kind: wire, node: 14 nm, length: 1 mm, activity: 0.25}"),
              "component.yaml:1:8: error: kind: wires are known at 22 to 90 nm, not at 14 nm");
    EXPECT_EQ(fault("{kind: sram, node: 5 nm, capacity: 64 KiB, access_bits: 256}"),
              "component.yaml:1:20: error: node: is 5 nm but must be 7 nm to 180 nm");
    EXPECT_EQ(fault("{kind: sram, node: 32 nm, capacity: 8 MiB, access_bits: 256}"),
              "component.yaml:1:37: error: capacity: is 8 MiB but must be 1 KiB to 4 MiB");
    EXPECT_NE(fault("{kind: srma, node: 32 nm}").find("did you mean 'sram'"), std::string::npos);
}

}  // namespace
}  // namespace remask
