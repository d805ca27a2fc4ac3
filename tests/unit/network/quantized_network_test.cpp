// The quantised run against an independent interpreter of the specification's step 9: nested loops, one image, 64-bit
// integers.
#include "models/network/quantized_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "network_fixtures.h"
#include "sim/base/diagnostics.h"
#include "sim/base/parallel.h"

namespace remask {
namespace {

using namespace testing_support;
using ::testing::HasSubstr;

struct Volume {
    Shape shape;
    std::vector<float> values;
    float at(int c, int y, int x) const {
        return values[static_cast<std::size_t>((c * shape.height + y) * shape.width + x)];
    }
    bool inside(int y, int x) const { return y >= 0 && y < shape.height && x >= 0 && x < shape.width; }
};

/// Interprets a network layer by layer, nothing folded but what the header documents.
class NaiveQuantizedNetwork {
public:
    NaiveQuantizedNetwork(const Network& network, const ParameterMap& backbone, const ParameterMap& parameters,
                          const QuantizationOptions& options, const std::vector<QuantizedLayer>& scales)
        : network_(network), backbone_(backbone), parameters_(parameters), options_(options) {
        for (const QuantizedLayer& layer : scales) {
            input_scale_[layer.layer] = layer.input_scale;
            input_signed_[layer.layer] = layer.input_signed;
        }
    }

    std::vector<float> run(const std::vector<float>& image) const {
        std::vector<Volume> outputs;
        for (int i = 0; i < static_cast<int>(network_.layers.size()); ++i) {
            const Layer& layer = network_.layers[static_cast<std::size_t>(i)];
            if (layer.kind == LayerKind::input) {
                outputs.push_back({network_.input, image});
            } else {
                outputs.push_back({layer.output, compute(i, layer, outputs)});
            }
        }
        return outputs.back().values;
    }

private:
    const std::vector<float>& values(const std::string& name) const { return parameters_.at(name).values; }

    std::vector<float> compute(int index, const Layer& layer, const std::vector<Volume>& outputs) const {
        const int source = layer.inputs[0];
        const Volume& in = outputs[static_cast<std::size_t>(source)];
        // a batch-norm is folded into a crossbar layer that nobody else reads: its output never becomes a float
        if (layer.kind == LayerKind::batch_norm && folded(source)) {
            const Layer& producer = network_.layers[static_cast<std::size_t>(source)];
            return crossbar(source, producer, outputs[static_cast<std::size_t>(producer.inputs[0])], &layer);
        }
        if (input_scale_.contains(index)) return crossbar(index, layer, in, nullptr);
        std::vector<float> out;
        for (int c = 0; c < layer.output.channels; ++c) {
            for (int y = 0; y < layer.output.height; ++y) {
                for (int x = 0; x < layer.output.width; ++x) {
                    const Volume& other = outputs[static_cast<std::size_t>(layer.inputs.back())];
                    out.push_back(digital(layer, in, other, c, y, x));
                }
            }
        }
        return out;
    }

    bool folded(int layer) const {
        if (!input_scale_.contains(layer)) return false;
        int readers = 0;
        for (const Layer& other : network_.layers) {
            readers += static_cast<int>(std::count(other.inputs.begin(), other.inputs.end(), layer));
        }
        return readers == 1;
    }

    /// gain and shift of channel c.
    std::pair<double, double> norm(const Layer& layer, int channel) const {
        const auto c = static_cast<std::size_t>(channel);
        const double gain =
            static_cast<double>(values(layer.name + ".gamma")[c]) /
            std::sqrt(static_cast<double>(values(layer.name + ".variance")[c]) + static_cast<double>(layer.epsilon));
        return {gain, static_cast<double>(values(layer.name + ".beta")[c]) -
                          static_cast<double>(values(layer.name + ".mean")[c]) * gain};
    }

    float digital(const Layer& layer, const Volume& in, const Volume& other, int c, int y, int x) const {
        switch (layer.kind) {
            case LayerKind::relu:
                return std::max(in.at(c, y, x), 0.0f);
            case LayerKind::add:
                return in.at(c, y, x) + other.at(c, y, x);
            case LayerKind::flatten:
                return in.values[static_cast<std::size_t>(c)];
            case LayerKind::batch_norm: {
                const auto [gain, shift] = norm(layer, c);
                return static_cast<float>(static_cast<double>(in.at(c, y, x)) * gain + shift);
            }
            case LayerKind::subsample_pad: {
                const int from = c - (layer.out_channels - in.shape.channels) / 2;
                const bool zero = from < 0 || from >= in.shape.channels;
                return zero ? 0.0f : in.at(from, y * layer.stride, x * layer.stride);
            }
            case LayerKind::linear: {
                double sum = 0.0;
                for (int k = 0; k < in.shape.channels; ++k) {
                    const auto at = static_cast<std::size_t>(c * in.shape.channels + k);
                    sum += static_cast<double>(values(layer.name + ".weight")[at]) *
                           static_cast<double>(in.values[static_cast<std::size_t>(k)]);
                }
                return static_cast<float>(
                    sum + static_cast<double>(values(layer.name + ".bias")[static_cast<std::size_t>(c)]));
            }
            default:
                return pooled(layer, in, c, y, x);
        }
    }

    static float pooled(const Layer& layer, const Volume& in, int c, int y, int x) {
        const bool global = layer.kind == LayerKind::global_average_pool;
        const int height = global ? in.shape.height : layer.kernel_height;
        const int width = global ? in.shape.width : layer.kernel_width;
        std::vector<float> seen;
        for (int ky = 0; ky < height; ++ky) {
            for (int kx = 0; kx < width; ++kx) {
                const int iy = y * layer.stride + ky - layer.padding.top,
                          ix = x * layer.stride + kx - layer.padding.left;
                if (in.inside(iy, ix)) seen.push_back(in.at(c, iy, ix));
            }
        }
        if (layer.kind == LayerKind::max_pool) return *std::max_element(seen.begin(), seen.end());
        double sum = 0.0;
        for (const float value : seen) sum += value;
        return static_cast<float>(sum / static_cast<double>(seen.size()));
    }

    std::int64_t input_code(int index, float value) const {
        const bool is_signed = input_signed_.at(index);
        const double high = is_signed ? (1 << (options_.input_bits - 1)) - 1 : (1 << options_.input_bits) - 1;
        const double code = std::rint(static_cast<double>(value) / input_scale_.at(index));
        return static_cast<std::int64_t>(std::clamp(code, is_signed ? -high : 0.0, high));
    }

    /// The scale of channel c's weights, and the code of its weight k.
    double weight_scale(const std::string& name, int c, std::size_t per_channel) const {
        const auto& reference = options_.fit_weight_scale ? parameters_.at(name) : backbone_.at(name);
        double largest = 0.0;
        for (std::size_t k = 0; k < per_channel; ++k) {
            const auto at = static_cast<std::size_t>(c) * per_channel + k;
            largest = std::max(largest, std::fabs(static_cast<double>(reference.values[at])));
        }
        return largest == 0.0 ? 1.0 : largest / ((1 << (options_.weight_bits - 1)) - 1);
    }
    std::int64_t weight_code(const std::string& name, double scale, std::size_t at) const {
        const double limit = (1 << (options_.weight_bits - 1)) - 1;
        return static_cast<std::int64_t>(
            std::clamp(std::rint(static_cast<double>(values(name)[at]) / scale), -limit, limit));
    }

    std::vector<float> crossbar(int index, const Layer& layer, const Volume& in, const Layer* batch_norm) const {
        const std::string name = layer.name + ".weight";
        const int per_group = layer.out_channels / layer.groups, in_channels = in.shape.channels / layer.groups;
        const auto per_channel = static_cast<std::size_t>(in_channels * layer.kernel_height * layer.kernel_width);
        std::vector<float> out;
        for (int c = 0; c < layer.out_channels; ++c) {
            const double scale = weight_scale(name, c, per_channel);
            double gain = 1.0, shift = 0.0;
            if (layer.bias || layer.kind == LayerKind::linear)
                shift = static_cast<double>(values(layer.name + ".bias")[static_cast<std::size_t>(c)]);
            if (batch_norm != nullptr) {
                const auto [g, s] = norm(*batch_norm, c);
                gain = g;
                shift = shift * g + s;
            }
            for (int y = 0; y < layer.output.height; ++y) {
                for (int x = 0; x < layer.output.width; ++x) {
                    std::int64_t sum = 0;
                    std::size_t at = static_cast<std::size_t>(c) * per_channel;
                    for (int k = 0; k < in_channels; ++k) {
                        for (int ky = 0; ky < layer.kernel_height; ++ky) {
                            for (int kx = 0; kx < layer.kernel_width; ++kx, ++at) {
                                const int iy = y * layer.stride + ky - layer.padding.top;
                                const int ix = x * layer.stride + kx - layer.padding.left;
                                if (!in.inside(iy, ix)) continue;
                                sum += weight_code(name, scale, at) *
                                       input_code(index, in.at(c / per_group * in_channels + k, iy, ix));
                            }
                        }
                    }
                    const double factor = input_scale_.at(index) * scale * gain;
                    out.push_back(static_cast<float>(static_cast<double>(sum) * factor + shift));
                }
            }
        }
        return out;
    }

    const Network& network_;
    const ParameterMap &backbone_, &parameters_;
    QuantizationOptions options_;
    std::map<int, double> input_scale_;
    std::map<int, bool> input_signed_;
};

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

struct RunCase {
    const char* name;
    int weight_bits, input_bits;
    bool fit_weight_scale, classifier_on_crossbar;
};

class QuantizedRun : public ::testing::TestWithParam<RunCase> {};

TEST_P(QuantizedRun, EqualsTheNaiveInterpreterToTheLastBit) {
    const RunCase& c = GetParam();
    for (const Network& network : {many_layers(), [] {
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
        void multiply(int slot, int group, std::span<const std::int32_t> inputs, std::int64_t vectors,
                      std::span<double> outputs) const override {
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

TEST(QuantizedNetworkTest, ATaskWithMoreClassesScalesItsOwnClassifier) {
    const Network five = make_network({3, 1, 1}, {make_linear("fc", 0, 5)});
    const Network two = make_network({3, 1, 1}, {make_linear("fc", 0, 2)});
    const ParameterMap backbone = random_parameters(two, 1), task = random_parameters(five, 2);
    ThreadPool pool(1);
    const std::vector<float> image{1.0f, 0.5f, 0.25f};
    const QuantizedNetwork quantized(five, backbone, task, task, {}, true, image, 1, pool);
    EXPECT_EQ(quantized.layers()[0].weight_scale, weight_scales(task.at("fc.weight"), 8));
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
