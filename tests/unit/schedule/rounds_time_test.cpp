// The time of a batch in rounds, worked out by hand.
#include "sim/schedule/rounds_time.h"

#include <gtest/gtest.h>

#include "tests/unit/mapping/examples.h"

namespace remask {
namespace {

// A 16 × 4 matrix in the first round, a 4 × 4 one in the second: 4 phases of 10 ns for the array and 16 conversions of
// 1 ns, 104 ns an image. Programming takes 100 and 200 ns; 32 bits an image leave and come back at 2 Gbit/s.
TEST(RoundsTime, IsProgrammingTransferAndAPipelineOfImagesForEachRound) {
    Hardware hardware = examples::small_chip();
    hardware.chip.tiles = 1;
    hardware.chip.pes_per_tile = 1;
    Network network = examples::one_matrix(16, 4);
    Layer second = examples::layer("second", LayerKind::linear, {2});
    second.out_channels = 4;
    network.layers.insert(network.layers.end() - 1, second);
    network.layers.back().inputs = {3};
    finish(network);
    MappingOptions options;
    options.in_rounds = true;
    const Mapping mapping = map_network(network, hardware, options);
    ASSERT_EQ(mapping.rounds, 2);
    RoundsPlan plan;
    plan.rounds.resize(2);
    plan.rounds[0].write_time = Time::from_si(100e-9);
    plan.rounds[1].write_time = Time::from_si(150e-9);
    plan.rounds[1].load_time = Time::from_si(50e-9);
    const BatchTime batch = batch_time(mapping, hardware, closed_form(mapping, hardware), plan,
                                       round_traffic(mapping, network, hardware), 3);
    ASSERT_EQ(batch.rounds.size(), 2u);
    for (const RoundTime& round : batch.rounds) {
        EXPECT_DOUBLE_EQ(round.running.si(), 3 * 104e-9);
        EXPECT_DOUBLE_EQ(round.transfer.si(), 3 * 32 / 2e9);
    }
    EXPECT_DOUBLE_EQ(batch.rounds[0].programming.si(), 100e-9);
    EXPECT_DOUBLE_EQ(batch.rounds[1].programming.si(), 200e-9);
    EXPECT_DOUBLE_EQ(batch.total.si(), 300e-9 + 2 * 48e-9 + 6 * 104e-9);
}

}  // namespace
}  // namespace remask
