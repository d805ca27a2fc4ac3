// Functions with the same bits on every processor: +, −, ×, / only. (The C library's have variants with fused
// multiply-add that differ in the last bit.) Within a few ulp of the true value.
#pragma once

namespace remask {

/// Natural logarithm of x > 0, finite.
double portable_log(double x);

/// e^x; 0 below −745, infinite above 709.
double portable_exp(double x);

/// x^y for x > 0: exp(y·ln x), whose relative error grows with |y·ln x|.
double portable_power(double x, double y);

}  // namespace remask
