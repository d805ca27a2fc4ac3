// How far a sample is from a distribution it is said to have.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace remask::test {

struct Moments {
    double mean = 0.0;
    double deviation = 0.0;
};

inline Moments moments_of(const std::vector<double>& sample) {
    Moments m;
    const auto size = static_cast<double>(sample.size());
    for (const double x : sample) m.mean += x / size;
    for (const double x : sample) m.deviation += (x - m.mean) * (x - m.mean) / size;
    m.deviation = std::sqrt(m.deviation);
    return m;
}

inline double normal_share_below(double x) {
    return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

/// √n times the Kolmogorov–Smirnov distance between the sample and `share_below`. A true sample exceeds 1.949 with
/// probability 0.1 % (Kolmogorov's distribution, 2·Σ(−1)^(k−1)·exp(−2k²x²)).
template <class Distribution>
double kolmogorov_smirnov(std::vector<double> sample, const Distribution& share_below) {
    std::sort(sample.begin(), sample.end());
    const auto size = static_cast<double>(sample.size());
    double distance = 0.0;
    for (std::size_t i = 0; i < sample.size(); ++i) {
        const double share = share_below(sample[i]);
        distance = std::max(distance, share - static_cast<double>(i) / size);
        distance = std::max(distance, static_cast<double>(i + 1) / size - share);
    }
    return distance * std::sqrt(size);
}

constexpr double kolmogorov_limit = 1.949;

/// Mean and deviation within four standard errors, and the shape as Kolmogorov and Smirnov want it.
inline void expect_normal(const std::vector<double>& values, double mean, double deviation) {
    const Moments m = moments_of(values);
    const double root = std::sqrt(static_cast<double>(values.size()));
    EXPECT_NEAR(m.mean, mean, 4.0 * deviation / root);
    EXPECT_NEAR(m.deviation, deviation, 4.0 * deviation / (root * std::sqrt(2.0)));
    const auto share_below = [&](double x) { return normal_share_below((x - mean) / deviation); };
    EXPECT_LT(kolmogorov_smirnov(values, share_below), kolmogorov_limit);
}

}  // namespace remask::test
