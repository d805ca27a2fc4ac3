#include "sim/device/portable_math.h"

#include <cmath>
#include <limits>

namespace remask {

namespace {

// ln 2 = high + low, high with 32 trailing zero bits, so that k·high is exact for |k| < 2^11.
constexpr double ln2_high = 0x1.62e42fee00000p-1;
constexpr double ln2_low = 0x1.a39ef35793c76p-33;

}  // namespace

/// ln m = 2 artanh((m − 1)/(m + 1)) for m in [√½, √2).
double portable_log(double x) {
    constexpr double sqrt_half = 0.707106781186547524400844362105;
    int exponent = 0;
    double m = std::frexp(x, &exponent);
    if (m < sqrt_half) {
        m *= 2.0;
        --exponent;
    }
    const double t = (m - 1.0) / (m + 1.0);
    const double square = t * t;  // at most 0.0295: thirteen terms reach the last bit
    double sum = 0.0;
    for (int k = 25; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
    return exponent * ln2_high + (2.0 * t * sum + exponent * ln2_low);
}

/// e^x = 2^k·e^r with |r| ≤ ln 2 / 2; the series of e^r to r^17/17!.
double portable_exp(double x) {
    if (x < -745.2) return 0.0;
    if (x > 709.7827128933840) return std::numeric_limits<double>::infinity();
    const double k = std::rint(x / 0.693147180559945309417232121458);
    const double r = (x - k * ln2_high) - k * ln2_low;
    double sum = 1.0;
    for (int i = 17; i >= 1; --i) sum = 1.0 + sum * r / i;
    return std::ldexp(sum, static_cast<int>(k));
}

double portable_power(double x, double y) {
    return portable_exp(y * portable_log(x));
}

}  // namespace remask
