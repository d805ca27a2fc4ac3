// What must hold of every schedule, over random networks and chips.
#include <gtest/gtest.h>

#include <numeric>

#include "mapping/inference_cost.h"
#include "random_networks.h"
#include "sim/base/diagnostics.h"
#include "sim/schedule/event_schedule.h"

namespace remask::test {
namespace {

constexpr int cases = 150;

EventSchedule schedule_of(const ScheduleCase& made, const Hardware& hardware) {
    const DigitalPlan digital = plan_digital(made.mapping, made.network, hardware);
    return schedule_events(made.mapping, made.network, hardware, closed_form(made.mapping, hardware, {}, digital));
}

/// Buffers may be too small for a random network: then there is nothing to check.
bool fits(const ScheduleCase& made, const Hardware& hardware) {
    try {
        schedule_of(made, hardware);
        return true;
    } catch (const ConfigError&) {
        return false;
    }
}

TEST(ScheduleProperties, WithoutContentionItIsTheClosedForm) {
    for (std::uint64_t seed = 0; seed < cases; ++seed) {
        SCOPED_TRACE(seed);
        const ScheduleCase made = random_case(seed);
        const ImageTime expected = closed_form(made.mapping, made.hardware);
        const EventSchedule schedule = schedule_of(made, made.hardware);
        EXPECT_NEAR(schedule.layer_by_layer.si(), expected.latency.si(), 1e-12 * expected.latency.si());
        EXPECT_GE(schedule.interval.si(), expected.interval.si());
        if (schedule.settled) {
            EXPECT_EQ(schedule.interval.si(), expected.interval.si());
        }
        EXPECT_LE(schedule.first_image.si(), expected.latency.si() * (1 + 1e-12));
    }
}

TEST(ScheduleProperties, EveryRowIsComputedOnceAndEveryBitArrives) {
    for (std::uint64_t seed = 0; seed < cases; ++seed) {
        SCOPED_TRACE(seed);
        const ScheduleCase made = random_case(seed);
        const Hardware hardware = limited(made, seed, seed % 2 == 0);
        if (!fits(made, hardware)) continue;
        const EventSchedule schedule = schedule_of(made, hardware);
        for (const StageReport& stage : schedule.stages) {
            const Stage& of = schedule.graph.stages[static_cast<std::size_t>(stage.stage)];
            EXPECT_EQ(stage.rows_computed, std::int64_t{schedule.images} * of.rows);
            if (of.kind == StageKind::arrays) {
                EXPECT_EQ(stage.products,
                          schedule.images * made.mapping.slots[static_cast<std::size_t>(of.slot)].vectors);
            }
        }
        const ActionCounts counts = total(inference_counts(made.mapping, made.network, hardware));
        EXPECT_EQ(schedule.bus_bits, counts[Action::bus]);
        EXPECT_EQ(schedule.link_bits, counts[Action::router]);
    }
}

/// Each latency, and each stage's first end.
void expect_not_slower(const EventSchedule& fast, const EventSchedule& slow) {
    EXPECT_LE(fast.first_image.si(), slow.first_image.si());
    EXPECT_LE(fast.layer_by_layer.si(), slow.layer_by_layer.si());
    for (std::size_t s = 0; s < fast.stages.size(); ++s) {
        EXPECT_LE(fast.stages[s].first_start.si(), slow.stages[s].first_start.si());
        EXPECT_LE(fast.stages[s].first_end.si(), slow.stages[s].first_end.si());
    }
    if (fast.settled && slow.settled) {
        EXPECT_LE(fast.interval.si(), slow.interval.si() * (1 + 1e-9));
    }
}

TEST(ScheduleProperties, DoublingABandwidthMakesNothingSlower) {
    int checked = 0;
    for (std::uint64_t seed = 0; seed < cases; ++seed) {
        SCOPED_TRACE(seed);
        const ScheduleCase made = random_case(seed);
        const Hardware slow = with_rates(limited(made, seed, seed % 2 == 0), seed);
        if (!fits(made, slow)) continue;
        const EventSchedule before = schedule_of(made, slow);
        for (std::optional<Bandwidth> ChipStructure::*which :
             {&ChipStructure::bus_bandwidth, &ChipStructure::link_bandwidth, &ChipStructure::input_bandwidth}) {
            Hardware fast = slow;
            if (!(fast.chip.*which)) continue;
            fast.chip.*which = 2.0 * *(slow.chip.*which);
            expect_not_slower(schedule_of(made, fast), before);
            ++checked;
        }
    }
    EXPECT_GT(checked, cases);
}

TEST(ScheduleProperties, LimitsMakeNothingFaster) {
    for (std::uint64_t seed = 0; seed < cases; ++seed) {
        SCOPED_TRACE(seed);
        const ScheduleCase made = random_case(seed);
        const Hardware hardware = limited(made, seed, true);
        if (!fits(made, hardware)) continue;
        const EventSchedule limited_schedule = schedule_of(made, hardware), free = schedule_of(made, made.hardware);
        expect_not_slower(free, limited_schedule);
        for (const BufferReport& buffer : limited_schedule.buffers) EXPECT_GE(buffer.most_bits, 0);
    }
}

/// Whatever is limited: one image after the other, layer by layer, can always be done.
TEST(ScheduleProperties, APipelineIsNoSlowerThanLayerByLayer) {
    for (std::uint64_t seed = 0; seed < cases; ++seed) {
        SCOPED_TRACE(seed);
        const ScheduleCase made = random_case(seed);
        Hardware hardware = with_rates(limited(made, seed, false), seed);
        if (seed % 2 == 0) hardware.chip.bus_bandwidth = Bandwidth::from_si(2e5 * static_cast<double>(seed + 1));
        const EventSchedule schedule = schedule_of(made, hardware);
        EXPECT_LE(schedule.first_image.si(), schedule.layer_by_layer.si());
        Time busiest;  // rows that no result needs, and units on which layers overlap, may take longer than an image
        for (const ResourceReport& resource : schedule.resources) {
            busiest = std::max(busiest, resource.busy);
            EXPECT_LE(resource.utilisation, 1.0 + 1e-9);
        }
        EXPECT_LE(schedule.interval.si(), std::max(schedule.first_image.si(), busiest.si()) * (1 + 1e-9));
    }
}

/// A resource is never busy for longer than the time between images.
TEST(ScheduleProperties, NothingIsBusierThanAllTheTime) {
    for (std::uint64_t seed = 0; seed < cases; ++seed) {
        SCOPED_TRACE(seed);
        const ScheduleCase made = random_case(seed);
        const Hardware hardware = limited(made, seed, false);
        const EventSchedule schedule = schedule_of(made, hardware);
        for (const ResourceReport& resource : schedule.resources) EXPECT_LE(resource.utilisation, 1.0) << resource.name;
        for (const StageReport& stage : schedule.stages) EXPECT_LE(stage.utilisation, 1.0);
    }
}

}  // namespace
}  // namespace remask::test
