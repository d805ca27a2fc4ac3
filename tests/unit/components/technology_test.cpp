// Scaling factors against the paper's own worked example and its table of areas.
#include "sim/components/technology.h"

#include <gtest/gtest.h>

#include "sim/base/diagnostics.h"

namespace remask {
namespace {

Length nm(double value) {
    return Length::from_si(value * 1e-9);
}

Voltage volts(double value) {
    return Voltage::from_si(value);
}

// The corrected example of section 4.2.1: 65 nm at 1.3 V has the factor 2.604, 32 nm at 0.9 V 0.4571, hence 0.1755.
TEST(Technology, GivesThePapersWorkedExample) {
    const double down = energy_scale(nm(65), nm(32), volts(0.9)) / energy_scale(nm(65), nm(65), volts(1.3));
    EXPECT_NEAR(down, 0.1755, 0.0001);
}

// The paper's table, "area at the second over area at the first", rounded there to two digits; the factors come of its
// row for 32 nm alone.
TEST(Technology, GivesThePapersAreas) {
    struct Entry {
        double from, to, ratio;
    };
    for (const Entry& entry :
         {Entry{180, 130, 0.34}, Entry{180, 65, 0.08}, Entry{180, 7, 0.0032}, Entry{130, 90, 0.44}, Entry{90, 65, 0.53},
          Entry{65, 45, 0.66}, Entry{45, 20, 0.21}, Entry{45, 7, 0.059}, Entry{20, 16, 0.89}, Entry{16, 14, 0.91},
          Entry{14, 10, 0.59}, Entry{10, 7, 0.58}, Entry{7, 130, 110}, Entry{14, 90, 16}}) {
        EXPECT_NEAR(area_scale(nm(entry.from), nm(entry.to)) / entry.ratio, 1.0, 0.06) << entry.from << entry.to;
    }
}

TEST(Technology, FallsFromNodeToNode) {
    double energy = 1e9, area = 1e9;
    for (double node = 180; node >= 7; node -= 0.5) {
        const double next_energy = energy_scale(nm(180), nm(node)), next_area = area_scale(nm(180), nm(node));
        EXPECT_LT(next_energy, energy) << node;
        EXPECT_LT(next_area, area) << node;
        energy = next_energy;
        area = next_area;
    }
}

TEST(Technology, LeadsBackAndAlongAnyWay) {
    EXPECT_DOUBLE_EQ(energy_scale(nm(40), nm(40)), 1.0);
    EXPECT_NEAR(energy_scale(nm(65), nm(28)) * energy_scale(nm(28), nm(10)), energy_scale(nm(65), nm(10)), 1e-12);
    EXPECT_NEAR(area_scale(nm(65), nm(28)) * area_scale(nm(28), nm(65)), 1.0, 1e-12);
    EXPECT_DOUBLE_EQ(energy_scale(nm(32), nm(32), nominal_voltage(nm(32))), 1.0);
    EXPECT_LT(energy_scale(nm(32), nm(32), volts(0.7)), 1.0);
}

TEST(Technology, EndsAtItsEnds) {
    EXPECT_NO_THROW(energy_scale(nm(180), nm(7)));
    EXPECT_THROW(energy_scale(nm(32), nm(6.9)), InternalError);
    EXPECT_THROW(area_scale(nm(181), nm(32)), InternalError);
}

}  // namespace
}  // namespace remask
