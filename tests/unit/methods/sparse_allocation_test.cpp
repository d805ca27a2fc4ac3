// Do the layers of a sparse network get the weights that the cited rules give them, and which layers are sparse?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <numeric>

#include "models/methods/sparse_allocation.h"
#include "tests/unit/methods/small_task.h"

namespace remask {
namespace {

using testing::ElementsAre;

Tensor zeros(const std::vector<std::int64_t>& shape) {
    const std::int64_t size = std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
    return {shape, std::vector<float>(static_cast<std::size_t>(size))};
}

TEST(Allocation, IsTheSameShareOfEveryLayerWhereUniform) {
    const Tensor a = zeros({4, 5, 1, 1}), b = zeros({10, 8, 3, 3}), tiny = zeros({1, 2});
    EXPECT_THAT(allocate_weights(Allocation::uniform, 0.9, {&a, &b, &tiny}), ElementsAre(2, 72, 1));
}

/// ResNet-20's three sizes at 95 %.
TEST(Allocation, FollowsTheShapesExtentsByErk) {
    const Tensor a = zeros({16, 16, 3, 3}), b = zeros({32, 32, 3, 3}), c = zeros({64, 64, 3, 3});
    // 0.05·(2304 + 9216 + 36864) = 2419.2 over 38 + 70 + 134 = 242 extents (16 + 16 + 3 + 3, …): 9.9967 an extent.
    EXPECT_THAT(allocate_weights(Allocation::erk, 0.95, {&a, &b, &c}), ElementsAre(380, 700, 1340));
}

/// A layer that the factor would overfill is dense, and the others share the rest.
TEST(Allocation, IsDenseWhereErkWouldOverfill) {
    const Tensor small = zeros({2, 2}), large = zeros({40, 60});
    // Half of 2404 is 1202, over 4 + 100 extents 11.6 an extent: 46 > 4. Left for the large one: 1198.
    EXPECT_THAT(allocate_weights(Allocation::erk, 0.5, {&small, &large}), ElementsAre(4, 1198));
    EXPECT_THAT(allocate_weights(Allocation::erk, 0.0, {&small, &large}), ElementsAre(4, 2400));
}

TEST(Allocation, TakesTheLargestOfAllByMagnitude) {
    const Tensor a{{4}, {0.1f, -0.9f, 0.3f, 0.2f}}, b{{4}, {0.8f, 0.7f, -0.6f, 0.5f}};
    EXPECT_THAT(allocate_weights(Allocation::magnitude, 0.5, {&a, &b}), ElementsAre(1, 3));
    const Tensor none{{4}, {0.01f, 0.01f, 0.01f, 0.01f}};
    EXPECT_THAT(allocate_weights(Allocation::magnitude, 0.5, {&none, &b}), ElementsAre(1, 4));  // no layer is cut off
}

/// Scores are a weight's square over the sum of those no smaller; a layer's scale plays no part.
TEST(Allocation, TakesTheLargestPartsOfTheirLayersByLamp) {
    const Tensor a{{4}, {2.0f, -2.0f, 1.0f, 1.0f}};  // 4/4, 4/8, 1/9, 1/10
    const Tensor b{{4}, {0.3f, 0.2f, 0.2f, 0.0f}};   // 1, 4/13, 4/17, 0
    EXPECT_THAT(allocate_weights(Allocation::lamp, 0.5, {&a, &b}), ElementsAre(2, 2));
    EXPECT_THAT(allocate_weights(Allocation::lamp, 0.375, {&a, &b}), ElementsAre(2, 3));
    Tensor scaled = b;
    for (float& w : scaled.values) w *= 1000.0f;
    EXPECT_THAT(allocate_weights(Allocation::lamp, 0.375, {&a, &scaled}), ElementsAre(2, 3));
}

/// Layers on shortcuts, of a published network each: none, two of ResNet-8, four of ResNet-50.
TEST(ArrayLayers, KnowTheConvolutionsBesideABlock) {
    const auto shortcuts = [](const char* name) {
        BuilderOptions options;
        options.input = {3, 32, 32};
        options.classes = 10;
        const Network network = build_network(name, options);
        ParameterMap parameters;
        for (const auto& [parameter, shape] : parameter_shapes(network)) parameters[parameter] = zeros(shape);
        std::vector<std::string> names;
        for (const ArrayLayer& layer : list_array_layers(network, parameters, test::geometry_on(network, 128), false)) {
            if (layer.shortcut) names.push_back(layer.name);
        }
        return names;
    };
    EXPECT_THAT(shortcuts("resnet20"), ElementsAre());
    EXPECT_THAT(shortcuts("resnet8"), ElementsAre("stage2.shortcut", "stage3.shortcut"));
    EXPECT_EQ(shortcuts("resnet50").size(), 4U);
}

}  // namespace
}  // namespace remask
