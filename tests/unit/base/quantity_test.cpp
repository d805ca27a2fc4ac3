// Does the compiler check dimensions?
#include <gtest/gtest.h>

#include <type_traits>

#include "sim/base/quantity.h"

namespace remask {
namespace {

template <class A, class B>
concept Addable = requires(A a, B b) {
    a + b;
};
template <class A, class B>
concept Subtractable = requires(A a, B b) {
    a - b;
};
template <class A, class B>
concept Comparable = requires(A a, B b) {
    a < b;
};
template <class A, class B>
concept AddableInPlace = requires(A a, B b) {
    a += b;
};

static_assert(Addable<Energy, Energy> && Subtractable<Time, Time> && Comparable<Power, Power>);
static_assert(!Addable<Energy, Time> && !Addable<Energy, Power> && !Addable<Energy, double> &&
              !Addable<double, Energy>);
static_assert(!Subtractable<Voltage, Current> && !Subtractable<DataSize, double>);
static_assert(!Comparable<Energy, Time> && !Comparable<Energy, double>);
static_assert(AddableInPlace<Energy, Energy> && !AddableInPlace<Energy, Power>);
static_assert(!std::is_convertible_v<double, Energy> && !std::is_constructible_v<Energy, double>);
static_assert(!std::is_convertible_v<Energy, double> && !std::is_assignable_v<Energy&, Time>);

template <class A, class B>
using Product = decltype(A() * B());
template <class A, class B>
using Ratio = decltype(A() / B());

static_assert(std::is_same_v<Product<Product<Product<Voltage, Voltage>, Conductance>, Time>, Energy>);
static_assert(std::is_same_v<Product<Voltage, Current>, Power>);
static_assert(std::is_same_v<Product<Power, Time>, Energy>);
static_assert(std::is_same_v<Product<Length, Length>, Area>);
static_assert(std::is_same_v<Ratio<Voltage, Current>, Resistance>);
static_assert(std::is_same_v<Ratio<DataSize, Time>, Bandwidth>);
static_assert(std::is_same_v<Ratio<Energy, Energy>, double>);
static_assert(std::is_same_v<Product<Resistance, Conductance>, double>);
static_assert(std::is_same_v<Product<Frequency, Time>, double>);

TEST(Quantity, ValuesFollow) {
    const Energy energy =
        Voltage::from_si(0.2) * Voltage::from_si(0.2) * Conductance::from_si(50e-6) * Time::from_si(10e-9);
    EXPECT_DOUBLE_EQ(energy.si(), 2e-14);
    EXPECT_EQ((Time::from_si(3) + Time::from_si(4)).si(), 7.0);
    EXPECT_EQ((Time::from_si(3) - 2.0 * Time::from_si(4)).si(), -5.0);
    EXPECT_EQ((-Time::from_si(3) / 2.0).si(), -1.5);
    EXPECT_EQ(DataSize::from_si(64) / Bandwidth::from_si(32), Time::from_si(2));
    EXPECT_LT(Energy::from_si(1), Energy::from_si(2));
    EXPECT_EQ(Energy().si(), 0.0);
}

}  // namespace
}  // namespace remask
