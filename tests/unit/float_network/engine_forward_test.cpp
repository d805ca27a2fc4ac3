// Does learning through an engine compute what the engine does with quantised inputs, and nothing else?
#include "models/network/engine_forward.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "graphs.h"
#include "models/network/float_network.h"
#include "sim/base/parallel.h"

namespace remask {
namespace {

constexpr int batch = 9;  // chunks of different sizes

class ThroughAnEngine : public testing::Test {
protected:
    ThroughAnEngine() {
        Graph graph({3, 6, 5});
        const int conv = graph.convolution(0, 4, 3, 2, {1, 1, 1, 1}, 1, true);
        const int relu = graph.layer(LayerKind::relu, {conv});
        const int grouped = graph.convolution(relu, 6, 2, 1, {0, 0, 0, 1}, 2);
        graph.linear(graph.layer(LayerKind::flatten, {grouped}), 4);
        network_ = graph.finished();
        parameters_ = random_parameters(network_, 1);
        images_ = random_images(network_, batch, 2);
        for (float& pixel : images_) pixel = std::abs(pixel);  // this network's normalisation makes nothing negative
    }

    QuantizedNetwork quantised(int bits) {
        QuantizationOptions options;
        options.weight_bits = options.input_bits = bits;
        return {network_, parameters_, parameters_, parameters_, options, false, images_, batch, pool_};
    }

    Network network_;
    ParameterMap parameters_;
    std::vector<float> images_;
    ThreadPool pool_{2};
};

TEST_F(ThroughAnEngine, FineQuantisationGivesTheFloatNetworksLogits) {
    const QuantizedNetwork fine = quantised(16);
    const auto product = integer_product(fine.layers());
    const EngineForward engine(network_, fine.layers(), 16, *product);
    EXPECT_TRUE(engine.computes(1));
    EXPECT_FALSE(engine.computes(2));
    FloatNetwork network(network_, pool_);
    const std::vector<float> plain = network.forward(images_, batch, parameters_);
    network.compute_with(&engine);
    const std::vector<float> through = network.forward(images_, batch, parameters_);
    EXPECT_NE(plain, through);
    for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_NEAR(plain[i], through[i], 2e-3 * (1 + std::abs(plain[i])));
    network.compute_with(nullptr);
    EXPECT_EQ(network.forward(images_, batch, parameters_), plain);
}

TEST_F(ThroughAnEngine, CoarseQuantisationGivesTheIntegerSumsTimesTheScales) {
    constexpr int bits = 4;  // inputs 0 … 15, weights −7 … 7
    const QuantizedNetwork coarse = quantised(bits);
    const auto product = integer_product(coarse.layers());
    const EngineForward engine(network_, coarse.layers(), bits, *product);
    FloatNetwork network(network_, pool_);
    network.compute_with(&engine);
    network.forward(images_, batch, parameters_, BatchNormMode::evaluate, true);
    const std::span<const float> found = network.activation(1);
    const Layer& layer = network_.layers[1];
    const Tensor& weights = parameters_.at(layer.name + ".weight");
    const double scale = coarse.layers()[0].input_scale;
    const auto code = [](double value, double low, double high) {
        return std::clamp(std::nearbyint(value), low, high);
    };
    std::size_t at = 0;
    for (int image = 0; image < batch; ++image)
        for (int out = 0; out < 4; ++out) {
            double largest = 0.0;
            for (std::size_t i = 0; i < 27; ++i) {
                largest = std::max(
                    largest, std::abs(static_cast<double>(weights.values[static_cast<std::size_t>(out) * 27 + i])));
            }
            for (int y = 0; y < layer.output.height; ++y)
                for (int x = 0; x < layer.output.width; ++x) {
                    double sum = 0.0;
                    for (int in = 0; in < 3; ++in)
                        for (int k = 0; k < 9; ++k) {
                            const int from_y = 2 * y + k / 3 - 1, from_x = 2 * x + k % 3 - 1;
                            if (from_y < 0 || from_y >= 6 || from_x < 0 || from_x >= 5) continue;
                            const float pixel =
                                images_[static_cast<std::size_t>(((image * 3 + in) * 6 + from_y) * 5 + from_x)];
                            const float weight = weights.values[static_cast<std::size_t>((out * 3 + in) * 9 + k)];
                            sum += code(static_cast<double>(pixel) / scale, 0.0, 15.0) *
                                   code(static_cast<double>(weight) / (largest / 7.0), -7.0, 7.0);
                        }
                    const double bias =
                        static_cast<double>(parameters_.at(layer.name + ".bias").values[static_cast<std::size_t>(out)]);
                    const double expected = sum * scale * (largest / 7.0) + bias;
                    ASSERT_NEAR(found[at], expected, 1e-5 * (1.0 + std::abs(expected))) << "output " << at;
                    ++at;
                }
        }
}

TEST_F(ThroughAnEngine, GradientsAreThoseOfTheFloatWeightsAtTheEnginesValues) {
    const QuantizedNetwork coarse = quantised(4);
    const auto product = integer_product(coarse.layers());
    const EngineForward engine(network_, coarse.layers(), 4, *product);
    FloatNetwork network(network_, pool_);
    network.compute_with(&engine);
    network.forward(images_, batch, parameters_, BatchNormMode::evaluate, true);
    // dlogits = 1: the classifier's weight gradient is the sum over the images of what the engine left before it.
    const std::string last = network_.layers.back().name + ".weight";
    ParameterMap gradients;
    network.backward(std::vector<float>(batch * 4, 1.0f), parameters_, {last}, gradients);
    const std::span<const float> features = network.activation(static_cast<int>(network_.layers.size()) - 2);
    const std::size_t size = features.size() / batch;
    for (std::size_t i = 0; i < size; ++i) {
        double sum = 0.0;
        for (std::size_t image = 0; image < batch; ++image) sum += static_cast<double>(features[image * size + i]);
        EXPECT_NEAR(gradients.at(last).values[i], sum, 1e-4 * (1.0 + std::abs(sum)));
    }
}

TEST_F(ThroughAnEngine, ScalesFollowTheLargestInputByATenth) {
    const QuantizedNetwork fine = quantised(8);
    const auto product = integer_product(fine.layers());
    EngineForward engine(network_, fine.layers(), 8, *product);
    FloatNetwork network(network_, pool_);
    network.compute_with(&engine);
    std::vector<float> larger = images_;
    float largest = 0.0f;
    for (float& pixel : larger) {
        pixel *= 3.0f;
        largest = std::max(largest, std::abs(pixel));
    }
    const double before = engine.input_scales()[0];
    network.forward(larger, batch, parameters_);
    EXPECT_EQ(engine.input_scales()[0], before);
    engine.end_step(batch);
    EXPECT_NEAR(engine.input_scales()[0], 0.9 * before + 0.1 * static_cast<double>(largest) / 255.0, 1e-9);
    const std::vector<double> now = engine.input_scales();
    engine.end_step(batch);  // nothing was seen
    EXPECT_EQ(engine.input_scales(), now);
}

}  // namespace
}  // namespace remask
