// Are units read as they are meant, refused with help, and written so that they can be read again?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "sim/base/random.h"
#include "sim/base/units.h"

namespace remask {
namespace {

using testing::HasSubstr;

template <class Q>
double si(const std::string& text) {
    const auto result = parse_quantity(text, Q::dimension::vector);
    if (const auto* error = std::get_if<UnitError>(&result)) {
        ADD_FAILURE() << error->message;
        return std::numeric_limits<double>::quiet_NaN();
    }
    return std::get<double>(result);
}

template <class Q>
std::string fault(const std::string& text) {
    const auto result = parse_quantity(text, Q::dimension::vector);
    if (const auto* value = std::get_if<double>(&result)) return "accepted as " + std::to_string(*value);
    return std::get<UnitError>(result).message;
}

// Literals on the right are rounded by the compiler: the text must be rounded as well as that, to the last bit.
TEST(ParseQuantity, EveryUnitOfEachDimension) {
    EXPECT_EQ(si<Time>("10 ns"), 10e-9);
    EXPECT_EQ(si<Time>("3 ps"), 3e-12);
    EXPECT_EQ(si<Time>("0.1 us"), 0.1e-6);
    EXPECT_EQ(si<Time>("7 ms"), 7e-3);
    EXPECT_EQ(si<Time>("2 h"), 7200.0);
    EXPECT_EQ(si<Time>("1 year"), 365.25 * 24 * 3600);
    EXPECT_EQ(si<Frequency>("1.2 GHz"), 1.2e9);
    EXPECT_EQ(si<Length>("65 nm"), 65e-9);
    EXPECT_EQ(si<Area>("0.42 mm2"), 0.42e-6);
    EXPECT_EQ(si<Area>("3 um2"), 3e-12);
    EXPECT_EQ(si<Area>("1225 nm2"), 1225e-18);
    EXPECT_EQ(si<Energy>("1.5625 pJ"), 1.5625e-12);
    EXPECT_EQ(si<Energy>("5 aJ"), 5e-18);
    EXPECT_EQ(si<Energy>("5 fJ"), 5e-15);
    EXPECT_EQ(si<Power>("16 mW"), 16e-3);
    EXPECT_EQ(si<Current>("30 uA"), 30e-6);
    EXPECT_EQ(si<Voltage>("200 mV"), 0.2);
    EXPECT_EQ(si<Resistance>("10 kohm"), 10e3);
    EXPECT_EQ(si<Resistance>("1.5 Mohm"), 1.5e6);
    EXPECT_EQ(si<Conductance>("0.33 uS"), 0.33e-6);
    EXPECT_EQ(si<DataSize>("3 bit"), 3.0);
    EXPECT_EQ(si<DataSize>("64 KiB"), 64.0 * 1024 * 8);
    EXPECT_EQ(si<DataSize>("2 kB"), 2.0 * 1000 * 8);
    EXPECT_EQ(si<DataSize>("1 GiB"), 1024.0 * 1024 * 1024 * 8);
    EXPECT_EQ(si<Bandwidth>("6.4 GB/s"), 6.4e9 * 8);
    EXPECT_EQ(si<Bandwidth>("6.4 Gb/s"), 6.4e9);
    EXPECT_EQ(si<Bandwidth>("100 bit/s"), 100.0);
}

TEST(ParseQuantity, Spellings) {
    EXPECT_EQ(si<Time>("10ns"), 10e-9);
    EXPECT_EQ(si<Time>("  10   ns "), 10e-9);
    EXPECT_EQ(si<Time>("1e1 ns"), 10e-9);
    EXPECT_EQ(si<Time>("-.5e+2 ns"), -50e-9);
    EXPECT_EQ(si<Energy>("3 \u00b5J"), 3e-6);
    EXPECT_EQ(si<Energy>("3 \u03bcJ"), 3e-6);
    EXPECT_EQ(si<Resistance>("3 k\u03a9"), 3e3);
    EXPECT_EQ(si<Area>("3 mm\u00b2"), 3e-6);
    EXPECT_EQ(si<Area>("3 mm^2"), 3e-6);
}

TEST(ParseQuantity, QuotientsOfUnits) {
    using EnergyPerBit = decltype(Energy() / DataSize());
    using EnergyPerArea = decltype(Energy() / Area());
    EXPECT_EQ(si<EnergyPerBit>("2 pJ/bit"), 2e-12);
    EXPECT_EQ(si<EnergyPerBit>("16 pJ/B"), 2e-12);
    EXPECT_DOUBLE_EQ(si<EnergyPerArea>("3 pJ/um2"), 3.0);
    EXPECT_DOUBLE_EQ(si<Resistance>("1 V/mA"), 1000.0);
}

TEST(ParseQuantity, RefusesWithHelp) {
    EXPECT_THAT(fault<Time>("10"), HasSubstr("needs a unit: one of fs, ps, ns, us, ms, s"));
    EXPECT_THAT(fault<Time>("0"), HasSubstr("needs a unit"));
    EXPECT_THAT(fault<Time>("10 pJ"), HasSubstr("is an energy, but a time is wanted: one of fs, ps, ns"));
    EXPECT_THAT(fault<Time>("10 sn"), HasSubstr("did you mean 'ns'?"));
    EXPECT_THAT(fault<DataSize>("4 KB"), HasSubstr("did you mean 'kB'?"));
    EXPECT_THAT(fault<Energy>("ten pJ"), HasSubstr("not a number"));
    for (const char* text : {"", " ", "ns", "010 ns", "1.2.3 ns", "inf s", "nan s", "1e999 s", "1e-999 s", "0x1 s",
                             "1 n s", "--1 s", "1,5 s", "1 s s", "1e99999999 s", ". s", "+ s", "1 ns/", "1 /ns"}) {
        EXPECT_THAT(fault<Time>(text), testing::Not(HasSubstr("accepted as"))) << text;
    }
}

template <class Q>
void expect_round_trip() {
    RandomStream random(5, "units");
    for (int i = 0; i < 3000; ++i) {
        const double value = std::ldexp(random.uniform() - 0.5, static_cast<int>(random.below(200)) - 120);
        const std::string text = exact_quantity(value, Q::dimension::vector);
        ASSERT_EQ(si<Q>(text), value) << text;
    }
    EXPECT_EQ(si<Q>(exact_quantity(0.0, Q::dimension::vector)), 0.0);
    EXPECT_EQ(si<Q>(exact_quantity(1e300, Q::dimension::vector)), 1e300);
}

TEST(ExactQuantity, ReadAgainGivesTheSameBits) {
    expect_round_trip<Time>();
    expect_round_trip<Frequency>();
    expect_round_trip<Length>();
    expect_round_trip<Area>();
    expect_round_trip<Energy>();
    expect_round_trip<Power>();
    expect_round_trip<Current>();
    expect_round_trip<Voltage>();
    expect_round_trip<Resistance>();
    expect_round_trip<Conductance>();
    expect_round_trip<DataSize>();
    expect_round_trip<Bandwidth>();
    expect_round_trip<decltype(Energy() / DataSize())>();
}

TEST(ExactQuantity, IsWrittenAsPeopleDo) {
    EXPECT_EQ(exact_quantity(10e-9, Time::dimension::vector), "10 ns");
    EXPECT_EQ(exact_quantity(1.5625e-12, Energy::dimension::vector), "1.5625 pJ");
    EXPECT_EQ(exact_quantity(-0.2, Voltage::dimension::vector), "-200 mV");
    EXPECT_EQ(exact_quantity(64.0 * 8192, DataSize::dimension::vector), "64 KiB");
    EXPECT_EQ(exact_quantity(3, DataSize::dimension::vector), "3 bit");
    EXPECT_EQ(exact_quantity(0, Energy::dimension::vector), "0 J");
}

TEST(FormatQuantity, OneToThreeFiguresBeforeThePoint) {
    EXPECT_EQ(to_string(Energy::from_si(1.5625e-12), 3), "1.56 pJ");
    EXPECT_EQ(to_string(Energy::from_si(1e-12)), "1 pJ");
    EXPECT_EQ(to_string(Energy::from_si(999e-12)), "999 pJ");
    EXPECT_EQ(to_string(Energy::from_si(1000e-12)), "1 nJ");
    EXPECT_EQ(to_string(Energy::from_si(999.96e-12)), "1 nJ");  // four figures: 1000 pJ
    EXPECT_EQ(to_string(Energy::from_si(-2.5e-3)), "-2.5 mJ");
    EXPECT_EQ(to_string(Energy()), "0 J");
    EXPECT_EQ(to_string(Area::from_si(0.5e-6)), "500000 um2");
    EXPECT_EQ(to_string(Area::from_si(1.25e-6)), "1.25 mm2");
    EXPECT_EQ(to_string(DataSize::from_si(12)), "12 bit");
    EXPECT_EQ(to_string(DataSize::from_si(1536.0 * 8)), "1.5 KiB");
    EXPECT_EQ(to_string(Bandwidth::from_si(8e9)), "1 GB/s");
}

TEST(SiSymbol, NamesTheUnit) {
    EXPECT_EQ(si_symbol(Energy::dimension::vector), "J");
    EXPECT_EQ(si_symbol(Area::dimension::vector), "m2");
    EXPECT_EQ(si_symbol(Bandwidth::dimension::vector), "bit/s");
    EXPECT_EQ(dimension_name(Energy::dimension::vector), "energy");
}

}  // namespace
}  // namespace remask
