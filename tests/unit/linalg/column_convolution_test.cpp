// Do sums of columns, outputs and gradients of factors equal their definition, with every kernel that runs here?
#include "sim/linalg/column_convolution.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <tuple>
#include <vector>

#include "sim/base/diagnostics.h"
#include "tests/unit/linalg/convolution_definition.h"

namespace remask {
namespace {

struct Case {
    ConvolutionSize size;
    int rows;  ///< of a column
};

class ColumnConvolutions : public testing::TestWithParam<std::tuple<Case, std::string_view>> {
protected:
    const ConvolutionSize size_ = std::get<0>(GetParam()).size;
    const ColumnConvolution convolution_{size_, std::get<0>(GetParam()).rows, std::get<1>(GetParam())};
    const std::size_t filter_ = static_cast<std::size_t>(size_.weight_count() / size_.out_channels);
    const std::size_t columns_ = (filter_ + std::get<0>(GetParam()).rows - 1) / std::get<0>(GetParam()).rows;
    const std::vector<float> x_ = random_values(images * size_.in_size(), 1);
    const std::vector<float> w_ = random_values(size_.weight_count(), 2);
    const std::vector<float> dy_ = random_values(images * size_.out_size(), 3);
    const std::vector<float> factors_ = random_values(static_cast<std::int64_t>(size_.out_channels * columns_), 4);

    std::size_t column(std::size_t weight) const {
        return weight / filter_ * columns_ + weight % filter_ / static_cast<std::size_t>(std::get<0>(GetParam()).rows);
    }
    std::vector<float> output(const float* bias, std::vector<float>& sums) const {
        sums.assign(static_cast<std::size_t>(convolution_.sums_size(images)), 7.0f);
        std::vector<float> found(dy_.size(), 7.0f);
        convolution_.forward(convolution_.pack_weights(w_), convolution_.pack_factors(factors_), bias, images,
                             x_.data(), sums.data(), found.data());
        return found;
    }
};

TEST_P(ColumnConvolutions, OutputIsThatOfTheScaledWeights) {
    const std::vector<float> bias = random_values(size_.out_channels, 5);
    for (const bool with_bias : {false, true}) {
        std::vector<double> expected(dy_.size());
        for (std::size_t i = 0; with_bias && i < expected.size(); ++i) expected[i] = bias[i % bias.size()];
        for_each_product(size_, [&](std::size_t x, std::size_t w, std::size_t y) {
            expected[y] += static_cast<double>(x_[x]) * static_cast<double>(w_[w]) * factors_[column(w)];
        });
        std::vector<float> sums;
        expect_near(output(with_bias ? bias.data() : nullptr, sums), expected, "output");
    }
}

TEST_P(ColumnConvolutions, SumsTakeNoMoreThanIsSaid) {
    const std::int64_t positions = std::int64_t{size_.out_height} * size_.out_width;
    const std::int64_t one = convolution_.sums_size(2) - convolution_.sums_size(1);
    EXPECT_GE(one, positions * size_.out_channels * convolution_.columns());
    EXPECT_LE(one, ColumnConvolution::most_sums(positions, size_.out_channels, convolution_.columns()));
}

TEST_P(ColumnConvolutions, GradientIsThatOfTheFactors) {
    ASSERT_EQ(convolution_.columns(), static_cast<std::int64_t>(columns_));
    std::vector<double> expected(factors_.size());
    for_each_product(size_, [&](std::size_t x, std::size_t w, std::size_t y) {
        expected[column(w)] += static_cast<double>(dy_[y]) * static_cast<double>(x_[x]) * static_cast<double>(w_[w]);
    });
    std::vector<float> sums;
    output(nullptr, sums);
    std::vector<float> found(factors_.size(), 7.0f);
    convolution_.factor_gradient(images, sums.data(), dy_.data(), found.data());
    expect_near(found, expected, "factor gradient");
}

// in channels, height, width; out channels, height, width; kernel; stride; padding above, left; groups; then the rows
// of a column: the first has two columns, the second's filters are less than one, the third cuts kernels; the last two
// fill whole panels, and rows of outputs that a block does not divide.
INSTANTIATE_TEST_SUITE_P(Sizes, ColumnConvolutions,
                         testing::Combine(testing::Values(Case{{16, 8, 8, 16, 8, 8, 3, 3, 1, 1, 1, 1}, 128},
                                                          Case{{3, 9, 7, 5, 5, 4, 3, 3, 2, 1, 1, 1}, 128},
                                                          Case{{6, 5, 6, 33, 5, 6, 3, 3, 1, 1, 1, 1}, 20},
                                                          Case{{4, 6, 6, 8, 3, 3, 1, 1, 2, 0, 0, 1}, 1},
                                                          Case{{4, 7, 7, 17, 7, 7, 2, 3, 1, 0, 1, 1},
                                                               12},  // padded below only
                                                          Case{{1, 11, 11, 7, 5, 5, 5, 5, 2, 1, 1, 1}, 7},
                                                          Case{{5, 4, 16, 32, 4, 16, 3, 3, 1, 1, 1, 1}, 20},
                                                          Case{{4, 4, 12, 16, 4, 12, 3, 3, 1, 1, 1, 1}, 20}),
                                          testing::ValuesIn(column_kernels())));

TEST(ColumnConvolution, RefusesWhatItCannotDo) {
    EXPECT_THROW(ColumnConvolution({4, 6, 6, 8, 3, 3, 1, 1, 2, 0, 0, 2}, 8), InternalError);
    EXPECT_THROW(ColumnConvolution({4, 6, 6, 8, 3, 3, 1, 1, 2, 0, 0, 1}, 0), InternalError);
    EXPECT_THROW(ColumnConvolution({4, 6, 6, 8, 3, 3, 1, 1, 2, 0, 0, 1}, 8, "mmx"), InternalError);
}

}  // namespace
}  // namespace remask
