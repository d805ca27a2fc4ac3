// The quantised run against an independent interpreter of the specification's step 9: nested loops, one image, 64-bit
// integers.
#include "models/network/quantized_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <set>

#include "models/network/float_network.h"
#include "naive_quantized_network.h"
#include "network_fixtures.h"
#include "sim/base/diagnostics.h"
#include "sim/base/parallel.h"

namespace remask {
namespace {

using namespace testing_support;
using ::testing::HasSubstr;

/// Every kind of layer, asymmetric padding, groups, depthwise, a batch-norm that can't be folded, branches.
Network many_layers() {
    Layer wide = make_convolution("wide", 0, 6, 3, 1, {1, 2, 1, 2});
    wide.kernel_width = 5;
    Layer shortcut = make_layer("shortcut", LayerKind::subsample_pad, {3});
    shortcut.out_channels = 9;
    shortcut.stride = 2;
    return make_network(
        {2, 11, 9},
        {wide, make_layer("wide_bn", LayerKind::batch_norm, {1}), make_layer("wide_relu", LayerKind::relu, {2}),  // 1-3
         make_convolution("grouped", 3, 9, 3, 2, {0, 0, 2, 2}, 3, true), shortcut,                                // 4-5
         make_layer("sum", LayerKind::add, {4, 5}), make_layer("sum_bn", LayerKind::batch_norm, {6}),             // 6-7
         make_convolution("depthwise", 7, 9, 3, 1, {1, 1, 1, 1}, 9),
         make_layer("dw_relu", LayerKind::relu, {8}),  // 8-9
         make_layer("both", LayerKind::add, {8, 9}),
         make_pool("max", LayerKind::max_pool, 10, 3, 2, {1, 0, 0, 1}),  // 10-11
         make_pool("mean", LayerKind::average_pool, 11, 2, 1, {1, 1, 0, 0}),
         make_layer("flat", LayerKind::flatten, {12}), make_linear("hidden", 13, 12),
         make_layer("hidden_relu", LayerKind::relu, {14}), make_linear("fc", 15, 4)},
        0.5f);
}

/// A branch with a gate a position and channel attention, added to a convolution.
Network attention_layers() {
    Layer larger = make_layer("larger", LayerKind::upsample, {11});
    larger.stride = 2;
    larger.padding = {0, 0, 1, 1};
    return make_network(
        {2, 11, 9},
        {make_convolution("wide", 0, 6, 3, 1, {1, 1, 1, 1}), make_layer("relu", LayerKind::relu, {1}),
         make_pool("mean", LayerKind::average_pool, 2, 2, 2, {0, 0, 1, 1}),
         make_convolution("place", 3, 1, 1, 1, {}, 1, true), make_layer("gate", LayerKind::gate, {4}),
         make_layer("gated", LayerKind::multiply, {3, 5}),  // 6
         make_layer("gap", LayerKind::global_average_pool, {6}), make_convolution("channel", 7, 6, 1, 1, {}, 1, true),
         make_layer("attention", LayerKind::hard_sigmoid, {8}),
         make_layer("attended", LayerKind::multiply, {6, 9}),  // 10
         make_convolution("expand", 10, 6, 1, 1, {}), larger, make_layer("sum", LayerKind::add, {1, 12}),
         make_layer("end", LayerKind::relu, {13}), make_layer("pool", LayerKind::global_average_pool, {14}),
         make_linear("fc", 15, 4)},
        0.5f);
}

/// Channels put together, and slots in another order than the layers'.
Network branches_side_by_side() {
    Network network = make_network(
        {2, 7, 6},
        {make_convolution("a", 0, 3, 3, 1, {1, 1, 1, 1}), make_layer("a_bn", LayerKind::batch_norm, {1}),  // 1-2
         make_convolution("b", 0, 2, 3, 1, {1, 1, 1, 1}), make_layer("b_relu", LayerKind::relu, {3}),      // 3-4
         make_layer("both", LayerKind::concatenate, {2, 4}), make_convolution("c", 5, 4, 3, 2, {1, 1, 1, 1}),
         make_layer("c_relu", LayerKind::relu, {6}), make_layer("flat", LayerKind::flatten, {7}),
         make_linear("fc", 8, 5)},
        0.5f);
    network.layers[1].extension = 1;
    return network;
}

struct RunCase {
    const char* name;
    int weight_bits, input_bits;
    bool fit_weight_scale, classifier_on_crossbar;
};

class QuantizedRun : public ::testing::TestWithParam<RunCase> {};

TEST_P(QuantizedRun, EqualsTheNaiveInterpreterToTheLastBit) {
    const RunCase& c = GetParam();
    for (const Network& network : {many_layers(), attention_layers(), branches_side_by_side(), [] {
                                       BuilderOptions options;
                                       options.input = {3, 12, 12};
                                       options.width = 0.25;
                                       return build_network("resnet20", options);
                                   }()}) {
        const ParameterMap backbone = random_parameters(network, 1), task = random_parameters(network, 2);
        QuantizationOptions options;
        options.weight_bits = c.weight_bits;
        options.input_bits = c.input_bits;
        options.fit_weight_scale = c.fit_weight_scale;
        ThreadPool pool(2);
        const int count = 5;
        const auto images = random_images(network, count, -1.5f, 1.5f, 3);
        const QuantizedNetwork quantized(network, backbone, task, task, options, c.classifier_on_crossbar, images,
                                         count, pool);
        const auto logits = quantized.run(images, count, *integer_product(quantized.layers()), pool);
        EXPECT_EQ(quantized.run(images, count, *fast_integer_product(quantized.layers()), pool), logits);
        const NaiveQuantizedNetwork naive(network, backbone, task, options, quantized.layers());
        const auto size = network.input.size();
        std::vector<float> expected;
        for (int i = 0; i < count; ++i) {
            const auto one = naive.run({images.begin() + i * size, images.begin() + (i + 1) * size});
            expected.insert(expected.end(), one.begin(), one.end());
        }
        EXPECT_EQ(logits, expected) << network.name;
        EXPECT_GT(std::set<float>(logits.begin(), logits.end()).size(), 10u);
    }
}

INSTANTIATE_TEST_SUITE_P(Cases, QuantizedRun,
                         ::testing::Values(RunCase{"usual", 8, 8, false, false},
                                           RunCase{"classifier", 8, 8, false, true},
                                           RunCase{"fitted", 6, 5, true, true}, RunCase{"coarse", 2, 2, false, false},
                                           RunCase{"fine", 16, 16, false, true}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(QuantizedNetworkTest, DoesNotDependOnThreadsOrBatches) {
    const Network network = many_layers();
    const ParameterMap parameters = random_parameters(network, 1);
    const int count = 37;
    const auto images = random_images(network, count, -1.0f, 1.0f, 4);
    ThreadPool one(1), three(3);
    const QuantizedNetwork a(network, parameters, parameters, parameters, {}, false, images, count, one);
    const QuantizedNetwork b(network, parameters, parameters, parameters, {}, false, images, count, three);
    for (std::size_t slot = 0; slot < a.layers().size(); ++slot) {
        EXPECT_EQ(a.layers()[slot].input_scale, b.layers()[slot].input_scale);
    }
    const auto engine = integer_product(a.layers());
    const auto all = a.run(images, count, *engine, three);
    EXPECT_EQ(all, a.run(images, count, *engine, one));
    std::vector<float> singly;
    const auto size = static_cast<std::size_t>(network.input.size());
    for (std::size_t i = 0; i < count; ++i) {
        const auto logits = a.run(std::span(images).subspan(i * size, size), 1, *engine, three);
        singly.insert(singly.end(), logits.begin(), logits.end());
    }
    EXPECT_EQ(singly, all);
}

TEST(QuantizedNetworkTest, ScalesComeFromTheUnquantisedNetwork) {
    // input -> 1x1 convolution (weight 2, bias −1) -> relu -> 1x1 convolution -> classifier
    const Network network =
        make_network({1, 1, 3},
                     {make_convolution("a", 0, 1, 1, 1, {}, 1, true), make_layer("relu", LayerKind::relu, {1}),
                      make_convolution("b", 2, 1, 1, 1, {}), make_layer("pool", LayerKind::global_average_pool, {3}),
                      make_linear("fc", 4, 2)},
                     0.5f);
    ParameterMap parameters = random_parameters(network, 1);
    parameters["a.weight"].values = {2.0f};
    parameters["a.bias"].values = {-1.0f};
    ThreadPool pool(1);
    const std::vector<float> images{-3.0f, 0.25f, 1.5f};  // after relu: 0, 0, 2
    const QuantizedNetwork quantized(network, parameters, parameters, parameters, {}, false, images, 1, pool);
    ASSERT_EQ(quantized.layers().size(), 2u);
    EXPECT_TRUE(quantized.layers()[0].input_signed);
    EXPECT_DOUBLE_EQ(quantized.layers()[0].input_scale, 3.0 / 127);
    EXPECT_FALSE(quantized.layers()[1].input_signed);
    EXPECT_DOUBLE_EQ(quantized.layers()[1].input_scale, 2.0 / 255);

    // A mask of the periphery that doubles the first layer: after relu 0, 0, 5; the cells keep their weights.
    ParameterMap masked = parameters;
    masked["a.weight"].values = {4.0f};
    const QuantizedNetwork with_mask(network, parameters, parameters, masked, {}, false, images, 1, pool);
    EXPECT_DOUBLE_EQ(with_mask.layers()[1].input_scale, 5.0 / 255);
    EXPECT_EQ(with_mask.layers()[0].weights, quantized.layers()[0].weights);
}

TEST(QuantizedNetworkTest, RangesAreThoseOfTheEffectiveWeights) {
    // As above with a mask in the periphery that makes the first weight 6: after relu 6·1.5 = 9, while the array
    // keeps 2.
    const Network network =
        make_network({1, 1, 3},
                     {make_convolution("a", 0, 1, 1, 1, {}), make_layer("relu", LayerKind::relu, {1}),
                      make_convolution("b", 2, 1, 1, 1, {}), make_layer("pool", LayerKind::global_average_pool, {3}),
                      make_linear("fc", 4, 2)},
                     0.5f);
    ParameterMap parameters = random_parameters(network, 1);
    parameters["a.weight"].values = {2.0f};
    ParameterMap effective = parameters;
    effective["a.weight"].values = {6.0f};
    ThreadPool pool(1);
    const std::vector<float> images{-3.0f, 0.25f, 1.5f};
    const QuantizedNetwork quantized(network, parameters, parameters, effective, {}, false, images, 1, pool);
    EXPECT_DOUBLE_EQ(quantized.layers()[1].input_scale, 9.0 / 255);
    EXPECT_DOUBLE_EQ(quantized.layers()[0].weight_scale[0], 2.0 / 127);
    EXPECT_EQ(quantized.layers()[0].weights, std::vector<std::int32_t>{127});
}

TEST(QuantizedNetworkTest, SignednessFollowsTheGraph) {
    const Network network = many_layers();
    const ParameterMap parameters = random_parameters(network, 1);
    const auto images = random_images(network, 1, 0.0f, 1.0f, 4);  // not a negative value among them
    ThreadPool pool(1);
    const QuantizedNetwork quantized(network, parameters, parameters, parameters, {}, true, images, 1, pool);
    std::map<std::string, bool> is_signed;
    for (const QuantizedLayer& layer : quantized.layers()) {
        is_signed[network.layers[static_cast<std::size_t>(layer.layer)].name] = layer.input_signed;
    }
    EXPECT_EQ(is_signed, (std::map<std::string, bool>{{"wide", true},       // normalised image
                                                      {"grouped", false},   // after relu
                                                      {"depthwise", true},  // batch-norm
                                                      {"hidden", true},     // a sum of which one part is not after relu
                                                      {"fc", false}}));
}

TEST(QuantizedNetworkTest, VisitsTheInputsThatARunCauses) {
    class Recorder : public MatrixProductEngine {
    public:
        explicit Recorder(const std::vector<QuantizedLayer>& layers) : exact_(integer_product(layers)) {}
        using MatrixProductEngine::multiply;
        void multiply(int slot, int group, const IntegerRows& rows, std::span<double> outputs) const override {
            const std::vector<std::int32_t> inputs = rows.all();
            const std::int64_t vectors = rows.vectors();
            auto& seen = codes[{slot, group}];
            seen.insert(inputs.begin(), inputs.end());
            vector_count[{slot, group}] += vectors;
            exact_->multiply(slot, group, inputs, vectors, outputs);
        }
        mutable std::map<std::pair<int, int>, std::multiset<std::int32_t>> codes;
        mutable std::map<std::pair<int, int>, std::int64_t> vector_count;

    private:
        std::unique_ptr<MatrixProductEngine> exact_;
    };
    const Network network = many_layers();
    const ParameterMap parameters = random_parameters(network, 1);
    const auto images = random_images(network, 3, -1.0f, 1.0f, 4);
    ThreadPool pool(1);
    const QuantizedNetwork quantized(network, parameters, parameters, parameters, {}, true, images, 3, pool);
    const Recorder run(quantized.layers()), visited(quantized.layers());
    quantized.run(images, 3, run, pool);
    quantized.visit_inputs(images, 3, *fast_integer_product(quantized.layers()),
                           [&](int slot, int group, std::span<const std::int32_t> inputs, std::int64_t n) {
                               std::vector<double> outputs(static_cast<std::size_t>(
                                   quantized.layers()[static_cast<std::size_t>(slot)].columns * n));
                               visited.multiply(slot, group, inputs, n, outputs);
                           });
    EXPECT_EQ(run.codes, visited.codes);
    EXPECT_EQ(run.vector_count, visited.vector_count);
    EXPECT_EQ((run.vector_count.at({0, 0})), 3 * 11 * 9);
    EXPECT_EQ(run.vector_count.size(), 1u + 3u + 9u + 1u + 1u);  // groups of each layer
}

/// An engine whose products depend on chance names its draws by the vectors' numbers: each is seen once, whatever the
/// portions and threads.
TEST(QuantizedNetworkTest, VectorsAreNumberedThroughTheRun) {
    class Numbers : public MatrixProductEngine {
    public:
        explicit Numbers(const std::vector<QuantizedLayer>& layers) : exact_(integer_product(layers)) {}
        using MatrixProductEngine::multiply;
        void multiply(int slot, int group, const IntegerRows& rows, std::span<double> outputs) const override {
            exact_->multiply(slot, group, rows, outputs);
            const std::lock_guard lock(mutex_);
            for (std::int64_t v = 0; v < rows.vectors(); ++v) seen[{slot, group}].insert(rows.first_vector() + v);
        }
        mutable std::map<std::pair<int, int>, std::multiset<std::int64_t>> seen;

    private:
        std::unique_ptr<MatrixProductEngine> exact_;
        mutable std::mutex mutex_;
    };
    const Network network = many_layers();
    const ParameterMap parameters = random_parameters(network, 1);
    const auto images = random_images(network, 5, -1.0f, 1.0f, 4);
    ThreadPool pool(2);
    const QuantizedNetwork quantized(network, parameters, parameters, parameters, {}, true, images, 5, pool);
    const Numbers all(quantized.layers()), portions(quantized.layers());
    quantized.run(images, 5, all, pool, 7);
    const auto split = static_cast<std::size_t>(3 * network.input.size());
    quantized.run(std::span(images).first(split), 3, portions, pool, 7);
    quantized.run(std::span(images).subspan(split), 2, portions, pool, 10);
    EXPECT_EQ(all.seen, portions.seen);
    std::multiset<std::int64_t> expected;
    for (std::int64_t v = 7 * 11 * 9; v < 12 * 11 * 9; ++v) expected.insert(v);
    EXPECT_EQ((all.seen.at({0, 0})), expected);
}

TEST(QuantizedNetworkTest, ATaskWithMoreClassesScalesItsOwnClassifier) {
    const Network five = make_network({3, 1, 1}, {make_linear("fc", 0, 5)});
    const Network two = make_network({3, 1, 1}, {make_linear("fc", 0, 2)});
    const ParameterMap backbone = random_parameters(two, 1), task = random_parameters(five, 2);
    ThreadPool pool(1);
    const std::vector<float> image{1.0f, 0.5f, 0.25f};
    const QuantizedNetwork quantized(five, backbone, task, task, {}, true, image, 1, pool);
    EXPECT_EQ(quantized.layers()[0].weight_scale, weight_scales(task.at("fc.weight"), 8));
}

/// Nothing lies on arrays, so nothing is rounded: the digital unit's doubles against the float network.
TEST(QuantizedNetworkTest, ComputesDigitalConvolutionsUnrounded) {
    Network network = make_network(
        {4, 7, 6}, {make_convolution("plain", 0, 6, 3, 2, {1, 1, 1, 1}, 1, true),
                    make_convolution("grouped", 1, 4, 2, 1, {0, 1, 1, 0}, 2),
                    make_layer("bn", LayerKind::batch_norm, {2}), make_convolution("point", 3, 5, 1, 1, {}),
                    make_layer("pool", LayerKind::global_average_pool, {4}), make_linear("fc", 5, 3)});
    for (Layer& layer : network.layers) layer.digital = layer.kind == LayerKind::convolution;
    EXPECT_TRUE(crossbar_layers(network).empty());
    EXPECT_EQ(digital_macs(network), macs(network) - 15);
    const ParameterMap parameters = random_parameters(network, 3);
    std::vector<float> images(2 * 4 * 7 * 6);
    for (std::size_t i = 0; i < images.size(); ++i)
        images[i] = static_cast<float>(std::sin(0.7 * static_cast<double>(i)));
    ThreadPool pool(1);
    const QuantizedNetwork quantized(network, parameters, parameters, parameters, {}, false, images, 2, pool);
    const auto none = fast_integer_product(quantized.layers());
    const std::vector<float> logits = quantized.run(images, 2, *none, pool);
    const std::vector<float> expected = FloatNetwork(network, pool).forward(images, 2, parameters);
    for (std::size_t i = 0; i < logits.size(); ++i)
        EXPECT_NEAR(logits[i], expected[i], 1e-4 * (1 + std::fabs(expected[i])));
}

TEST(QuantizedNetworkTest, RefusesUnsoundNetworks) {
    const Network network =
        make_network({1, 1, 2}, {make_convolution("a", 0, 1, 1, 1, {}), make_convolution("b", 1, 1, 1, 1, {}),
                                 make_layer("pool", LayerKind::global_average_pool, {2}), make_linear("fc", 3, 2)});
    ParameterMap parameters = random_parameters(network, 1);
    ThreadPool pool(1);
    const std::vector<float> image{1e30f, 1.0f};
    const auto message = [&] {
        return error_of<InputError>(
            [&] { QuantizedNetwork(network, parameters, parameters, parameters, {}, false, image, 1, pool); });
    };
    parameters["a.weight"].values = {1e30f};
    EXPECT_THAT(message(), HasSubstr("overflow"));
    parameters["a.weight"].values = {NAN};
    EXPECT_THAT(message(), HasSubstr("'a.weight' is not finite"));
    parameters.erase("a.weight");
    EXPECT_THAT(message(), HasSubstr("'a.weight' is missing"));
}

}  // namespace
}  // namespace remask
