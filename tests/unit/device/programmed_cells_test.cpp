// Do cells hold what was written to them, with errors of the stated distribution that belong to the cell and the level?
#include "sim/device/programmed_cells.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "sim/base/diagnostics.h"
#include "tests/unit/device/distribution.h"

namespace remask {
namespace {

using test::expect_normal;
using test::kolmogorov_limit;
using test::kolmogorov_smirnov;
using test::moments_of;
using test::normal_share_below;

constexpr std::int64_t cells = 40000;
constexpr CellIdentity chip{11, 3, 0};

DeviceParameters with_error(ErrorModel model, double strength) {
    DeviceParameters device;
    device.programming_error.emplace();
    device.programming_error->model = model;
    device.programming_error->strength = strength;
    return device;
}

std::vector<double> sample(const ProgrammedCells& programmed, int level) {
    std::vector<double> values;
    for (std::int64_t cell = 0; cell < cells; ++cell) values.push_back(programmed.conductance(cell, level));
    return values;
}

TEST(ProgrammedCells, IdealCellsHoldLevelAndFloor) {
    const ProgrammedCells ideal({}, chip, 2, 0.25);
    EXPECT_EQ(ideal.conductance(7, 3), 3.25);
    EXPECT_EQ(ideal.fixed_point(7, 3), 3328);  // 3.25 · 2^10
    EXPECT_FALSE(DeviceParameters{}.changes_cells());
    EXPECT_FALSE(with_error(ErrorModel::constant, 0.0).changes_cells());
}

TEST(ProgrammedCells, RoundsHalfToEven) {
    DeviceParameters device;
    device.conductance_fraction_bits = 1;
    EXPECT_EQ(ProgrammedCells(device, chip, 2, 0.25).fixed_point(0, 1), 2);  // 2.5 units
    EXPECT_EQ(ProgrammedCells(device, chip, 2, 0.75).fixed_point(0, 1), 4);  // 3.5 units
}

TEST(ProgrammedCells, ConstantErrorIsNormalWithAShareOfTheRange) {
    // 4-bit cells: the range is 15 level units. Level 9 ± 0.3 is never cut at 0.
    const ProgrammedCells programmed(with_error(ErrorModel::constant, 0.02), chip, 4, 0.0);
    expect_normal(sample(programmed, 9), 9.0, 0.3);
    expect_normal(sample(programmed, 15), 15.0, 0.3);
}

TEST(ProgrammedCells, ProportionalErrorIsNormalWithAShareOfTheConductance) {
    const ProgrammedCells programmed(with_error(ErrorModel::proportional, 0.05), chip, 4, 1.5);
    expect_normal(sample(programmed, 0), 1.5, 0.075);
    expect_normal(sample(programmed, 12), 13.5, 0.675);
}

TEST(ProgrammedCells, NoConductanceIsNegative) {
    // Half of level 0's errors would be: they are cut, and half the cells hold exactly 0.
    const ProgrammedCells programmed(with_error(ErrorModel::constant, 0.05), chip, 2, 0.0);
    const std::vector<double> values = sample(programmed, 0);
    const auto zeros = static_cast<double>(std::count(values.begin(), values.end(), 0.0));
    EXPECT_GE(*std::min_element(values.begin(), values.end()), 0.0);
    EXPECT_NEAR(zeros / cells, 0.5, 4.0 * 0.5 / std::sqrt(cells));
}

TEST(ProgrammedCells, TabulatedErrorsAreNormalWithTheMeanAndDeviationOfTheirLevel) {
    DeviceParameters device = with_error(ErrorModel::table, 0.5);
    device.programming_error->levels = {{0.0, 0.0}, {0.1, 0.02}, {-0.04, 0.04}, {0.02, 0.06}};
    const ProgrammedCells programmed(device, chip, 2, 0.5);
    EXPECT_EQ(programmed.conductance(0, 0), 0.5);  // no error
    expect_normal(sample(programmed, 1), 1.5 + 0.5 * 0.1 * 3, 0.5 * 0.02 * 3);
    expect_normal(sample(programmed, 2), 2.5 - 0.5 * 0.04 * 3, 0.5 * 0.04 * 3);
    expect_normal(sample(programmed, 3), 3.5 + 0.5 * 0.02 * 3, 0.5 * 0.06 * 3);
}

TEST(ProgrammedCells, DriftIsThePowerLaw) {
    DeviceParameters device;
    device.drift = Drift{Time::from_si(1e6), Time::from_si(10), 0.05, 0.0};
    const ProgrammedCells programmed(device, chip, 2, 0.25);
    EXPECT_TRUE(device.changes_cells());
    for (const int level : {0, 1, 3}) {
        const double expected = (level + 0.25) * std::pow(1e5, -0.05);
        EXPECT_NEAR(programmed.conductance(17, level), expected, 1e-14 * expected);
    }
}

TEST(ProgrammedCells, DriftExponentsAreNormalAndBelongToTheCell) {
    DeviceParameters device;
    device.drift = Drift{Time::from_si(1e4), Time::from_si(1), 0.1, 0.02};
    const ProgrammedCells programmed(device, chip, 2, 0.0);
    std::vector<double> exponents;
    for (std::int64_t cell = 0; cell < cells; ++cell) {
        exponents.push_back(-std::log(programmed.conductance(cell, 3) / 3.0) / std::log(1e4));
        EXPECT_NEAR(programmed.conductance(cell, 1) / 1.0, programmed.conductance(cell, 3) / 3.0, 1e-12);
    }
    expect_normal(exponents, 0.1, 0.02);
}

/// Each pulse hits with p = erf(tolerance/(σ·√2)); pulses are geometric, cut at n: mean (1 − (1−p)^n)/p.
TEST(ProgrammedCells, WriteVerifyCountsGeometricPulses) {
    for (const int most : {1, 5, 1000}) {
        DeviceParameters device = with_error(ErrorModel::constant, 0.04);  // σ = 0.6
        device.write_verify = WriteVerify{0.02, most};                     // ± 0.3
        const ProgrammedCells programmed(device, chip, 4, 0.0);
        const double p = std::erf(0.5 / std::sqrt(2.0));
        const double missed = std::pow(1.0 - p, most);
        std::vector<double> pulses;
        std::vector<double> accepted;
        for (std::int64_t cell = 0; cell < cells; ++cell) {
            const ProgrammedCell result = programmed.programmed(cell, 8);
            pulses.push_back(result.pulses);
            if (std::abs(result.conductance - 8.0) <= 0.3) accepted.push_back(result.conductance - 8.0);
        }
        EXPECT_NEAR(static_cast<double>(accepted.size()) / cells, 1.0 - missed, 4.0 * 0.5 / std::sqrt(cells));
        const double deviation = std::sqrt(1.0 - p) / p;  // of the geometric distribution, at least that of the cut one
        EXPECT_NEAR(moments_of(pulses).mean, (1.0 - missed) / p, 4.0 * deviation / std::sqrt(cells));
        // What is accepted is the normal distribution cut at the tolerance.
        const double below = normal_share_below(-0.5);
        const auto share = [&](double x) { return (normal_share_below(x / 0.6) - below) / (1.0 - 2.0 * below); };
        EXPECT_LT(kolmogorov_smirnov(accepted, share), kolmogorov_limit);
    }
}

TEST(ProgrammedCells, TheFirstPulseIsThatWithoutVerify) {
    DeviceParameters device = with_error(ErrorModel::constant, 0.1);
    const ProgrammedCells plain(device, chip, 2, 0.0);
    device.write_verify = WriteVerify{1.0, 9};
    const ProgrammedCells verified(device, chip, 2, 0.0);
    for (std::int64_t cell = 0; cell < 1000; ++cell) {
        EXPECT_EQ(verified.programmed(cell, 1).conductance, plain.programmed(cell, 1).conductance);
        EXPECT_EQ(verified.programmed(cell, 1).pulses, 1);
    }
}

TEST(ProgrammedCells, StuckCellsTakeAllPulsesUnlessTheyAreRight) {
    DeviceParameters device = with_error(ErrorModel::constant, 0.0);
    device.write_verify = WriteVerify{0.1, 7};
    device.stuck_on = 1.0;
    const ProgrammedCells programmed(device, chip, 2, 0.0);
    EXPECT_EQ(programmed.programmed(0, 0).pulses, 7);
    EXPECT_EQ(programmed.programmed(0, 3).pulses, 1);
}

TEST(ProgrammedCells, StuckSharesAreMetAndDoNotDependOnTheLevel) {
    DeviceParameters device;
    device.stuck_on = 0.02;
    device.stuck_off = 0.05;
    const ProgrammedCells programmed(device, chip, 2, 0.1);
    std::int64_t on = 0;
    std::int64_t off = 0;
    for (std::int64_t cell = 0; cell < cells; ++cell) {
        const double low = programmed.conductance(cell, 0);
        const double high = programmed.conductance(cell, 3);
        on += low == 3.1 ? 1 : 0;
        off += high == 0.1 ? 1 : 0;
        // A cell that is not stuck obeys; a stuck one holds the same whatever is written.
        EXPECT_TRUE((low == 0.1 && high == 3.1) || low == high);
    }
    EXPECT_NEAR(static_cast<double>(on) / cells, 0.02, 4.0 * std::sqrt(0.02 * 0.98 / cells));
    EXPECT_NEAR(static_cast<double>(off) / cells, 0.05, 4.0 * std::sqrt(0.05 * 0.95 / cells));
}

TEST(ProgrammedCells, StuckCellsDoNotDrift) {
    DeviceParameters device;
    device.stuck_on = 1.0;
    device.drift = Drift{Time::from_si(1e6), Time::from_si(1), 0.1, 0.0};
    EXPECT_EQ(ProgrammedCells(device, chip, 2, 0.0).conductance(0, 1), 3.0);
}

TEST(ProgrammedCells, ErrorsBelongToChipMatrixCellAndLevel) {
    const DeviceParameters device = with_error(ErrorModel::constant, 0.1);
    const double value = ProgrammedCells(device, chip, 4, 0.0).conductance(5, 8);
    EXPECT_EQ(ProgrammedCells(device, chip, 4, 0.0).conductance(5, 8), value);
    EXPECT_NE(ProgrammedCells(device, chip, 4, 0.0).conductance(6, 8), value);
    EXPECT_NE(ProgrammedCells(device, chip, 4, 0.0).conductance(5, 9), value + 1.0);
    for (const CellIdentity& other : {CellIdentity{12, 3, 0}, CellIdentity{11, 2, 0}, CellIdentity{11, 3, 1}}) {
        EXPECT_NE(ProgrammedCells(device, other, 4, 0.0).conductance(5, 8), value);
    }
}

TEST(ProgrammedCells, RefusesWhatThirtyOneBitsDoNotHold) {
    DeviceParameters device;
    device.conductance_fraction_bits = 20;
    const ProgrammedCells programmed(device, chip, 8, 1e4);
    try {
        programmed.fixed_point(0, 255);
        FAIL() << "no error";
    } catch (const ConfigError& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("device.conductance_fraction_bits"));
    }
}

void expect_drift_blamed(double spread, int level, int tried) {
    DeviceParameters device;
    device.drift = Drift{Time::from_si(1e30), Time::from_si(1e-40), -1.0, spread};
    const ProgrammedCells drifted(device, chip, 8, 0.0);
    try {
        for (int cell = 0; cell < tried; ++cell) drifted.fixed_point(cell, level);
        FAIL() << "no error";
    } catch (const ConfigError& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("device.drift: "));
    }
}

TEST(ProgrammedCells, BlamesDriftForWhatItMadeGrow) {
    expect_drift_blamed(0.0, 255, 1);  // 255 · (1e70)^1
    // Where ν < −4.4, 3.4 deviations from −1, (1e70)^4.4 is infinite, and infinitely often nothing is no number.
    expect_drift_blamed(1.0, 0, 100'000);
}

}  // namespace
}  // namespace remask
