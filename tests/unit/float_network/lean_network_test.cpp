// Does learning on a frozen network give FloatNetwork's numbers, and hold no more than is counted?
#include "models/network/lean_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "graphs.h"
#include "models/network/float_network.h"
#include "models/network/held_activations.h"
#include "sim/base/diagnostics.h"
#include "sim/base/parallel.h"
#include "sim/base/random.h"

namespace remask {
namespace {

constexpr int batch = 11;  // groups and chunks of different sizes

/// All weights and biases but those of the network's first `frozen` convolutions.
std::set<std::string> all_but(const Network& network, int frozen) {
    std::set<std::string> wanted;
    for (const Layer& layer : network.layers) {
        const bool convolution = layer.kind == LayerKind::convolution;
        if ((convolution && frozen-- > 0) || (!convolution && layer.kind != LayerKind::linear)) continue;
        wanted.insert(layer.name + ".weight");
        if (layer.bias || layer.kind == LayerKind::linear) wanted.insert(layer.name + ".bias");
    }
    return wanted;
}

std::vector<float> random_projection(const Network& network) {
    RandomStream random(4, "projection");
    std::vector<float> projection(static_cast<std::size_t>(batch * network.classes()));
    for (float& value : projection) value = static_cast<float>(random.normal());
    return projection;
}

struct Learned {
    std::vector<float> logits;
    ParameterMap gradients;
};

Learned learn_lean(const Network& network, const ParameterMap& parameters, const std::set<std::string>& wanted,
                   int threads, std::optional<GateNoise> noise = {}) {
    ThreadPool pool(threads);
    LeanNetwork lean(network, parameters, wanted, pool);
    const std::vector<float> images = random_images(network, batch, 3);
    Learned result;
    result.logits = lean.forward(images, batch, parameters, noise);
    lean.backward(random_projection(network), parameters, result.gradients);
    EXPECT_EQ(lean.held_bytes(), batch * held_bytes(network, held_activations(network, wanted, false)));
    return result;
}

Learned learn_whole(const Network& network, ParameterMap parameters, const std::set<std::string>& wanted) {
    ThreadPool pool(1);
    FloatNetwork whole(network, pool);
    Learned result;
    result.logits = whole.forward(random_images(network, batch, 3), batch, parameters, BatchNormMode::evaluate, true);
    whole.backward(random_projection(network), parameters, wanted, result.gradients);
    return result;
}

void expect_near(const std::vector<float>& found, const std::vector<float>& expected, const std::string& what) {
    ASSERT_EQ(found.size(), expected.size()) << what;
    float scale = 0.0f;
    for (const float value : expected) scale = std::max(scale, std::abs(value));
    for (std::size_t i = 0; i < found.size(); ++i) {
        ASSERT_NEAR(found[i], expected[i], 1e-4f * scale + 1e-6f) << what << ", element " << i;
    }
}

TEST(LeanNetwork, HasTheGradientsOfTheWholeNetworkAndHoldsWhatIsCounted) {
    std::vector<NamedNetwork> networks = small_networks();
    networks.push_back({"gated", gated_network()});
    int compared = 0;
    for (const NamedNetwork& named : networks) {
        const ParameterMap parameters = random_parameters(named.network, 2);
        for (const int frozen : {1, 2, 99}) {
            SCOPED_TRACE(named.name + ", frozen convolutions: " + std::to_string(frozen));
            const std::set<std::string> wanted = all_but(named.network, frozen);
            if (!is_lean(named.network, wanted)) continue;
            const Learned lean = learn_lean(named.network, parameters, wanted, 1);
            const Learned whole = learn_whole(named.network, parameters, wanted);
            expect_near(lean.logits, whole.logits, "logits");
            ASSERT_EQ(lean.gradients.size(), wanted.size());
            for (const auto& [name, gradient] : whole.gradients) {
                ASSERT_EQ(lean.gradients.at(name).shape, gradient.shape) << name;
                expect_near(lean.gradients.at(name).values, gradient.values, name);
            }
            ++compared;
        }
    }
    EXPECT_GT(compared, 60);
}

TEST(LeanNetwork, GivesTheSameBitsWithAnyNumberOfThreads) {
    const Network network = gated_network();
    const ParameterMap parameters = random_parameters(network, 2);
    const std::set<std::string> wanted = all_but(network, 1);
    const Learned one = learn_lean(network, parameters, wanted, 1, GateNoise{5, 7});
    const Learned three = learn_lean(network, parameters, wanted, 3, GateNoise{5, 7});
    EXPECT_EQ(one.logits, three.logits);
    for (const auto& [name, gradient] : one.gradients) EXPECT_EQ(gradient.values, three.gradients.at(name).values);
}

/// One gate on one input: z = w·x, logit = gate(z)·v. The gradient of w is v·x·s·(1 − s).
TEST(LeanNetwork, CarriesGradientsThroughTheLogisticFunctionOfAGatesInput) {
    Graph graph({1, 1, 1});
    const int frozen = graph.convolution(0, 1, 1, 1, {});
    graph.linear(graph.layer(LayerKind::gate, {graph.convolution(frozen, 1, 1, 1, {})}), 1);
    const Network network = graph.finished();
    const std::string gated = network.layers[2].name + ".weight", last = network.layers[4].name;
    ParameterMap parameters = random_parameters(network, 2);
    parameters.at(network.layers[1].name + ".weight").values = {1.0f};
    parameters.at(gated).values = {0.5f};
    parameters.at(last + ".weight").values = {3.0f};
    parameters.at(last + ".bias").values = {0.25f};
    ThreadPool pool(1);
    LeanNetwork lean(network, parameters, {gated}, pool);
    for (const float x : {0.8f, -2.0f}) {
        const std::vector<float> images{x}, ones{1.0f};
        const std::vector<float> logits = lean.forward(images, 1, parameters, {});
        EXPECT_EQ(logits[0], x > 0 ? 3.25f : 0.25f);
        ParameterMap gradients;
        lean.backward(ones, parameters, gradients);
        const double s = 1.0 / (1.0 + std::exp(-0.5 * static_cast<double>(x)));
        EXPECT_NEAR(gradients.at(gated).values[0], 3.0 * static_cast<double>(x) * s * (1.0 - s), 1e-6);
    }
}

TEST(LeanNetwork, OpensGatesWithTheLogisticProbability) {
    Graph graph({1, 40, 50});
    const int frozen = graph.convolution(0, 1, 1, 1, {});
    const int gate = graph.layer(LayerKind::gate, {graph.convolution(frozen, 1, 1, 1, {}, 1, true)});
    graph.linear(graph.layer(LayerKind::global_average_pool, {gate}), 1);
    const Network network = graph.finished();
    ParameterMap parameters = random_parameters(network, 2);
    parameters.at(network.layers[2].name + ".weight").values = {0.0f};
    parameters.at(network.layers[2].name + ".bias").values = {1.0f};
    parameters.at(network.layers[5].name + ".weight").values = {1.0f};
    parameters.at(network.layers[5].name + ".bias").values = {0.0f};
    ThreadPool pool(1);
    LeanNetwork lean(network, parameters, {network.layers[2].name + ".bias"}, pool);
    const std::vector<float> image(2000, 0.0f);
    EXPECT_EQ(lean.forward(image, 1, parameters, {})[0], 1.0f);
    const float share = lean.forward(image, 1, parameters, GateNoise{1, 2})[0];
    EXPECT_NEAR(share, 1.0 / (1.0 + std::exp(-1.0)), 4.0 * std::sqrt(0.731 * 0.269 / 2000.0));  // four deviations
    EXPECT_NE(share, lean.forward(image, 1, parameters, GateNoise{1, 3})[0]);  // another step, other noise
}

TEST(LeanNetwork, RefusesNetworksThatItWouldNotMakeLean) {
    const Network network = gated_network();
    const ParameterMap parameters = random_parameters(network, 2);
    ThreadPool pool(1);
    EXPECT_THROW(LeanNetwork(network, parameters, trainable_names(parameters), pool), InternalError);
}

}  // namespace
}  // namespace remask
