// Buffers: how they are shared out, how they hold producers up, and when they are refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/diagnostics.h"
#include "sim/schedule/event_schedule.h"
#include "tests/unit/mapping/examples.h"

namespace remask {
namespace {

/// One convolution of 3 × 3 on images of 3 × 6 × 8: a row is 3 · 8 · 4 = 96 bits, a window 3 rows.
EventSchedule with_buffer(double bits) {
    Hardware hardware = examples::small_chip();
    hardware.chip.arrays_per_pe = 8;
    hardware.chip.buffer_capacity = DataSize::from_si(bits);
    const Network network = examples::one_convolution({3, 6, 8}, {});
    const Mapping mapping = map_network(network, hardware);
    return schedule_events(mapping, network, hardware, closed_form(mapping, hardware));
}

TEST(Buffers, HoldWholeRowsInProportionToTheWindow) {
    EXPECT_EQ(with_buffer(3 * 96).graph.edges[0].capacity, 3);
    EXPECT_EQ(with_buffer(4 * 96 + 95).graph.edges[0].capacity, 4);
    EXPECT_EQ(with_buffer(6 * 96).graph.edges[0].capacity, 6);
}

TEST(Buffers, AreNeverFullerThanTheyAre) {
    for (const int rows : {3, 4, 7}) {
        const EventSchedule schedule = with_buffer(rows * 96);
        ASSERT_EQ(schedule.buffers.size(), 1u);
        EXPECT_EQ(schedule.buffers[0].most_bits, rows * 96);  // images wait outside, so it fills
    }
}

TEST(Buffers, SayWhichLayerDoesNotFit) {
    try {
        with_buffer(3 * 96 - 1);
        FAIL() << "one bit is missing";
    } catch (const ConfigError& error) {
        EXPECT_EQ(error.diagnostics()[0].path, "hardware.chip.buffer_capacity");
        EXPECT_THAT(error.diagnostics()[0].message, testing::HasSubstr("layer 'conv'"));
        EXPECT_THAT(error.diagnostics()[0].message, testing::HasSubstr("tile 0"));
    }
}

/// Two branches of three convolutions of kernel × kernel and 1 × 1 that are added, all on one tile.
EventSchedule branches(int kernel, double bits) {
    Hardware hardware = examples::small_chip();
    hardware.crossbar.rows = 128;
    hardware.chip.pes_per_tile = 16;
    hardware.chip.buffer_capacity = DataSize::from_si(bits);
    Network network = examples::one_convolution({1, 40, 4}, {1, 1, 1, 1});
    network.layers.resize(2);
    const auto branch = [&](int size, const std::string& name) {
        int last = 1;
        for (int i = 0; i < 3; ++i) {
            Layer conv = examples::layer(name + std::to_string(i), LayerKind::convolution, {last});
            conv.out_channels = 1;
            conv.kernel_height = size;
            conv.padding = {size / 2, 0, size / 2, 0};
            network.layers.push_back(conv);
            last = static_cast<int>(network.layers.size()) - 1;
        }
        return last;
    };
    const int wide = branch(kernel, "wide"), narrow = branch(1, "narrow");
    network.layers.push_back(examples::layer("sum", LayerKind::add, {wide, narrow}));
    network.layers.push_back(examples::layer("pool", LayerKind::global_average_pool, {narrow + 1}));
    Layer classifier = examples::layer("fc", LayerKind::linear, {narrow + 2});
    classifier.out_channels = 2;
    network.layers.push_back(classifier);
    finish(network);
    const Mapping mapping = map_network(network, hardware);
    return schedule_events(mapping, network, hardware, closed_form(mapping, hardware));
}

// A row is 4 · 4 bits. With kernels of 11 rows the wide branch runs 15 rows behind; the narrow one, whose buffers hold
// a row each, cannot wait that long: neither can the first layer, from which both read. With room for more rows they
// can.
TEST(Buffers, BranchesThatStopEachOtherAreRefused) {
    const double just_fits = 16.0 * (1 + 3 * 11 + 3 * 1);
    try {
        branches(11, just_fits);
        FAIL() << "the branches wait for each other";
    } catch (const ConfigError& error) {
        EXPECT_EQ(error.diagnostics()[0].path, "hardware.chip.buffer_capacity");
        EXPECT_THAT(error.diagnostics()[0].message, testing::HasSubstr("never gets all its inputs"));
    }
    EXPECT_GT(branches(11, 8 * just_fits).interval.si(), 0.0);
    EXPECT_GT(branches(3, 16.0 * (1 + 3 * 3 + 3 * 1)).interval.si(), 0.0);
}

}  // namespace
}  // namespace remask
