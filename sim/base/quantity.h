// Physical quantities whose units the compiler checks: one double in SI, dimension exponents in the type.
//
// Voltage * Voltage * Conductance * Time compiles to Energy; Energy + Time does not compile.
#pragma once

#include <array>
#include <compare>

namespace remask {

/// Exponents of kilogram, metre, second, ampere and bit.
using DimensionVector = std::array<int, 5>;

template <int Mass, int Length, int Time, int Current, int Data>
struct Dimension {
    static constexpr DimensionVector vector{Mass, Length, Time, Current, Data};
};

namespace detail {
template <class A, class B, int Sign>
struct Combine;
template <int M1, int L1, int T1, int C1, int D1, int M2, int L2, int T2, int C2, int D2, int Sign>
struct Combine<Dimension<M1, L1, T1, C1, D1>, Dimension<M2, L2, T2, C2, D2>, Sign> {
    using type = Dimension<M1 + Sign * M2, L1 + Sign * L2, T1 + Sign * T2, C1 + Sign * C2, D1 + Sign * D2>;
};
}  // namespace detail

/// A value with dimension `D`, stored in SI (bits for data).
template <class D>
class Quantity {
public:
    using dimension = D;

    constexpr Quantity() = default;
    /// `si` is the value in SI units.
    static constexpr Quantity from_si(double si) { return Quantity(si); }
    constexpr double si() const { return si_; }

    constexpr Quantity operator-() const { return Quantity(-si_); }
    constexpr Quantity& operator+=(Quantity other) {
        si_ += other.si_;
        return *this;
    }
    constexpr Quantity& operator-=(Quantity other) {
        si_ -= other.si_;
        return *this;
    }
    friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity(a.si_ + b.si_); }
    friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity(a.si_ - b.si_); }
    friend constexpr Quantity operator*(Quantity a, double b) { return Quantity(a.si_ * b); }
    friend constexpr Quantity operator*(double a, Quantity b) { return Quantity(a * b.si_); }
    friend constexpr Quantity operator/(Quantity a, double b) { return Quantity(a.si_ / b); }
    friend constexpr auto operator<=>(Quantity a, Quantity b) = default;

private:
    explicit constexpr Quantity(double si) : si_(si) {}
    double si_ = 0.0;
};

/// Product of two quantities; a plain double where the dimensions cancel.
template <class A, class B>
constexpr auto operator*(Quantity<A> a, Quantity<B> b) {
    using D = typename detail::Combine<A, B, 1>::type;
    if constexpr (D::vector == DimensionVector{}) {
        return a.si() * b.si();
    } else {
        return Quantity<D>::from_si(a.si() * b.si());
    }
}

/// Ratio of two quantities; a plain double where the dimensions cancel.
template <class A, class B>
constexpr auto operator/(Quantity<A> a, Quantity<B> b) {
    using D = typename detail::Combine<A, B, -1>::type;
    if constexpr (D::vector == DimensionVector{}) {
        return a.si() / b.si();
    } else {
        return Quantity<D>::from_si(a.si() / b.si());
    }
}

using Time = Quantity<Dimension<0, 0, 1, 0, 0>>;
using Frequency = Quantity<Dimension<0, 0, -1, 0, 0>>;
using Length = Quantity<Dimension<0, 1, 0, 0, 0>>;
using Area = Quantity<Dimension<0, 2, 0, 0, 0>>;
using Energy = Quantity<Dimension<1, 2, -2, 0, 0>>;
using Power = Quantity<Dimension<1, 2, -3, 0, 0>>;
using Current = Quantity<Dimension<0, 0, 0, 1, 0>>;
using Voltage = Quantity<Dimension<1, 2, -3, -1, 0>>;
using Resistance = Quantity<Dimension<1, 2, -3, -2, 0>>;
using Conductance = Quantity<Dimension<-1, -2, 3, 2, 0>>;
using DataSize = Quantity<Dimension<0, 0, 0, 0, 1>>;
using Bandwidth = Quantity<Dimension<0, 0, -1, 0, 1>>;

}  // namespace remask
