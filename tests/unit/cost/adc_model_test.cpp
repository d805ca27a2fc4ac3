// Conversion energies against the tables and formulas that they come from, and the ends of their ranges.
#include "sim/components/adc_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/diagnostics.h"
#include "sim/config/config.h"
#include "sim/energy/energy_report.h"

namespace remask {
namespace {

double picojoules(const AdcModel& model, int bits) {
    return conversion_energy(model, bits).si() * 1e12;
}

TEST(AdcModel, IsaacsScalingIsItsTable) {
    AdcModel model;
    EXPECT_DOUBLE_EQ(picojoules(model, 4), 0.79);
    EXPECT_DOUBLE_EQ(picojoules(model, 8), 1.67);
    EXPECT_DOUBLE_EQ(picojoules(model, 10), 2.38);
}

// Accelergy's regression, as its own evaluation at 32 nm gives it to three digits: 1 GS/s, and 100 MS/s.
TEST(AdcModel, TheSurveysRegressionGivesItsPublishedPoints) {
    AdcModel model;
    model.source = AdcSource::survey;
    model.node = Length::from_si(32e-9);
    model.rate = Frequency::from_si(1e9);
    const std::vector<double> points{0.92, 0.94, 1.07, 1.31, 1.71, 4.70, 13.9};
    for (std::size_t i = 0; i < points.size(); ++i) {
        EXPECT_NEAR(picojoules(model, static_cast<int>(i) + 4), points[i], 0.01 * points[i]) << i + 4;
    }
    model.rate = Frequency::from_si(1e8);
    EXPECT_NEAR(picojoules(model, 9), 2.34, 0.0234);
    EXPECT_NEAR(picojoules(model, 10), 3.31, 0.0331);
}

// NeuroSim V1.3: (c1·b + c0 + c2/R) · (b + 1) ns with the numbers of its table, worked out here.
TEST(AdcModel, NeuroSimsFormula) {
    AdcModel model;
    model.source = AdcSource::neurosim;
    const auto at = [&](double nanometres, int bits, double ohm) {
        model.node = Length::from_si(nanometres * 1e-9);
        model.column_resistance = Resistance::from_si(ohm);
        return picojoules(model, bits);
    };
    EXPECT_NEAR(at(22, 8, 1e3), (0.538 * 8 + 4.375 + 72.3) * 9e-3, 1e-9);  // 0.729 pJ
    EXPECT_NEAR(at(32, 6, 1e4), (1.129 * 6 + 8.9 + 7.94) * 7e-3, 1e-9);    // 0.165 pJ
    EXPECT_NEAR(at(7, 5, 4e3), (0.106 * 5 + 0.885 + 10.9) * 6e-3, 1e-9);
    EXPECT_NEAR(at(130, 4, 1e5), (8.448 * 4 + 65.24 + 1.69) * 5e-3, 1e-9);
}

TEST(AdcModel, SaysWhereItEnds) {
    AdcModel model;
    EXPECT_EQ(fault_in(model, 4), "");
    EXPECT_THAT(fault_in(model, 3),
                testing::HasSubstr("isaac has energies for 4 to 10 bits, the arrays convert with 3"));
    EXPECT_NE(fault_in(model, 11), "");
    EXPECT_THROW(conversion_energy(model, 11), InternalError);
}

const std::string isaac = std::string(REMASK_SOURCE_DIR) + "/hw_configs/isaac.yaml";

TEST(AdcModel, PricesConversionsByTheirBits) {
    Document document = Document::load(isaac);
    document.set("energy.adc={source: isaac}");
    document.set("crossbar.adc_bits=6");
    const auto hardware = read_config<Hardware>(document);
    ActionCounts counts;
    counts[Action::adc_conversion] = 100;
    EXPECT_NEAR(price(counts, hardware).total.si(), 120e-12, 1e-18);
    document.set("crossbar.adc_bits=8");
    document.set("crossbar.adc_slice_bits=[8, 8, 6, 6]");
    EXPECT_NEAR(price(counts, read_config<Hardware>(document)).total.si(), 50 * (1.67 + 1.20) * 1e-12, 1e-18);
}

/// The faults of isaac.yaml with `model` as its energy.adc and so many bits.
std::string faults(const std::string& model, int bits) {
    Document document = Document::load(isaac);
    document.set("energy.adc=" + model);
    document.set("crossbar.adc_bits=" + std::to_string(bits));
    try {
        read_config<Hardware>(document);
    } catch (const ConfigError& error) {
        return to_string(error.diagnostics()[0]);
    }
    return {};
}

TEST(AdcModel, RefusesWhatItsTablesDoNotHoldAtTheConfigsLine) {
    using testing::HasSubstr;
    EXPECT_EQ(faults("{source: isaac}", 10), "");
    EXPECT_THAT(faults("{source: isaac}", 12),
                HasSubstr("--set: error: energy.adc: isaac has energies for 4 to 10 bits"));
    EXPECT_THAT(faults("{source: isaac, node: 22 nm}", 8), HasSubstr("energy.adc.node: isaac's table is of 32 nm"));
    EXPECT_THAT(faults("{source: survey, node: 32 nm}", 8), HasSubstr("energy.adc.source: survey needs node and rate"));
    EXPECT_THAT(faults("{source: neurosim, node: 28 nm, column_resistance: 1 kohm}", 8),
                HasSubstr("energy.adc.node: NeuroSim's table has 130, 90, 65, 45, 32, 22, 14, 10, 7 nm"));
    EXPECT_THAT(faults("{source: neurosim, node: 22 nm}", 8),
                HasSubstr("energy.adc.source: neurosim needs node and column_resistance"));
    EXPECT_EQ(faults("{source: neurosim, node: 22 nm, column_resistance: 1 kohm}", 8), "");
}

}  // namespace
}  // namespace remask
