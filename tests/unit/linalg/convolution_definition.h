// The definition of a convolution, which those of sim/linalg are held to.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include "sim/linalg/convolution.h"

namespace remask {

constexpr int images = 3;

inline std::vector<float> random_values(std::int64_t count, unsigned seed) {
    std::mt19937 generator(seed);
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = static_cast<float>(static_cast<int>(generator() % 2001) - 1000) / 1000.0f;
    return values;
}

/// Calls work(input index, weight index, output index) for each product of the convolution.
inline void for_each_product(const ConvolutionSize& s,
                             const std::function<void(std::size_t, std::size_t, std::size_t)>& work) {
    const int ins = s.in_channels / s.groups, outs = s.out_channels / s.groups;
    for (int image = 0; image < images; ++image)
        for (int y = 0; y < s.out_height; ++y)
            for (int x = 0; x < s.out_width; ++x)
                for (int out = 0; out < s.out_channels; ++out)
                    for (int in = 0; in < ins; ++in)
                        for (int ky = 0; ky < s.kernel_height; ++ky)
                            for (int kx = 0; kx < s.kernel_width; ++kx) {
                                const int from_y = y * s.stride + ky - s.pad_top,
                                          from_x = x * s.stride + kx - s.pad_left;
                                if (from_y < 0 || from_y >= s.in_height || from_x < 0 || from_x >= s.in_width) continue;
                                const int channel = out / outs * ins + in;
                                work(static_cast<std::size_t>(((image * s.in_height + from_y) * s.in_width + from_x) *
                                                                  s.in_channels +
                                                              channel),
                                     static_cast<std::size_t>(
                                         ((out * ins + in) * s.kernel_height + ky) * s.kernel_width + kx),
                                     static_cast<std::size_t>(
                                         ((image * s.out_height + y) * s.out_width + x) * s.out_channels + out));
                            }
}

inline void expect_near(const std::vector<float>& found, const std::vector<double>& expected, const char* what) {
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        ASSERT_NEAR(found[i], expected[i], 1e-4 * (1.0 + std::abs(expected[i]))) << what << ", element " << i;
    }
}

}  // namespace remask
