// The graph: shapes by hand, and every way to get a network or its parameters wrong.
#include "models/network/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "network_fixtures.h"
#include "sim/base/diagnostics.h"

namespace remask {
namespace {

using namespace testing_support;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

Network small_network() {
    return make_network({3, 8, 8},
                        {make_convolution("conv", 0, 6, 3, 2, {0, 0, 1, 1}, 3, true),
                         make_layer("bn", LayerKind::batch_norm, {1}), make_layer("relu", LayerKind::relu, {2}),
                         make_layer("pool", LayerKind::global_average_pool, {3}), make_linear("fc", 4, 5)});
}

TEST(NetworkShapes, FollowTheLayers) {
    const Network n = small_network();
    EXPECT_EQ(n.layers[1].output, (Shape{6, 4, 4}));  // (8 + 0 + 1 − 3)/2 + 1
    EXPECT_EQ(n.layers[4].output, (Shape{6, 1, 1}));
    EXPECT_EQ(n.layers[5].output, (Shape{5, 1, 1}));
    EXPECT_EQ(n.classes(), 5);
}

TEST(NetworkShapes, OfPoolsShortcutsAndRectangles) {
    Layer wide = make_convolution("wide", 0, 4, 1, 1, {0, 2, 0, 2});
    wide.kernel_width = 5;
    Layer subsample = make_layer("short", LayerKind::subsample_pad, {1});
    subsample.out_channels = 7;
    subsample.stride = 2;
    const Network n = make_network({1, 7, 9}, {wide, subsample, make_pool("max", LayerKind::max_pool, 2, 2, 2),
                                               make_pool("mean", LayerKind::average_pool, 3, 2, 1, {1, 1, 0, 0}),
                                               make_layer("flat", LayerKind::flatten, {4}), make_linear("fc", 5, 2)});
    EXPECT_EQ(n.layers[1].output, (Shape{4, 7, 9}));
    EXPECT_EQ(n.layers[2].output, (Shape{7, 4, 5}));
    EXPECT_EQ(n.layers[3].output, (Shape{7, 2, 2}));
    EXPECT_EQ(n.layers[4].output, (Shape{7, 2, 2}));
    EXPECT_EQ(n.layers[5].output, (Shape{28, 1, 1}));
}

TEST(NetworkShapes, OfProductsAndUpsampling) {
    Layer larger = make_layer("larger", LayerKind::upsample, {4});
    larger.stride = 3;
    larger.padding = {0, 0, 1, 2};
    const auto with = [&](const Layer& factor) {
        return make_network({2, 5, 4},
                            {make_convolution("place", 0, 1, 1, 1, {}), make_layer("gate", LayerKind::gate, {1}),
                             make_layer("mean", LayerKind::global_average_pool, {0}), factor, larger,
                             make_layer("flat", LayerKind::flatten, {5}), make_linear("fc", 6, 2)});
    };
    const Network n = with(make_layer("gated", LayerKind::multiply, {0, 2}));
    EXPECT_EQ(n.layers[2].output, (Shape{1, 5, 4}));
    EXPECT_EQ(n.layers[4].output, (Shape{2, 5, 4}));
    EXPECT_EQ(n.layers[5].output, (Shape{2, 14, 10}));  // 5·3 − 1, 4·3 − 2
    EXPECT_EQ(with(make_layer("attended", LayerKind::multiply, {0, 3})).layers[4].output, (Shape{2, 5, 4}));
    EXPECT_THAT(error_of<ConfigError>([&] {
                    with(make_layer("turned", LayerKind::multiply, {3, 0}));
                }),
                HasSubstr("layer 'turned': multiplies 2x1x1 by 2x5x4"));
    larger.padding.right = 3;
    EXPECT_THAT(error_of<ConfigError>([&] {
                    with(make_layer("gated", LayerKind::multiply, {0, 2}));
                }),
                HasSubstr("layer 'larger': can cut off less than its stride"));
}

TEST(NetworkShapes, OfChannelsPutTogether) {
    const auto with = [](int stride) {
        return make_network({2, 5, 4},
                            {make_convolution("more", 0, 3, 3, stride, {1, 1, 1, 1}),
                             make_layer("both", LayerKind::concatenate, {1, 0}),
                             make_layer("mean", LayerKind::global_average_pool, {2}), make_linear("fc", 3, 2)});
    };
    EXPECT_EQ(with(1).layers[2].output, (Shape{5, 5, 4}));
    EXPECT_THAT(error_of<ConfigError>([&] { with(2); }),
                HasSubstr("layer 'both': puts 3x3x2 and 2x5x4 together, whose height and width must be equal"));
}

TEST(NetworkMacs, CountEveryWeightOnceAPosition) {
    const Network n = small_network();
    EXPECT_EQ(macs(n, 1), 4 * 4 * 6 * (3 / 3) * 3 * 3);
    EXPECT_EQ(macs(n, 2), 0);
    EXPECT_EQ(macs(n, 5), 6 * 5);
    EXPECT_EQ(macs(n), 864 + 30);
}

TEST(NetworkParameters, HaveNamesAndShapes) {
    using S = std::vector<std::int64_t>;
    EXPECT_THAT(parameter_shapes(small_network()),
                ElementsAre(Pair("bn.beta", S{6}), Pair("bn.gamma", S{6}), Pair("bn.mean", S{6}),
                            Pair("bn.variance", S{6}), Pair("conv.bias", S{6}), Pair("conv.weight", S{6, 1, 3, 3}),
                            Pair("fc.bias", S{5}), Pair("fc.weight", S{5, 6})));
}

TEST(NetworkParameters, AreCheckedByName) {
    const Network n = small_network();
    const ParameterMap good = random_parameters(n, 1);
    EXPECT_NO_THROW(check_parameters(n, good, "file.h5"));
    const auto message = [&](const auto& change) {
        ParameterMap bad = good;
        change(bad);
        return error_of<InputError>([&] { check_parameters(n, bad, "file.h5"); });
    };
    EXPECT_THAT(message([](ParameterMap& p) { p.erase("bn.mean"); }),
                HasSubstr("file.h5: parameter 'bn.mean' is missing"));
    EXPECT_THAT(message([](ParameterMap& p) { p["extra"] = {}; }), HasSubstr("'extra' does not belong"));
    EXPECT_THAT(message([](ParameterMap& p) {
                    p["fc.weight"].shape = {6, 5};
                }),
                HasSubstr("'fc.weight' has shape [6, 5], expected [5, 6]"));
    EXPECT_THAT(message([](ParameterMap& p) { p["fc.weight"].values.pop_back(); }), HasSubstr("has 29 values"));
    EXPECT_THAT(message([](ParameterMap& p) { p["fc.bias"].values[3] = std::nanf(""); }),
                HasSubstr("'fc.bias' is not finite at position 3"));
    EXPECT_THAT(message([](ParameterMap& p) { p["conv.bias"].values[0] = HUGE_VALF; }), HasSubstr("not finite"));
    EXPECT_THAT(message([](ParameterMap& p) { p["bn.variance"].values[1] = -0.5f; }), HasSubstr("is negative"));
}

TEST(NetworkCrossbarLayers, AreAllWithWeightsButTheClassifier) {
    const Network n = make_network({2, 1, 1}, {make_convolution("conv", 0, 2, 1, 1, {}), make_linear("hidden", 1, 3),
                                               make_layer("relu", LayerKind::relu, {2}), make_linear("fc", 3, 2)});
    EXPECT_THAT(crossbar_layers(n), ElementsAre(1, 2));
    EXPECT_THAT(crossbar_layers(n, true), ElementsAre(1, 2, 4));
}

TEST(NetworkCrossbarLayers, OfExtensionsComeBehindAllOthers) {
    Network n = make_network({2, 1, 1}, {make_convolution("a", 0, 2, 1, 1, {}), make_convolution("b", 1, 2, 1, 1, {}),
                                         make_convolution("c", 2, 2, 1, 1, {}), make_convolution("d", 3, 2, 1, 1, {}),
                                         make_linear("fc", 4, 2)});
    n.layers[1].extension = 2;
    n.layers[2].extension = n.layers[4].extension = 1;
    EXPECT_THAT(crossbar_layers(n), ElementsAre(3, 2, 4, 1));
}

struct BadGraph {
    const char* what;
    void (*change)(Network& network);
};

class BadGraphs : public ::testing::TestWithParam<BadGraph> {};

TEST_P(BadGraphs, NameTheLayer) {
    Network network = small_network();
    GetParam().change(network);
    EXPECT_THAT(error_of<ConfigError>([&] { finish(network); }), HasSubstr(GetParam().what));
}

INSTANTIATE_TEST_SUITE_P(
    Network, BadGraphs,
    ::testing::Values(
        BadGraph{"has no layers", [](Network& n) { n.layers.clear(); }},
        BadGraph{"must be linear", [](Network& n) { n.layers.pop_back(); }},
        BadGraph{"first layer", [](Network& n) { n.layers[2].kind = LayerKind::input; }},
        BadGraph{"'relu': the name is used twice", [](Network& n) { n.layers[4].name = "relu"; }},
        BadGraph{"must not contain '/'", [](Network& n) { n.layers[4].name = "a/b"; }},
        BadGraph{"'relu': must take its inputs from earlier layers", [](Network& n) { n.layers[3].inputs = {3}; }},
        BadGraph{"'relu': must take its inputs from earlier layers", [](Network& n) { n.layers[3].inputs = {-1}; }},
        BadGraph{"'relu': takes 1 inputs, not 2",
                 [](Network& n) {
                     n.layers[3].inputs = {1, 2};
                 }},
        BadGraph{"'conv': groups must divide both 3 input and 6", [](Network& n) { n.layers[1].groups = 2; }},
        BadGraph{"'conv': the stride", [](Network& n) { n.layers[1].stride = 0; }},
        BadGraph{"'conv': the padding must be less", [](Network& n) { n.layers[1].padding.left = 3; }},
        BadGraph{"'conv': the padding must not be negative", [](Network& n) { n.layers[1].padding.top = -1; }},
        BadGraph{"'conv': its input of 3x1x1 is smaller",
                 [](Network& n) {
                     n.input = {3, 1, 1};
                 }},
        BadGraph{"'conv': the kernel is too large", [](Network& n) { n.layers[1].kernel_width = 1 << 30; }},
        BadGraph{"'fc': its input is 6x4x4", [](Network& n) { n.layers[4].kind = LayerKind::relu; }},
        BadGraph{"a mean and a deviation", [](Network& n) { n.normalisation.mean.pop_back(); }},
        BadGraph{"must be positive", [](Network& n) { n.normalisation.deviation[0] = 0.0f; }},
        BadGraph{"must be positive", [](Network& n) { n.normalisation.divisor = std::nanf(""); }},
        BadGraph{"'bn': epsilon", [](Network& n) { n.layers[2].epsilon = 0.0f; }},
        BadGraph{"must be equal", [](Network& n) {
                     n.layers[3].kind = LayerKind::add;
                     n.layers[3].inputs = {0, 2};
                 }}));

}  // namespace
}  // namespace remask
