// Do convolutions and their gradients equal their definition, on sizes that no fast path was made for?
#include "sim/linalg/convolution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <functional>
#include <random>
#include <thread>
#include <vector>

namespace remask {
namespace {

constexpr int images = 3;

std::vector<float> random_values(std::int64_t count, unsigned seed) {
    std::mt19937 generator(seed);
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = static_cast<float>(static_cast<int>(generator() % 2001) - 1000) / 1000.0f;
    return values;
}

/// Calls work(input index, weight index, output index) for each product of the convolution.
void for_each_product(const ConvolutionSize& s,
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

void expect_near(const std::vector<float>& found, const std::vector<double>& expected, const char* what) {
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        ASSERT_NEAR(found[i], expected[i], 1e-4 * (1.0 + std::abs(expected[i]))) << what << ", element " << i;
    }
}

class Convolutions : public testing::TestWithParam<ConvolutionSize> {
protected:
    const ConvolutionSize& size_ = GetParam();
    const std::vector<float> x_ = random_values(images * size_.in_size(), 1);
    const std::vector<float> w_ = random_values(size_.weight_count(), 2);
    const std::vector<float> dy_ = random_values(images * size_.out_size(), 3);
    const Convolution convolution_{size_};
};

TEST_P(Convolutions, ForwardEqualsTheDefinition) {
    const std::vector<float> bias = random_values(size_.out_channels, 4);
    PackedWeights packed;
    convolution_.pack_forward(w_.data(), packed);
    for (const bool with_bias : {false, true}) {
        std::vector<double> expected(dy_.size());
        for (std::size_t i = 0; with_bias && i < expected.size(); ++i) expected[i] = bias[i % bias.size()];
        for_each_product(size_, [&](std::size_t x, std::size_t w, std::size_t y) {
            expected[y] += static_cast<double>(x_[x]) * static_cast<double>(w_[w]);
        });
        std::vector<float> found(dy_.size(), 7.0f);
        convolution_.forward(packed, with_bias ? bias.data() : nullptr, images, x_.data(), found.data());
        expect_near(found, expected, "output");
    }
}

TEST_P(Convolutions, GradientsEqualTheirDefinition) {
    std::vector<double> dx(x_.size()), dw(w_.size());
    for_each_product(size_, [&](std::size_t x, std::size_t w, std::size_t y) {
        dx[x] += static_cast<double>(dy_[y]) * static_cast<double>(w_[w]);
        dw[w] += static_cast<double>(dy_[y]) * static_cast<double>(x_[x]);
    });
    PackedWeights packed;
    convolution_.pack_backward(w_.data(), packed);
    std::vector<float> found(x_.size(), 7.0f);
    convolution_.input_gradient(packed, images, dy_.data(), found.data());
    expect_near(found, dx, "input gradient");

    std::vector<float> sums(static_cast<std::size_t>(convolution_.packed_gradient_size()), 7.0f);
    convolution_.weight_gradient(images, x_.data(), dy_.data(), sums.data());
    found.assign(w_.size(), 7.0f);
    convolution_.unpack_gradient(sums.data(), found.data());
    expect_near(found, dw, "weight gradient");
}

TEST_P(Convolutions, ThreadsAtOnceGetTheSameBits) {
    PackedWeights packed;
    convolution_.pack_forward(w_.data(), packed);
    std::vector<std::vector<float>> found(4, std::vector<float>(dy_.size()));
    std::vector<std::thread> threads;
    for (std::vector<float>& output : found) {
        threads.emplace_back([&] { convolution_.forward(packed, nullptr, images, x_.data(), output.data()); });
    }
    for (std::thread& thread : threads) thread.join();
    for (const std::vector<float>& output : found) EXPECT_EQ(output, found.front());
}

// in channels, height, width; out channels, height, width; kernel; stride; padding above, left; groups
INSTANTIATE_TEST_SUITE_P(Sizes, Convolutions,
                         testing::Values(ConvolutionSize{16, 8, 8, 16, 8, 8, 3, 3, 1, 1, 1, 1},
                                         ConvolutionSize{3, 9, 7, 5, 5, 4, 3, 3, 2, 1, 1, 1},
                                         ConvolutionSize{6, 5, 6, 4, 5, 6, 1, 1, 1, 0, 0, 1},
                                         ConvolutionSize{4, 6, 6, 8, 3, 3, 1, 1, 2, 0, 0, 1},
                                         ConvolutionSize{4, 7, 7, 6, 7, 7, 2, 3, 1, 0, 1, 2},  // padded below only
                                         ConvolutionSize{8, 6, 5, 8, 6, 5, 3, 3, 1, 1, 1, 8},  // depthwise
                                         ConvolutionSize{1, 11, 11, 7, 5, 5, 5, 5, 2, 1, 1, 1}));

}  // namespace
}  // namespace remask
