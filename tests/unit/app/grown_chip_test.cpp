// A grown network on arrays: exact with ideal ADCs, and where the smaller one's lie.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mapping/mapping.h"
#include "models/methods/growth.h"
#include "models/network/builders.h"
#include "sim/app/costing/costing.h"
#include "sim/app/run/program_crossbars.h"
#include "sim/base/parallel.h"
#include "sim/base/random.h"
#include "sim/config/config.h"
#include "sim/hardware/hardware.h"

namespace remask {
namespace {

Network backbone() {
    BuilderOptions options;
    options.width = 0.5;
    options.input = {1, 12, 12};
    options.classes = 4;
    return build_network("resnet8", options);
}

Network grown() {
    const std::vector<double> sizes{1.0, 1.5, 2.25};
    return grow_network(backbone(), sizes);
}

Hardware isaac() {
    return read_config<Hardware>(
        Document::load(std::filesystem::path(REMASK_SOURCE_DIR) / "hw_configs" / "isaac.yaml"));
}

std::vector<float> random_images(const Network& network, int count) {
    std::vector<float> images;
    RandomStream random(3, "images");
    for (std::int64_t i = 0; i < count * network.input.size(); ++i) {
        images.push_back(static_cast<float>(random.normal()));
    }
    return images;
}

TEST(GrownChip, GivesTheIntegerNetworksLogitsWhereAdcsLoseNothing) {
    constexpr int count = 6;
    const Network network = grown();
    const ParameterMap parameters = initial_parameters(network, 2), original = initial_parameters(backbone(), 9);
    const std::vector<float> images = random_images(network, count);
    ThreadPool pool(2);
    const QuantizedNetwork quantized(network, original, parameters, parameters, {}, false, images, count, pool);
    const std::vector<float> expected = quantized.run(images, count, *integer_product(quantized.layers()), pool);
    CrossbarParameters ideal = isaac().crossbar;
    ideal.weight_bits = ideal.input_bits = 8;
    ideal.adc_bits = 0;
    CrossbarParameters wide = ideal;
    wide.adc_bits = 16;
    wide.adc_range = AdcRange::lsb;
    for (const CrossbarParameters& adc : {ideal, wide}) {
        const std::vector<CrossbarParameters> slots(quantized.layers().size(), adc);
        const auto chip = program_crossbars(quantized, {}, slots, {}, images, count, pool);
        EXPECT_EQ(quantized.run(images, count, *chip, pool), expected);
    }
}

TEST(GrownChip, LeavesTheArraysOfTheSmallerNetworkWhereTheyAre) {
    const Hardware hardware = isaac();
    const Mapping small = map_network(backbone(), hardware), large = map_network(grown(), hardware);
    ASSERT_GT(large.slots.size(), small.slots.size());
    EXPECT_GT(large.arrays, small.arrays);
    for (std::size_t slot = 0; slot < small.slots.size(); ++slot) {
        EXPECT_EQ(large.slots[slot].name, small.slots[slot].name);
        EXPECT_EQ(large.slots[slot].first_pe, small.slots[slot].first_pe);
        EXPECT_EQ(large.slots[slot].arrays.size(), small.slots[slot].arrays.size());
    }
    for (std::size_t slot = small.slots.size(); slot < large.slots.size(); ++slot) {
        EXPECT_GE(large.slots[slot].first_pe, small.pes);
    }
}

/// Two slots of one layer each, the second one an extension: 2 × 1 and 3 × 1 weights of 8 bits in 2-bit cells.
TEST(GrownChip, IsSwitchedWithoutTouchingArraysThatATaskDoesNotUse) {
    Network network;
    network.name = "two";
    network.input = {2, 1, 1};
    network.normalisation = {1.0f, {0.0f, 0.0f}, {1.0f, 1.0f}};
    const auto append = [&](const char* name, LayerKind kind, int channels, std::vector<int> inputs) {
        Layer layer;
        layer.name = name;
        layer.kind = kind;
        layer.out_channels = channels;
        layer.inputs = std::move(inputs);
        network.layers.push_back(layer);
    };
    append("input", LayerKind::input, 0, {});
    append("a", LayerKind::convolution, 1, {0});
    append("b", LayerKind::convolution, 1, {0});
    append("sum", LayerKind::add, 0, {1, 2});
    append("fc", LayerKind::linear, 2, {3});
    network.layers[2].extension = 1;
    finish(network);
    const Hardware hardware = isaac();
    const Mapping mapping = map_network(network, hardware);
    const auto written = [&](const ChipContent& from, const ChipContent& to) {
        return cost_switch(mapping, hardware, {}, from, to, {}, "").cells_written;
    };
    const ChipContent small{{1, 0}, {}}, other{{0, 1}, {}}, large{{1, 0}, {1, 1}};
    EXPECT_EQ(written(large, small), 0);  // the second slot is left as it is
    EXPECT_EQ(written(small, large), written({{}, {}}, {{}, {1, 1}}));
    EXPECT_GT(written(small, large), 0);  // two weights on erased arrays
    EXPECT_EQ(written(large, other), written(small, other));
    EXPECT_GT(written(large, other), 0);
}

}  // namespace
}  // namespace remask
