// The rounding rules of quantisation on cases that were computed by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/network/quantized_network.h"
#include "network_fixtures.h"
#include "sim/base/diagnostics.h"
#include "sim/base/parallel.h"

namespace remask {
namespace {

using namespace testing_support;
using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(WeightQuantization, ScaleIsTheLargestWeightOfAChannelOverTheLargestCode) {
    const Tensor weights{{3, 2}, {0.5f, -1.0f, 0.25f, 0.125f, 0.0f, 0.0f}};
    EXPECT_THAT(weight_scales(weights, 8), ElementsAre(DoubleEq(1.0 / 127), DoubleEq(0.25 / 127), 1.0));
    EXPECT_THAT(weight_scales(weights, 2), ElementsAre(1.0, 0.25, 1.0));
}

TEST(WeightQuantization, RoundsHalfToEvenAndClips) {
    const Tensor weights{{1, 10}, {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 7.4f, 7.6f, -9.0f, 0.49f}};
    const std::vector<double> scale{1.0};
    EXPECT_THAT(quantize_weights(weights, 1, scale, 4), ElementsAre(0, 2, 2, 0, -2, -2, 7, 7, -7, 0));
}

TEST(WeightQuantization, LiesAsRowsByColumns) {
    // two channels of four weights: [K,N] has a channel in each column
    const Tensor weights{{2, 2, 1, 2}, {1, 2, 3, 4, 5, 6, 7, 8}};
    EXPECT_THAT(quantize_weights(weights, 1, std::vector<double>{1, 1}, 8), ElementsAre(1, 5, 2, 6, 3, 7, 4, 8));
}

TEST(WeightQuantization, LiesGroupByGroup) {
    // four channels in two groups, two weights each: [2][K=2, N=2]
    const Tensor weights{{4, 1, 1, 2}, {1, 2, 3, 4, 5, 6, 7, 8}};
    EXPECT_THAT(quantize_weights(weights, 2, std::vector<double>{1, 1, 1, 1}, 8), ElementsAre(1, 3, 2, 4, 5, 7, 6, 8));
}

/// input -> 1x1 convolution (weight 1) -> classifier; what the convolution sees is the quantised image.
class InputQuantization : public ::testing::Test {
protected:
    std::vector<std::int32_t> codes(float mean, const QuantizationOptions& options,
                                    const std::vector<float>& calibration, const std::vector<float>& image,
                                    double* scale = nullptr) {
        const Network network =
            make_network({1, 1, static_cast<int>(image.size())},
                         {make_convolution("conv", 0, 1, 1, 1, {}),
                          make_layer("pool", LayerKind::global_average_pool, {1}), make_linear("fc", 2, 1)},
                         mean);
        ParameterMap parameters = random_parameters(network, 1);
        parameters["conv.weight"].values = {1.0f};
        const int count = static_cast<int>(calibration.size() / image.size());
        const QuantizedNetwork quantized(network, parameters, parameters, parameters, options, false, calibration,
                                         count, pool_);
        if (scale != nullptr) *scale = quantized.layers()[0].input_scale;
        EXPECT_EQ(quantized.layers()[0].input_signed, mean > 0.0f);
        std::vector<std::int32_t> seen;
        quantized.visit_inputs(image, 1, *fast_integer_product(quantized.layers()),
                               [&](int slot, int group, std::span<const std::int32_t> inputs, std::int64_t n) {
                                   EXPECT_EQ(slot, 0);
                                   EXPECT_EQ(group, 0);
                                   EXPECT_EQ(n, static_cast<std::int64_t>(inputs.size()));
                                   seen.insert(seen.end(), inputs.begin(), inputs.end());
                               });
        return seen;
    }
    ThreadPool pool_{1};
};

TEST_F(InputQuantization, UnsignedFillsAllCodes) {
    QuantizationOptions options;
    options.input_bits = 4;  // codes 0 … 15
    double scale = 0.0;
    EXPECT_THAT(codes(0.0f, options, {0, 1, 30, 2, 3, 4}, {0.9f, 1.0f, 3.0f, 29.0f, 31.5f, -4.0f}, &scale),
                ElementsAre(0, 0, 2, 14, 15, 0));  // scale 2: 0.45, 0.5, 1.5, 14.5 (all halves to even), above, below
    EXPECT_EQ(scale, 2.0);
}

TEST_F(InputQuantization, SignedIsSymmetric) {
    QuantizationOptions options;
    options.input_bits = 4;  // codes −7 … 7
    double scale = 0.0;
    EXPECT_THAT(codes(0.5f, options, {0, 1, -14, 2, 3, 4}, {-1.0f, 1.0f, -3.0f, 13.0f, -15.5f, 100.0f}, &scale),
                ElementsAre(0, 0, -2, 6, -7, 7));  // scale 2
    EXPECT_EQ(scale, 2.0);
}

TEST_F(InputQuantization, OneBitIsEnoughForUnsignedOnly) {
    QuantizationOptions options;
    options.input_bits = 1;
    EXPECT_THAT(codes(0.0f, options, {0.0f, 4.0f}, {1.9f, 2.1f}), ElementsAre(0, 1));
    EXPECT_THAT(error_of<ConfigError>([&] {
                    codes(0.5f, options, {0.0f, 4.0f}, {1.0f, 2.0f});
                }),
                HasSubstr("layer 'conv', whose inputs can be negative"));
}

TEST_F(InputQuantization, NothingButZerosHasScaleOne) {
    double scale = 0.0;
    codes(0.0f, {}, {0.0f, 0.0f}, {0.0f, 0.0f}, &scale);
    EXPECT_EQ(scale, 1.0);
}

TEST_F(InputQuantization, PercentileLeavesOutTheLargest) {
    QuantizationOptions options;
    options.activation_range = ActivationRange::percentile;
    options.activation_percentile = 90.0;
    std::vector<float> values(1000);
    for (int i = 0; i < 1000; ++i)
        values[static_cast<std::size_t>(i)] = static_cast<float>((i * 7) % 1000 + 1);  // 1 … 1000
    double scale = 0.0;
    codes(0.0f, options, values, values, &scale);
    EXPECT_GE(scale * 255, 900.0);
    EXPECT_LE(scale * 255, 900.0 * (1 + 1.0 / 128));
    options.activation_percentile = 100.0;
    codes(0.0f, options, values, values, &scale);
    EXPECT_DOUBLE_EQ(scale * 255, 1000.0);
}

TEST_F(InputQuantization, RefusesOptionsOutOfRange) {
    const auto message = [&](int weight_bits, int input_bits, double percentile) {
        QuantizationOptions options;
        options.weight_bits = weight_bits;
        options.input_bits = input_bits;
        options.activation_percentile = percentile;
        return error_of<ConfigError>([&] { codes(0.0f, options, {1.0f}, {1.0f}); });
    };
    EXPECT_THAT(message(1, 8, 99), HasSubstr("weight_bits must be 2 to 16"));
    EXPECT_THAT(message(17, 8, 99), HasSubstr("weight_bits"));
    EXPECT_THAT(message(8, 0, 99), HasSubstr("input_bits must be 1 to 16"));
    EXPECT_THAT(message(8, 17, 99), HasSubstr("input_bits"));
    EXPECT_THAT(message(8, 8, 0), HasSubstr("activation_percentile"));
    EXPECT_THAT(error_of<ConfigError>([&] { codes(0.0f, {}, {}, {1.0f}); }), HasSubstr("calibration image"));
}

/// Compares both products with sums written out, for one layer of two groups.
void expect_exact_products(std::size_t columns, std::int32_t largest) {
    constexpr std::size_t rows = 300, vectors = 9;
    QuantizedLayer layer;
    layer.rows = rows;
    layer.columns = static_cast<std::int64_t>(columns);
    layer.groups = 2;
    for (std::size_t i = 0; i < 2 * rows * columns; ++i) {
        layer.weights.push_back(i % 7 == 0 ? -largest : largest - static_cast<std::int32_t>(i % 3));
    }
    const std::vector<QuantizedLayer> layers{layer};
    const auto plain = integer_product(layers), fast = fast_integer_product(layers);
    std::vector<std::int32_t> inputs;
    for (int i = 0; i < static_cast<int>(rows * vectors); ++i)
        inputs.push_back(i % 5 == 0 ? -largest : largest - i % 2);
    for (std::size_t group = 0; group < 2; ++group) {
        std::vector<double> y(columns * vectors), z(y.size()), expected(y.size());
        plain->multiply(0, static_cast<int>(group), inputs, vectors, y);
        fast->multiply(0, static_cast<int>(group), inputs, vectors, z);
        for (std::size_t n = 0; n < columns; ++n) {
            for (std::size_t v = 0; v < vectors; ++v) {
                std::int64_t sum = 0;
                for (std::size_t k = 0; k < rows; ++k) {
                    sum += std::int64_t{layer.weights[(group * rows + k) * columns + n]} * inputs[k * vectors + v];
                }
                expected[n * vectors + v] = static_cast<double>(sum);
            }
        }
        EXPECT_EQ(y, expected);
        EXPECT_EQ(z, expected);
    }
}

TEST(IntegerProducts, AgreeAndAreExactAtTheLargestCodes) {
    // 16-bit codes: partial sums reach 2^40, beyond float, within double
    for (const std::int32_t largest : {3, 127, 32767}) expect_exact_products(5, largest);
}

TEST(IntegerProducts, AreExactForMatricesWiderThanABlockOfDoubles) {
    expect_exact_products(1000, 32767);
}

}  // namespace
}  // namespace remask
