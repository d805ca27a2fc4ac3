// Do convolutions and their gradients equal their definition, on sizes that no fast path was made for?
#include "sim/linalg/convolution.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <thread>
#include <vector>

#include "tests/unit/linalg/convolution_definition.h"

namespace remask {
namespace {

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
