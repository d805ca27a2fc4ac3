// SRAM and eDRAM against CACTI's output at points that the tables do not hold, against the eDRAM of published chips,
// and in their course.
#include <gtest/gtest.h>

#include "sim/components/component.h"

namespace remask {
namespace {

Figures memory(ComponentKind kind, double nanometres, double kibibytes, int access_bits = 256) {
    Component component;
    component.kind = kind;
    component.node = Length::from_si(nanometres * 1e-9);
    component.capacity = DataSize::from_si(kibibytes * 8192);
    component.access_bits = access_bits;
    return figures_of(component, 8);
}

/// Of an access.
double read_picojoules(const Figures& figures, int access_bits = 256) {
    return figures.read->si() * access_bits * 1e12;
}

double square_millimetres(const Figures& figures) {
    return figures.area->si() * 1e6;
}

void expect_within(double value, double reference, double share) {
    EXPECT_NEAR(value / reference, 1.0, share) << value << " for " << reference;
}

// Points of CACTI 7.0 between those of the tables: sizes that are no power of two, and other nodes.
TEST(Memories, ComeNearCactiBetweenTheirPoints) {
    struct Point {
        ComponentKind kind;
        double nanometres, kibibytes, read_pj, area_mm2;
    };
    constexpr ComponentKind sram = ComponentKind::sram, edram = ComponentKind::edram;
    for (const Point& point : {Point{sram, 32, 48, 26.2576, 0.079185}, Point{sram, 32, 96, 36.0654, 0.188628},
                               Point{sram, 32, 384, 80.6529, 0.716475}, Point{sram, 28, 64, 22.6132, 0.105350},
                               Point{sram, 40, 64, 42.7702, 0.157178}, Point{sram, 55, 64, 70.9164, 0.297205},
                               Point{edram, 32, 48, 11.4793, 0.070168}, Point{edram, 32, 96, 19.3184, 0.103999},
                               Point{edram, 32, 384, 39.7431, 0.329460}, Point{edram, 40, 64, 21.2519, 0.127973},
                               Point{edram, 55, 64, 38.0115, 0.232321}}) {
        const Figures figures = memory(point.kind, point.nanometres, point.kibibytes);
        SCOPED_TRACE(figures.source);
        expect_within(read_picojoules(figures), point.read_pj, 0.20);
        expect_within(square_millimetres(figures), point.area_mm2, 0.30);
        EXPECT_TRUE(figures.warnings.empty());
    }
}

// 64 KB of eDRAM at 32 nm: ISAAC 0.083 mm2, PUMA 0.086 mm2 and 17.2 pJ an access of 256 bits (Accelergy, from ISAAC's
// power: 20.45 pJ).
TEST(Memories, AgreeWithTheEdramOfIsaacAndPuma) {
    const Figures figures = memory(ComponentKind::edram, 32, 64);
    expect_within(square_millimetres(figures), 0.083, 0.06);
    expect_within(square_millimetres(figures), 0.086, 0.03);
    expect_within(read_picojoules(figures), 17.2, 0.10);
    expect_within(read_picojoules(figures), 20.45, 0.25);
    EXPECT_EQ(figures.read->si(), figures.write->si());
}

TEST(Memories, GrowWithTheirSize) {
    for (const ComponentKind kind : {ComponentKind::sram, ComponentKind::edram}) {
        for (const double node : {32.0, 50.0, 90.0}) {
            for (const int bits : {64, 256}) {
                double area = 0.0, leakage = 0.0;
                for (double size = 1; size <= 4096; size *= 1.3) {
                    const Figures figures = memory(kind, node, size, bits);
                    EXPECT_GE(figures.area->si(), area) << figures.source;
                    EXPECT_GE(figures.leakage.si(), leakage) << figures.source;
                    area = figures.area->si();
                    leakage = figures.leakage.si();
                }
                EXPECT_GT(read_picojoules(memory(kind, node, 4096, bits)),
                          10 * read_picojoules(memory(kind, node, 1, bits)));
            }
        }
    }
}

TEST(Memories, SayWhereTheirTableEnds) {
    const Figures at22 = memory(ComponentKind::sram, 22, 64), at14 = memory(ComponentKind::sram, 14, 64);
    EXPECT_TRUE(at22.warnings.empty());
    ASSERT_EQ(at14.warnings.size(), 1u);
    EXPECT_NE(at14.warnings[0].find("its table ends at 22 nm; carried to 14 nm"), std::string::npos);
    EXPECT_LT(at14.read->si(), at22.read->si());
    EXPECT_LT(at14.area->si(), at22.area->si());
    EXPECT_EQ(memory(ComponentKind::edram, 22, 64).warnings.size(), 1u);  // CACTI's eDRAM ends at 32 nm
    EXPECT_EQ(memory(ComponentKind::sram, 130, 64).warnings.size(), 1u);
}

}  // namespace
}  // namespace remask
