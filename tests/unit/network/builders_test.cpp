// The named networks against published counts and against sums that are written out here.
#include "models/network/builders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "network_fixtures.h"
#include "sim/base/diagnostics.h"

namespace remask {
namespace {

using namespace testing_support;
using ::testing::HasSubstr;

/// Trainable parameters: without batch-norm's mean and variance.
std::int64_t trainable(const Network& network) {
    std::int64_t sum = 0;
    for (const auto& [name, shape] : parameter_shapes(network)) {
        if (name.ends_with(".mean") || name.ends_with(".variance")) continue;
        std::int64_t size = 1;
        for (const std::int64_t extent : shape) size *= extent;
        sum += size;
    }
    return sum;
}

std::int64_t convolution_macs(std::int64_t size, std::int64_t in, std::int64_t out, std::int64_t kernel = 3) {
    return size * size * in * out * kernel * kernel;
}

/// He et al. 2016, section 4.2: 6n+2 layers on 32x32, 16x16, 8x8 maps with 16, 32, 64 filters.
std::int64_t resnet_macs(std::int64_t n) {
    return convolution_macs(32, 3, 16) + 2 * n * convolution_macs(32, 16, 16) + convolution_macs(16, 16, 32) +
           (2 * n - 1) * convolution_macs(16, 32, 32) + convolution_macs(8, 32, 64) +
           (2 * n - 1) * convolution_macs(8, 64, 64) + 64 * 10;
}

struct Published {
    const char* name;
    int n;
    double million_parameters;  // He et al. 2016, table 6: 0.27, 0.46, 0.66, 0.85 M
};

class CifarResNets : public ::testing::TestWithParam<Published> {};

TEST_P(CifarResNets, HaveThePublishedSize) {
    const Network network = build_network(GetParam().name, {});
    EXPECT_EQ(macs(network), resnet_macs(GetParam().n));
    EXPECT_NEAR(static_cast<double>(trainable(network)) / 1e6, GetParam().million_parameters, 0.005);
}

INSTANTIATE_TEST_SUITE_P(Builders, CifarResNets,
                         ::testing::Values(Published{"resnet20", 3, 0.27}, Published{"resnet32", 5, 0.46},
                                           Published{"resnet44", 7, 0.66}, Published{"resnet56", 9, 0.85}));

TEST(Builders, ResNet20IsThatOfThePaper) {
    const Network network = build_network("resnet20", {});
    EXPECT_EQ(crossbar_layers(network).size(), 19u);
    EXPECT_EQ(trainable(network), 432 + 6 * 2304 + 4608 + 5 * 9216 + 18432 + 5 * 36864 +  // convolutions
                                      2 * (7 * 16 + 6 * 32 + 6 * 64) + 650);              // batch-norm, classifier
}

TEST(Builders, ResNet8HasTheMacsOfMlperfTiny) {
    const Network network = build_network("resnet8", {});
    // Banbury et al. 2021 (MLPerf Tiny): 12.5 M multiply-accumulates
    EXPECT_EQ(macs(network), convolution_macs(32, 3, 16) + 2 * convolution_macs(32, 16, 16) +
                                 convolution_macs(16, 16, 32) + convolution_macs(16, 32, 32) +
                                 convolution_macs(16, 16, 32, 1) + convolution_macs(8, 32, 64) +
                                 convolution_macs(8, 64, 64) + convolution_macs(8, 32, 64, 1) + 640);
    EXPECT_NEAR(static_cast<double>(macs(network)) / 1e6, 12.5, 0.01);
}

// torchvision's resnet50: 25,557,032 parameters, 4.09 G multiply-accumulates at 224 × 224.
TEST(Builders, ResNet50HasThePublishedSize) {
    BuilderOptions options;
    options.input = {3, 224, 224};
    options.classes = 1000;
    const Network network = build_network("resnet50", options);
    EXPECT_EQ(trainable(network), 25'557'032);
    EXPECT_NEAR(static_cast<double>(macs(network)) / 1e9, 4.09, 0.005);
    EXPECT_EQ(crossbar_layers(network).size(), 53u);
}

TEST(Builders, Vgg8HasNeuroSimsMacs) {
    const Network network = build_network("vgg8", {});
    EXPECT_EQ(macs(network), convolution_macs(32, 3, 128) + convolution_macs(32, 128, 128) +
                                 convolution_macs(16, 128, 256) + convolution_macs(16, 256, 256) +
                                 convolution_macs(8, 256, 512) + convolution_macs(8, 512, 512) + 8192 * 1024 + 10240);
    EXPECT_NEAR(static_cast<double>(macs(network)) / 1e6, 616.0, 0.5);
}

TEST(Builders, Vgg16HasThePublishedMacs) {
    const Network network = build_network("vgg16_bn", {});
    EXPECT_EQ(crossbar_layers(network).size(), 15u);  // 13 convolutions, two hidden layers
    // 313 M in 13 convolutions at 32x32, e.g. Li et al. 2017 (Pruning filters for efficient ConvNets), table 1: 3.13e8
    EXPECT_NEAR(static_cast<double>(macs(network) - 2 * 512 * 512 - 5120) / 1e8, 3.13, 0.005);
}

TEST(Builders, LeNet5HasThePublishedSize) {
    BuilderOptions options;
    for (const int size : {28, 32}) {  // LeCun et al. 1998 pad 28x28 digits to 32x32
        options.input = {1, size, size};
        const Network network = build_network("lenet5", options);
        // 61,706 with every map of C3 connected to every map of S2
        EXPECT_EQ(trainable(network), 156 + 2416 + 48120 + 10164 + 850);
        EXPECT_EQ(macs(network), 28 * 28 * 6 * 25 + 10 * 10 * 16 * 150 + 400 * 120 + 120 * 84 + 84 * 10);
    }
}

TEST(Builders, ScaleWidthClassesAndImages) {
    BuilderOptions options;
    options.input = {1, 28, 28};
    options.classes = 7;
    options.width = 0.25;
    for (const BuilderInfo& info : builders()) {
        if (info.name == "vgg16_bn") continue;  // five pools: 28 is too small
        const Network network = build_network(info.name, options);
        EXPECT_EQ(network.classes(), 7) << info.name;
        EXPECT_EQ(network.name, info.name);
        EXPECT_EQ(network.normalisation.mean.size(), 1u);
        const int full = build_network(info.name, {}).layers[1].out_channels;
        EXPECT_EQ(network.layers[1].out_channels, std::lround(full * 0.25)) << info.name;
    }
    EXPECT_THAT(error_of<ConfigError>([&] { build_network("vgg16_bn", options); }), HasSubstr("use larger images"));
}

TEST(Builders, RefuseWhatTheyCannotBuild) {
    EXPECT_THAT(error_of<ConfigError>([] { build_network("resnet21", {}); }),
                AllOf(HasSubstr("unknown network 'resnet21'"), HasSubstr("resnet20")));
    BuilderOptions options;
    options.width = std::nan("");
    EXPECT_THAT(error_of<ConfigError>([&] { build_network("resnet20", options); }), HasSubstr("width"));
    options = {};
    options.classes = 0;
    EXPECT_THAT(error_of<ConfigError>([&] { build_network("resnet20", options); }), HasSubstr("class"));
    options = {};
    options.input = {0, 32, 32};
    EXPECT_THAT(error_of<ConfigError>([&] { build_network("vgg8", options); }), HasSubstr("1x1"));
}

TEST(InitialParameters, FollowTheirDistributions) {
    const Network network = build_network("resnet20", {});
    const ParameterMap parameters = initial_parameters(network, 1);
    EXPECT_NO_THROW(check_parameters(network, parameters, "initial"));
    const auto& values = parameters.at("stage3.block1.conv1.weight").values;  // 36,864 weights, fan out 64·9
    double sum = 0.0, squares = 0.0;
    for (const float value : values) {
        sum += value;
        squares += static_cast<double>(value) * value;
    }
    const double count = static_cast<double>(values.size()), variance = 2.0 / (64 * 9);
    EXPECT_NEAR(sum / count, 0.0, 5.0 * std::sqrt(variance / count));
    EXPECT_NEAR(squares / count, variance, 5.0 * variance * std::sqrt(2.0 / count));
    float largest = 0.0f;
    for (const float value : parameters.at("fc.weight").values) largest = std::max(largest, std::fabs(value));
    EXPECT_LE(largest, 0.125f);  // 1/sqrt(64)
    EXPECT_GT(largest, 0.120f);  // 640 values: all below 0.96 of the bound has probability 0.96^640 < 1e-11
    EXPECT_EQ(parameters.at("bn1.gamma").values, std::vector<float>(16, 1.0f));
    EXPECT_EQ(parameters.at("bn1.variance").values, std::vector<float>(16, 1.0f));
    EXPECT_EQ(parameters.at("bn1.beta").values, std::vector<float>(16, 0.0f));
    EXPECT_EQ(parameters.at("bn1.mean").values, std::vector<float>(16, 0.0f));
}

TEST(InitialParameters, DependOnTheSeedAndTheLayer) {
    const Network network = build_network("resnet8", {});
    const auto weights = [&](std::uint64_t seed, const char* name) {
        return initial_parameters(network, seed).at(name).values;
    };
    EXPECT_EQ(weights(1, "stage1.conv1.weight"), weights(1, "stage1.conv1.weight"));
    EXPECT_NE(weights(1, "stage1.conv1.weight"), weights(2, "stage1.conv1.weight"));
    EXPECT_NE(weights(1, "stage1.conv1.weight"), weights(1, "stage1.conv2.weight"));
}

}  // namespace
}  // namespace remask
