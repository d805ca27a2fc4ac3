// The time of a batch in rounds: worked out by hand, and what must hold over random networks and chips.
#include "sim/schedule/rounds_time.h"

#include <gtest/gtest.h>

#include <numeric>

#include "mapping/inference_cost.h"
#include "random_networks.h"
#include "sim/base/diagnostics.h"
#include "tests/unit/mapping/examples.h"

namespace remask::test {
namespace {

Mapping in_rounds(const Network& network, const Hardware& hardware, bool classifier_on_crossbar = false) {
    MappingOptions options;
    options.classifier_on_crossbar = classifier_on_crossbar;
    options.in_rounds = true;
    return map_network(network, hardware, options);
}

/// 16 → 4 → 4 …, a ReLU behind each matrix; the classifier is digital.
Network chain(int matrices) {
    Network network = examples::one_matrix(16, 4);
    Layer classifier = network.layers.back();
    network.layers.pop_back();
    const auto last = [&] { return static_cast<int>(network.layers.size()) - 1; };
    for (int i = 0; i < matrices; ++i) {
        if (i > 0) {
            network.layers.push_back(examples::layer("matrix" + std::to_string(i), LayerKind::linear, {last()}));
            network.layers.back().out_channels = 4;
        }
        network.layers.push_back(examples::layer("relu" + std::to_string(i), LayerKind::relu, {last()}));
    }
    classifier.inputs = {last()};
    network.layers.push_back(classifier);
    finish(network);
    return network;
}

Hardware chip_of(int pes) {
    Hardware hardware = examples::small_chip();
    hardware.chip.tiles = 1;
    hardware.chip.pes_per_tile = pes;
    return hardware;
}

// A 16 × 4 matrix in the first round, a 4 × 4 one in the second: 4 phases of 10 ns for the array and 16 conversions of
// 1 ns, 104 ns an image. Programming takes 100 and 200 ns; 32 bits an image leave and come back at 2 Gbit/s.
TEST(RoundsTime, IsProgrammingTransferAndAPipelineOfImagesForEachRound) {
    const Hardware hardware = chip_of(1);
    const Network network = chain(2);
    const Mapping mapping = in_rounds(network, hardware);
    ASSERT_EQ(mapping.rounds, 2);
    RoundsPlan plan;
    plan.rounds.resize(2);
    plan.rounds[0].write_time = Time::from_si(100e-9);
    plan.rounds[1].write_time = Time::from_si(150e-9);
    plan.rounds[1].load_time = Time::from_si(50e-9);
    const std::vector<RoundTime> parts = round_overheads(hardware, plan, round_traffic(mapping, network, hardware), 3);
    const std::vector<ImageTime> times = round_times(mapping, network, hardware);
    ASSERT_EQ(parts.size(), 2u);
    ASSERT_EQ(times.size(), 2u);
    for (std::size_t round = 0; round < 2; ++round) {
        EXPECT_DOUBLE_EQ(running_time(times[round].latency, times[round].interval, 3).si(), 3 * 104e-9);
        EXPECT_DOUBLE_EQ(parts[round].transfer.si(), 3 * 32 / 2e9);
    }
    EXPECT_DOUBLE_EQ(parts[0].programming.si(), 100e-9);
    EXPECT_DOUBLE_EQ(parts[1].programming.si(), 200e-9);
    EXPECT_DOUBLE_EQ(parts[1].total().si(), 200e-9 + 48e-9);
}

// Three matrices on a chip of two PEs: two in the first round, on one tile, whose unit takes 4 values a ReLU at 1 MHz,
// 4 µs each: 8 µs an image, one after the other and as an interval. In the second round it has 4 µs to do.
TEST(RoundsTime, LayersOfARoundShareADigitalUnit) {
    Hardware hardware = chip_of(2);
    hardware.timing.activation_rate = Frequency::from_si(1e6);
    const Network network = chain(3);
    const Mapping mapping = in_rounds(network, hardware);
    ASSERT_EQ(mapping.rounds, 2);
    const std::vector<ImageTime> times = round_times(mapping, network, hardware);
    EXPECT_DOUBLE_EQ(times[0].latency.si(), 8e-6);
    EXPECT_DOUBLE_EQ(times[0].interval.si(), 8e-6);
    EXPECT_DOUBLE_EQ(times[1].latency.si(), 4e-6);
    EXPECT_DOUBLE_EQ(times[1].interval.si(), 4e-6);
    const std::vector<EventSchedule> schedules = schedule_rounds(mapping, network, hardware, times);
    EXPECT_DOUBLE_EQ(schedules[0].layer_by_layer.si(), 8e-6);
    EXPECT_DOUBLE_EQ(schedules[0].interval.si(), 8e-6);
    EXPECT_DOUBLE_EQ(schedules[1].interval.si(), 4e-6);
}

constexpr int cases = 150;

/// A random network on the smallest chip that holds each of its layers.
struct RoundsCase {
    Network network;
    Hardware hardware;
    Mapping mapping;
};

RoundsCase random_rounds(std::uint64_t seed) {
    const ScheduleCase made = random_case(seed);
    RoundsCase here{made.network, made.hardware, {}};
    here.hardware.chip.tiles = 1;
    const bool classifier = made.mapping.classifier_on_crossbar;
    while (true) {  // one layer must fit
        try {
            here.mapping = in_rounds(here.network, here.hardware, classifier);
            return here;
        } catch (const ConfigError&) {
            ++here.hardware.chip.tiles;
        }
    }
}

std::vector<EventSchedule> schedules_of(const RoundsCase& made, const Hardware& hardware) {
    return schedule_rounds(made.mapping, made.network, hardware, round_times(made.mapping, made.network, hardware));
}

TEST(RoundsTime, WithoutContentionEachRoundIsItsClosedForm) {
    int in_several = 0;
    for (std::uint64_t seed = 0; seed < cases; ++seed) {
        SCOPED_TRACE(seed);
        const RoundsCase made = random_rounds(seed);
        const Hardware hardware = seed % 2 == 0 ? made.hardware : with_rates(made.hardware, seed);
        const std::vector<ImageTime> times = round_times(made.mapping, made.network, hardware);
        const std::vector<EventSchedule> schedules = schedules_of(made, hardware);
        std::size_t slots = 0;
        for (std::size_t round = 0; round < times.size(); ++round) {
            const double latency = times[round].latency.si();
            EXPECT_NEAR(schedules[round].layer_by_layer.si(), latency, 1e-12 * latency);
            if (schedules[round].settled) {
                EXPECT_EQ(schedules[round].interval.si(), times[round].interval.si());
            }
            EXPECT_GE(schedules[round].interval.si(), times[round].interval.si());
            EXPECT_LE(schedules[round].first_image.si(), latency * (1 + 1e-12));
            slots += times[round].slots.size();
        }
        EXPECT_EQ(slots, made.mapping.slots.size());
        // Layers take as long as they would on a chip that holds them all, one after the other.
        const ImageTime whole =
            closed_form(made.mapping, made.hardware, {}, plan_digital(made.mapping, made.network, made.hardware));
        Time sum;
        for (const ImageTime& round : round_times(made.mapping, made.network, made.hardware)) sum += round.latency;
        EXPECT_NEAR(sum.si(), whole.latency.si(), 1e-12 * whole.latency.si());
        in_several += made.mapping.rounds > 1 ? 1 : 0;
    }
    EXPECT_GT(in_several, cases / 2);
}

TEST(RoundsTime, EveryRowIsComputedOnceAndEveryBitArrives) {
    for (std::uint64_t seed = 0; seed < cases; ++seed) {
        SCOPED_TRACE(seed);
        const RoundsCase made = random_rounds(seed);
        const Hardware hardware = limited({made.network, made.hardware, made.mapping}, seed, false);
        std::int64_t bus = 0, links = 0, products = 0;
        for (const EventSchedule& schedule : schedules_of(made, hardware)) {
            bus += schedule.bus_bits;
            links += schedule.link_bits;
            for (const StageReport& stage : schedule.stages) products += stage.products / schedule.images;
        }
        const ActionCounts counts = total(inference_counts(made.mapping, made.network, hardware));
        EXPECT_EQ(bus, counts[Action::bus]);
        EXPECT_EQ(links, counts[Action::router]);
        EXPECT_EQ(products,
                  std::accumulate(made.mapping.slots.begin(), made.mapping.slots.end(), std::int64_t{0},
                                  [](std::int64_t sum, const MappedSlot& slot) { return sum + slot.vectors; }));
    }
}

TEST(RoundsTime, DoublingABandwidthMakesNoRoundSlower) {
    for (std::uint64_t seed = 0; seed < cases; ++seed) {
        SCOPED_TRACE(seed);
        const RoundsCase made = random_rounds(seed);
        const Hardware slow = limited({made.network, made.hardware, made.mapping}, seed, false);
        Hardware fast = slow;
        for (auto* bandwidth : {&fast.chip.bus_bandwidth, &fast.chip.link_bandwidth, &fast.chip.input_bandwidth}) {
            if (*bandwidth) *bandwidth = 2.0 * **bandwidth;
        }
        const std::vector<EventSchedule> before = schedules_of(made, slow), after = schedules_of(made, fast);
        for (std::size_t round = 0; round < before.size(); ++round) {
            EXPECT_LE(after[round].first_image.si(), before[round].first_image.si());
            EXPECT_LE(after[round].layer_by_layer.si(), before[round].layer_by_layer.si());
            if (after[round].settled && before[round].settled) {
                EXPECT_LE(after[round].interval.si(), before[round].interval.si() * (1 + 1e-9));
            }
        }
    }
}

/// A network that fits is one round: itself.
TEST(RoundsTime, OneRoundIsTheNetworkItself) {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        SCOPED_TRACE(seed);
        const ScheduleCase made = random_case(seed);
        const Hardware hardware = with_rates(limited(made, seed, false), seed);
        const ImageTime times =
            closed_form(made.mapping, hardware, {}, plan_digital(made.mapping, made.network, hardware));
        const EventSchedule whole = schedule_events(made.mapping, made.network, hardware, times);
        const std::vector<ImageTime> rounds = round_times(made.mapping, made.network, hardware);
        ASSERT_EQ(rounds.size(), 1u);
        EXPECT_EQ(rounds[0].latency.si(), times.latency.si());
        EXPECT_EQ(rounds[0].interval.si(), times.interval.si());
        const EventSchedule round = schedule_rounds(made.mapping, made.network, hardware, rounds)[0];
        EXPECT_EQ(round.first_image.si(), whole.first_image.si());
        EXPECT_EQ(round.layer_by_layer.si(), whole.layer_by_layer.si());
        EXPECT_EQ(round.interval.si(), whole.interval.si());
    }
}

}  // namespace
}  // namespace remask::test
