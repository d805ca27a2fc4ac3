// Does a grown network hold the smaller ones, and compute what one of its width would?
#include "models/methods/growth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/network/float_network.h"
#include "sim/base/diagnostics.h"
#include "sim/base/parallel.h"
#include "tests/unit/methods/small_task.h"

namespace remask {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Sizes = std::vector<double>;

/// conv1 (4 channels), conv2 (6, stride 2), three classes.
Network two_convolutions() {
    Network network = test::empty({1, 8, 8});
    test::append(network, "conv1", LayerKind::convolution, 4, 3);
    test::append(network, "bn1", LayerKind::batch_norm);
    test::append(network, "relu1", LayerKind::relu);
    test::append(network, "conv2", LayerKind::convolution, 6, 3, 1, 2);
    test::append(network, "relu2", LayerKind::relu);
    test::append(network, "pool", LayerKind::global_average_pool);
    test::append(network, "fc", LayerKind::linear, 3);
    finish(network);
    return network;
}

std::vector<std::string> names_on_arrays(const Network& network) {
    std::vector<std::string> names;
    for (const int layer : crossbar_layers(network)) {
        names.push_back(network.layers[static_cast<std::size_t>(layer)].name);
    }
    return names;
}

TEST(Growth, StepsUpToTheLargestSize) {
    EXPECT_EQ(growth_sizes(0.5, 1.5), (Sizes{1.0, 1.5}));
    EXPECT_EQ(growth_sizes(0.25, 1.5), (Sizes{1.0, 1.25, 1.5}));
    EXPECT_EQ(growth_sizes(1.0, 1.5), (Sizes{1.0, 1.5}));  // the last step is cut
    EXPECT_EQ(growth_sizes(0.1, 1.5).size(), 6U);
}

TEST(Growth, GoesWithTheRootOfTheSizeRoundedDown) {
    EXPECT_EQ(grown_channels(16, 2.25), 24);
    EXPECT_EQ(grown_channels(16, 1.5), 19);    // 19.6
    EXPECT_EQ(grown_channels(512, 1.5), 627);  // 627.07
    EXPECT_EQ(grown_channels(10, 1.44), 12);
    EXPECT_EQ(grown_channels(7, 1.0), 7);
}

/// 2.25 times the size is 1.5 times the channels: 6 and 9.
TEST(Growth, AddsRowsAndColumnsBesideTheBackbones) {
    const Network grown = grow_network(two_convolutions(), Sizes{1.0, 2.25});
    const auto shapes = parameter_shapes(grown);
    EXPECT_THAT(names_on_arrays(grown), ElementsAre("conv1", "conv2", "conv1.grown1", "conv2.grown1", "conv2.inputs1"));
    EXPECT_THAT(shapes.at("conv1.weight"), ElementsAre(4, 1, 3, 3));
    EXPECT_THAT(shapes.at("conv2.weight"), ElementsAre(6, 4, 3, 3));
    EXPECT_THAT(shapes.at("conv1.grown1.weight"), ElementsAre(2, 1, 3, 3));
    EXPECT_THAT(shapes.at("conv2.grown1.weight"), ElementsAre(3, 6, 3, 3));  // over the old and the new inputs
    EXPECT_THAT(shapes.at("conv2.inputs1.weight"), ElementsAre(6, 2, 3, 3));
    EXPECT_THAT(shapes.at("bn1.grown1.gamma"), ElementsAre(2));
    EXPECT_THAT(shapes.at("fc.weight"), ElementsAre(3, 9));
    // As many multiply-accumulates as a network of six and nine channels has.
    EXPECT_EQ(macs(grown), 6 * 9 * 64 + 9 * 6 * 9 * 16 + 27);
}

TEST(Growth, LaterStepsLeaveTheArraysOfEarlierOnesWhereTheyAre) {
    const Network one = grow_network(two_convolutions(), Sizes{1.0, 2.25});
    const Network two = grow_network(two_convolutions(), Sizes{1.0, 2.25, 4.0});
    const std::vector<std::string> before = names_on_arrays(one), after = names_on_arrays(two);
    ASSERT_GT(after.size(), before.size());
    EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin()));
    const auto shapes = parameter_shapes(one), larger = parameter_shapes(two);
    for (const auto& [name, shape] : shapes) {
        if (name == "fc.weight") continue;
        EXPECT_EQ(larger.at(name), shape) << name;
    }
}

/// Channels [0] of the backbone, [s] of step s.
struct Parts {
    std::vector<std::int64_t> begin;  // and at last the end

    Parts(int channels, const Sizes& sizes) : begin{0} {
        for (const double size : sizes) begin.push_back(grown_channels(channels, size));
    }
    std::size_t count() const { return begin.size() - 1; }
    std::size_t of(std::int64_t channel) const {
        std::size_t part = 0;
        while (channel >= begin[part + 1]) ++part;
        return part;
    }
};

std::string grown(const std::string& layer, std::size_t part) {
    return part == 0 ? layer : layer + ".grown" + std::to_string(part);
}

/// The weight of filter n, input channel c, position k of the layer that the parts make up.
float part_weight(const ParameterMap& parameters, const std::string& layer, const Parts& filters, const Parts& inputs,
                  std::int64_t n, std::int64_t c, std::int64_t k, std::int64_t kernel) {
    const std::size_t to = filters.of(n), from = inputs.of(c);
    const bool later = from > to;
    const Tensor& weight =
        parameters.at(grown(layer, to) + (later ? ".inputs" + std::to_string(from) : "") + ".weight");
    const std::int64_t channels = weight.size() / weight.shape[0] / kernel;
    const std::int64_t filter = n - filters.begin[to], channel = later ? c - inputs.begin[from] : c;
    return weight.values[static_cast<std::size_t>((filter * channels + channel) * kernel + k)];
}

/// The usual network of the last size, and its parameters put together from the grown network's.
struct Wide {
    Network network;
    ParameterMap parameters;

    Wide(const Network& backbone, const ParameterMap& grown_parameters, const Sizes& sizes) : network(backbone) {
        for (std::size_t i = 0; i + 1 < network.layers.size(); ++i) {
            Layer& layer = network.layers[i];
            if (layer.out_channels > 0) layer.out_channels = grown_channels(layer.out_channels, sizes.back());
        }
        finish(network);
        for (const auto& [name, shape] : parameter_shapes(network)) {
            std::int64_t size = 1;
            for (const std::int64_t extent : shape) size *= extent;
            parameters[name] = {shape, std::vector<float>(static_cast<std::size_t>(size))};
        }
        for (std::size_t i = 1; i < network.layers.size(); ++i) fill(backbone, i, grown_parameters, sizes);
    }

private:
    void fill(const Network& backbone, std::size_t index, const ParameterMap& from, const Sizes& sizes) {
        const Layer& layer = network.layers[index];
        const Shape& input = backbone.layers[static_cast<std::size_t>(layer.inputs[0])].output;
        const Parts outputs(backbone.layers[index].output.channels, sizes);
        if (layer.kind == LayerKind::batch_norm) {
            for (const std::string part : {".gamma", ".beta", ".mean", ".variance"})
                gather(layer.name, part, outputs, from);
        } else if (index + 1 == network.layers.size()) {
            parameters.at(layer.name + ".weight") = from.at(layer.name + ".weight");
            parameters.at(layer.name + ".bias") = from.at(layer.name + ".bias");
        } else if (layer.kind == LayerKind::convolution || layer.kind == LayerKind::linear) {
            if (layer.bias || layer.kind == LayerKind::linear) gather(layer.name, ".bias", outputs, from);
            Tensor& weight = parameters.at(layer.name + ".weight");
            const std::int64_t kernel = layer.kernel_height * layer.kernel_width,
                               rows = weight.size() / weight.shape[0];
            // A flattened image has as many inputs a channel as it has pixels.
            const Layer& below = backbone.layers[static_cast<std::size_t>(layer.inputs[0])];
            const int pixels =
                below.kind == LayerKind::flatten
                    ? input.channels / backbone.layers[static_cast<std::size_t>(below.inputs[0])].output.channels
                    : 1;
            Parts inputs(input.channels / pixels, index == 1 ? Sizes(sizes.size(), 1.0) : sizes);
            for (std::int64_t& begin : inputs.begin) begin *= pixels;
            for (std::int64_t n = 0; n < weight.shape[0]; ++n) {
                for (std::int64_t row = 0; row < rows; ++row) {
                    weight.values[static_cast<std::size_t>(n * rows + row)] =
                        part_weight(from, layer.name, outputs, inputs, n, row / kernel, row % kernel, kernel);
                }
            }
        }
    }

    void gather(const std::string& layer, const std::string& what, const Parts& outputs, const ParameterMap& from) {
        std::vector<float> all;
        for (std::size_t part = 0; part < outputs.count(); ++part) {
            const auto found = from.find(grown(layer, part) + what);
            if (found != from.end()) all.insert(all.end(), found->second.values.begin(), found->second.values.end());
        }
        parameters.at(layer + what).values = all;
    }
};

ParameterMap random_parameters(const Network& network) {
    ParameterMap parameters = initial_parameters(network, 3);
    for (auto& [name, tensor] : parameters) {
        RandomStream random(4, name);
        const bool positive = name.ends_with(".gamma") || name.ends_with(".variance");
        if (name.ends_with(".weight")) continue;
        for (float& value : tensor.values) value = static_cast<float>(random.uniform() + (positive ? 0.5 : -0.5));
    }
    return parameters;
}

std::vector<float> logits_of(const Network& network, const ParameterMap& parameters, int images = 4) {
    ThreadPool pool(1);
    std::vector<float> pixels;
    RandomStream random(5, "pixels");
    for (std::int64_t i = 0; i < images * network.input.size(); ++i) {
        pixels.push_back(static_cast<float>(random.normal()));
    }
    return FloatNetwork(network, pool).forward(pixels, images, parameters);
}

void expect_near(const std::vector<float>& found, const std::vector<float>& expected) {
    ASSERT_EQ(found.size(), expected.size());
    float scale = 0.0f;
    for (const float value : expected) scale = std::max(scale, std::fabs(value));
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-4f * scale) << i;
}

Network built(const char* name, double width, const Shape& input) {
    BuilderOptions options;
    options.width = width;
    options.input = input;
    options.classes = 5;
    return build_network(name, options);
}

TEST(Growth, ComputesWhatANetworkOfItsWidthDoes) {
    const std::vector<Network> backbones{two_convolutions(), built("resnet8", 0.5, {3, 12, 12}),
                                         built("lenet5", 1.0, {1, 16, 16}), built("resnet50", 0.0625, {3, 32, 32})};
    for (const Network& backbone : backbones) {
        for (const Sizes& sizes : {Sizes{1.0, 1.5}, Sizes{1.0, 1.6, 2.25}, Sizes{1.0, 1.5, 2.25, 4.0}}) {
            SCOPED_TRACE(backbone.name + ", steps: " + std::to_string(sizes.size() - 1));
            const Network network = grow_network(backbone, sizes);
            const ParameterMap parameters = random_parameters(network);
            const Wide wide(backbone, parameters, sizes);
            EXPECT_EQ(macs(network), macs(wide.network));
            expect_near(logits_of(network, parameters), logits_of(wide.network, wide.parameters));
        }
    }
}

/// Option A pads with zeros wherever they are put, so only what the new channels add may differ.
TEST(Growth, WithoutNewInputsIsTheBackbone) {
    for (const Network& backbone : {built("resnet20", 0.5, {3, 12, 12}), two_convolutions()}) {
        const Network network = grow_network(backbone, Sizes{1.0, 1.5, 2.25});
        ParameterMap parameters = random_parameters(network);
        ParameterMap small;
        for (const auto& [name, shape] : parameter_shapes(backbone)) small[name] = parameters.at(name);
        Tensor& classifier = parameters.at("fc.weight");
        Tensor& original = small.at("fc.weight");
        const std::int64_t features = backbone.layers[backbone.layers.size() - 2].output.size();
        original = {{classifier.shape[0], features}, {}};
        for (std::int64_t i = 0; i < classifier.size(); ++i) {
            float& weight = classifier.values[static_cast<std::size_t>(i)];
            if (i % classifier.shape[1] < features) {
                original.values.push_back(weight);
            } else {
                weight = 0.0f;
            }
        }
        const std::vector<float> whole = logits_of(network, parameters);
        for (auto& [name, tensor] : parameters) {
            if (name.find(".inputs") != std::string::npos) std::fill(tensor.values.begin(), tensor.values.end(), 0.0f);
        }
        const std::vector<float> alone = logits_of(network, parameters);
        expect_near(alone, logits_of(backbone, small));
        EXPECT_NE(whole, alone);
    }
}

TEST(Growth, WidensDepthwiseConvolutionsWithTheirInputs) {
    Network backbone = test::empty({1, 6, 6});
    test::append(backbone, "conv", LayerKind::convolution, 4, 3);
    test::append(backbone, "dw", LayerKind::convolution, 8, 3, 4);
    test::append(backbone, "pool", LayerKind::global_average_pool);
    test::append(backbone, "fc", LayerKind::linear, 2);
    finish(backbone);
    const auto shapes = parameter_shapes(grow_network(backbone, Sizes{1.0, 2.25}));
    EXPECT_THAT(shapes.at("dw.grown1.weight"), ElementsAre(4, 1, 3, 3));  // two new channels, two filters each
    EXPECT_EQ(shapes.count("dw.inputs1.weight"), 0U);
    EXPECT_THAT(shapes.at("fc.weight"), ElementsAre(2, 12));
}

std::string refusal(const Network& network, const Sizes& sizes) {
    try {
        grow_network(network, sizes);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "";
}

TEST(Growth, NamesWhatCannotGrow) {
    EXPECT_THAT(refusal(test::small_network(), {1.0, 2.25}),
                HasSubstr("cannot grow at layer 'conv2': it is grouped, but not depthwise"));
}

std::vector<Diagnostic> growth_faults(const Network& network, double step, double largest) {
    try {
        check_growth(network, growth_sizes(step, largest), step);
    } catch (const ConfigError& error) {
        return error.diagnostics();
    }
    return {};
}

TEST(Growth, BlamesWhatMakesAStepTooShort) {
    const Network network = two_convolutions();
    const double least = 49.0 / 36;  // conv2 has a seventh channel, conv1 not yet a fifth (25/16)
    EXPECT_TRUE(growth_faults(network, 8, least + 1e-6).empty());
    EXPECT_TRUE(growth_faults(network, least - 1 + 1e-6, least + 1e-6).empty());
    const auto cut = growth_faults(network, 8, 1.1);
    ASSERT_EQ(cut.size(), 1u);
    EXPECT_EQ(cut[0].path, ".max_size");
    EXPECT_THAT(cut[0].message,
                HasSubstr("from 1.0 to 1.1 times its size gives no layer a channel more; the least size "
                          "that does is 1.3612"));
    const auto small = growth_faults(network, 0.1, 1.4);
    ASSERT_EQ(small.size(), 1u);
    EXPECT_EQ(small[0].path, ".growth_step");
}

/// A task that keeps the backbone's classifier starts at the backbone's answers: nothing of what is new is read.
TEST(Growth, KeepsAClassifierWithZerosForNewFeatures) {
    const Network backbone = two_convolutions(), network = grow_network(backbone, Sizes{1.0, 2.25});
    const ParameterMap start = initial_parameters(backbone, 1);
    ParameterMap kept = task_start(backbone, start, 3, 7, true), fresh = task_start(backbone, start, 3, 7);
    widen_classifier(network, 7, true, kept);
    widen_classifier(network, 7, false, fresh);
    ASSERT_THAT(kept.at("fc.weight").shape, ElementsAre(3, 9));
    for (std::size_t i = 0; i < 27; ++i) {
        const std::size_t row = i / 9, feature = i % 9;
        const float expected = feature < 6 ? start.at("fc.weight").values[row * 6 + feature] : 0.0f;
        EXPECT_EQ(kept.at("fc.weight").values[i], expected);
        EXPECT_LE(std::fabs(fresh.at("fc.weight").values[i]), 1.0f / 3.0f);  // 1/√9
        EXPECT_NE(fresh.at("fc.weight").values[i], expected);
    }
    EXPECT_EQ(kept.at("fc.bias").values, start.at("fc.bias").values);
}

/// Kaiming (fan out) of the whole layer: nine filters of 3×3 after the step.
TEST(Growth, StartsAsAWideLayerWould) {
    const Network backbone = two_convolutions(), network = grow_network(backbone, Sizes{1.0, 2.25, 4.0});
    const ParameterMap parameters = initial_parameters(backbone, 1);
    const std::vector<ArrayLayer> layers = list_array_layers(network, parameters, test::geometry_on(network, 9), false);
    const auto deviation = [&](const std::string& name) {
        const auto found =
            std::find_if(layers.begin(), layers.end(), [&](const ArrayLayer& layer) { return layer.name == name; });
        return grown_deviation(layers, *found);
    };
    EXPECT_DOUBLE_EQ(deviation("conv2.grown1"), std::sqrt(2.0 / (9 * 9)));
    EXPECT_DOUBLE_EQ(deviation("conv2.inputs1"), std::sqrt(2.0 / (9 * 9)));
    EXPECT_DOUBLE_EQ(deviation("conv2.inputs2"), std::sqrt(2.0 / (12 * 9)));
    EXPECT_DOUBLE_EQ(deviation("conv2.grown1.inputs2"), std::sqrt(2.0 / (12 * 9)));
    EXPECT_DOUBLE_EQ(deviation("conv1.grown2"), std::sqrt(2.0 / (8 * 9)));
}

}  // namespace
}  // namespace remask
