// Digital units: shared out, timed by hand, against a walk over the layers, and in the schedule of rows.
#include "sim/schedule/digital_units.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "random_networks.h"
#include "sim/base/diagnostics.h"
#include "sim/schedule/event_schedule.h"
#include "tests/unit/mapping/examples.h"

namespace remask::test {
namespace {

constexpr double ns = 1e-9;

/// Convolution to 5 channels on images of 3 × 4 × 4, ReLU, global pooling, digital classifier of 3: 80 values are
/// activated and 80 pooled behind the convolution, the classifier takes 15 multiply-accumulates. 27 × 5 weights lie on
/// 4 arrays, one tile; 16 products of 4 phases of 26 ns take 1664 ns.
struct OneConvolution {
    explicit OneConvolution(int replicas = 1) : network(examples::one_convolution({3, 4, 4}, {})) {
        hardware = examples::small_chip();
        hardware.timing.activation_rate = Frequency::from_si(1e9);
        hardware.timing.pool_rate = Frequency::from_si(0.5e9);
        hardware.timing.digital_mac_rate = Frequency::from_si(1e9);
        options.replicas = {replicas};
    }
    Mapping mapping() const { return map_network(network, hardware, options); }
    DigitalPlan plan() const { return plan_digital(mapping(), network, hardware); }
    ImageTime times() const { return closed_form(mapping(), hardware, {}, plan()); }
    EventSchedule schedule() const { return schedule_events(mapping(), network, hardware, times()); }
    Network network;
    Hardware hardware;
    MappingOptions options;
};

TEST(DigitalUnits, PartsWorkAtTheSameTime) {
    const OneConvolution made;
    const ImageTime times = made.times();
    EXPECT_NEAR(times.slots[0].digital.si(), 160 * ns, 1e-16);  // 80 values / 0.5 GHz, longer than 80 / 1 GHz
    EXPECT_NEAR(times.digital.si(), 15 * ns, 1e-16);
    EXPECT_NEAR(times.latency.si(), (1664 + 15) * ns, 1e-15);
    EXPECT_NEAR(times.interval.si(), 1664 * ns, 1e-15);
    ASSERT_EQ(times.units.units.size(), 3u);
    EXPECT_EQ(unit_name(times.units.units[0]), "activation of tile 0");
    EXPECT_EQ(unit_name(times.units.units[1]), "pooling of tile 0");
    EXPECT_EQ(unit_name(times.units.units[2]), "multiply-accumulate of tile 0");
}

TEST(DigitalUnits, ASharedUnitDoesOneThingAfterAnother) {
    OneConvolution made;
    made.hardware.timing.digital_unit = DigitalUnitKind::shared;
    const ImageTime times = made.times();
    EXPECT_NEAR(times.slots[0].digital.si(), (80 + 160) * ns, 1e-16);
    ASSERT_EQ(times.units.units.size(), 1u);
    EXPECT_EQ(unit_name(times.units.units[0]), "digital unit of tile 0");
    EXPECT_NEAR(times.units.units[0].busy.si(), (80 + 160 + 15) * ns, 1e-16);
}

// Four replicas of four arrays, four to a tile: 4 tiles, each with a quarter of the work.
TEST(DigitalUnits, TheTilesOfALayerShareItsWork) {
    const OneConvolution made(4);
    const ImageTime times = made.times();
    EXPECT_NEAR(times.slots[0].digital.si(), 40 * ns, 1e-16);
    ASSERT_EQ(times.units.units.size(), 3u);
    EXPECT_EQ(unit_name(times.units.units[1]), "pooling of tile 0 and 3 like it");
}

TEST(DigitalUnits, WithoutRatesNothingTakesTime) {
    OneConvolution made;
    made.hardware = examples::small_chip();
    EXPECT_TRUE(made.plan().units.empty());
    EXPECT_NEAR(made.times().latency.si(), 1664 * ns, 1e-15);
}

// 2000 ns for the 20 values of a row, whose arrays take 416 ns. Results may wait for a row more than there are
// replicas: rows 0 and 1 are computed at 0 and 416, row 2 when row 0 is through (2000), row 3 when row 1 is (4000); the
// last row is through at 8000, then the classifier takes 15 ns.
TEST(DigitalUnits, ASlowUnitHoldsItsArraysUp) {
    OneConvolution made;
    made.hardware.timing.activation_rate = Frequency::from_si(1e7);
    EXPECT_NEAR(made.times().latency.si(), 8015 * ns, 1e-14);
    EXPECT_NEAR(made.times().interval.si(), 8000 * ns, 1e-14);
    const EventSchedule schedule = made.schedule();
    EXPECT_NEAR(schedule.layer_by_layer.si(), 8015 * ns, 1e-14);
    EXPECT_NEAR(schedule.first_image.si(), 8015 * ns, 1e-14);
    EXPECT_NEAR(schedule.interval.si(), 8000 * ns, 1e-14);
    EXPECT_TRUE(schedule.settled);
    EXPECT_GT(schedule.stages[1].stalls[static_cast<std::size_t>(Stall::digital)].si(), 0.0);
    const auto unit = std::find_if(schedule.resources.begin(), schedule.resources.end(),
                                   [](const auto& r) { return r.name == "activation of tile 0"; });
    ASSERT_NE(unit, schedule.resources.end());
    EXPECT_NEAR(unit->utilisation, 1.0, 1e-9);
}

TEST(DigitalUnits, TheTraceHoldsTheirWork) {
    const OneConvolution made;
    const EventSchedule schedule = schedule_events(made.mapping(), made.network, made.hardware, made.times(), {true});
    double busy = 0.0;
    for (const TraceEvent& event : schedule.trace) {
        if (event.kind == TraceEvent::Kind::digital) busy += (event.end - event.start).si();
    }
    EXPECT_NEAR(busy, 3 * (80 + 160 + 15) * ns, 1e-14);
}

TEST(DigitalUnits, CountWhatEachLayerTakesIn) {
    Network network = examples::one_convolution({3, 4, 4}, {});
    Layer pool = examples::layer("max", LayerKind::max_pool, {2});
    pool.kernel_height = pool.kernel_width = 2;
    pool.stride = 2;
    Layer norm = examples::layer("bn", LayerKind::batch_norm, {3});
    network.layers.insert(network.layers.begin() + 3, {pool, norm});
    network.layers[5].inputs = {4};
    network.layers[6].inputs = {5};
    finish(network);
    const auto of = [&](int layer, DigitalPart part) {
        return digital_work(network, layer)[static_cast<std::size_t>(part)];
    };
    EXPECT_EQ(of(2, DigitalPart::activation), 5 * 16);
    EXPECT_EQ(of(3, DigitalPart::pool), 5 * 4 * 4);  // 4 windows of 2 × 2
    EXPECT_EQ(of(4, DigitalPart::batch_norm), 5 * 4);
    EXPECT_EQ(of(5, DigitalPart::pool), 5 * 4);
    EXPECT_EQ(of(6, DigitalPart::mac), 5 * 3);
}

// --- over random networks ---

constexpr int cases = 100;

std::vector<std::optional<Frequency> Timing::*> all_rates() {
    return {&Timing::batch_norm_rate, &Timing::activation_rate, &Timing::pool_rate, &Timing::add_rate,
            &Timing::digital_mac_rate};
}

ImageTime times_of(const ScheduleCase& made, const Hardware& hardware) {
    return closed_form(made.mapping, hardware, {}, plan_digital(made.mapping, made.network, hardware));
}

EventSchedule schedule_of(const ScheduleCase& made, const Hardware& hardware) {
    return schedule_events(made.mapping, made.network, hardware, times_of(made, hardware));
}

/// The latency layer by layer by a walk over the network, which knows stages only as "what the last matrix product or
/// addition on the way to here was".
class Walk {
public:
    Walk(const ScheduleCase& made, const Hardware& hardware) : made_(made), hardware_(hardware) {
        for (std::size_t i = 0; i < made.network.layers.size(); ++i) visit(static_cast<int>(i));
    }

    double latency(const ImageTime& times) const {
        double sum = 0.0;
        for (const auto& [leader, parts] : parts_) {
            double longest = 0.0, all = 0.0;
            for (const double part : parts) {
                longest = std::max(longest, part);
                all += part;
            }
            if (hardware_.timing.digital_unit == DigitalUnitKind::shared) longest = all;
            const int slot = slot_of(leader);
            sum += slot < 0 ? longest
                            : std::max(longest, times.slots[static_cast<std::size_t>(slot)].busy.si()) +
                                  times.slots[static_cast<std::size_t>(slot)].fill.si();
        }
        return sum;
    }

private:
    int slot_of(int layer) const {
        for (std::size_t s = 0; s < made_.mapping.slots.size(); ++s) {
            if (made_.mapping.slots[s].layer == layer) return static_cast<int>(s);
        }
        return -1;
    }

    void visit(int index) {
        const Layer& layer = made_.network.layers[static_cast<std::size_t>(index)];
        const int slot = slot_of(index);
        const int above = layer.inputs.empty() ? -1 : *std::max_element(layer.inputs.begin(), layer.inputs.end());
        std::set<std::int64_t> tiles{0};
        if (slot >= 0) {
            const MappedSlot& mapped = made_.mapping.slots[static_cast<std::size_t>(slot)];
            tiles.clear();
            for (int replica = 0; replica < mapped.replicas; ++replica) {
                for (std::size_t a = 0; a < mapped.arrays.size(); ++a) {
                    tiles.insert(made_.mapping.place_of(mapped, replica, a).tile);
                }
            }
        } else if (above >= 0) {
            tiles = tiles_[static_cast<std::size_t>(above)];
        }
        tiles_.push_back(tiles);
        const bool leads = layer.inputs.empty() || layer.kind == LayerKind::convolution ||
                           layer.kind == LayerKind::linear || layer.kind == LayerKind::add;
        leaders_.push_back(leads ? index : leaders_[static_cast<std::size_t>(above)]);
        auto& parts = parts_[leaders_.back()];
        parts.resize(all_rates().size());
        if (slot >= 0) return;
        for (std::size_t p = 0; p < parts.size(); ++p) {
            const auto& rate = hardware_.timing.*all_rates()[p];
            const double values = static_cast<double>(digital_work(made_.network, index)[p]);
            if (rate) parts[p] += values / rate->si() / static_cast<double>(tiles.size());
        }
    }

    const ScheduleCase& made_;
    const Hardware& hardware_;
    std::vector<std::set<std::int64_t>> tiles_;
    std::vector<int> leaders_;
    std::map<int, std::vector<double>> parts_;
};

TEST(DigitalUnitProperties, WithoutContentionTheScheduleIsTheClosedForm) {
    int slower_than_arrays = 0;
    for (std::uint64_t seed = 0; seed < cases; ++seed) {
        SCOPED_TRACE(seed);
        const ScheduleCase made = random_case(seed);
        const Hardware hardware = with_rates(made.hardware, seed);
        const ImageTime times = times_of(made, hardware);
        const double expected = Walk(made, hardware).latency(times);
        EXPECT_NEAR(times.latency.si(), expected, 1e-12 * expected);
        const EventSchedule schedule = schedule_of(made, hardware);
        EXPECT_NEAR(schedule.layer_by_layer.si(), expected, 1e-12 * expected);
        EXPECT_LE(schedule.first_image.si(), expected * (1 + 1e-12));
        EXPECT_GE(schedule.interval.si(), times.interval.si());
        if (!schedule.settled) continue;
        EXPECT_EQ(schedule.interval.si(), times.interval.si());
        if (times.interval > closed_form(made.mapping, hardware).interval) ++slower_than_arrays;
    }
    EXPECT_GT(slower_than_arrays, cases / 4);
}

TEST(DigitalUnitProperties, AllWorkIsDoneOnce) {
    for (std::uint64_t seed = 0; seed < cases; ++seed) {
        SCOPED_TRACE(seed);
        const ScheduleCase made = random_case(seed);
        const Hardware hardware = with_rates(limited(made, seed, false), seed);
        std::set<int> on_arrays;
        for (const MappedSlot& slot : made.mapping.slots) on_arrays.insert(slot.layer);
        double expected = 0.0;
        for (std::size_t i = 0; i < made.network.layers.size(); ++i) {
            if (on_arrays.count(static_cast<int>(i)) > 0) continue;
            const DigitalWork work = digital_work(made.network, static_cast<int>(i));
            for (std::size_t p = 0; p < work.size(); ++p) {
                const auto& rate = hardware.timing.*all_rates()[p];
                if (rate) expected += static_cast<double>(work[p]) / rate->si();
            }
        }
        const EventSchedule schedule = schedule_of(made, hardware);
        double done = 0.0;
        for (const DigitalUnit& unit : schedule.graph.units) {
            const auto report = std::find_if(schedule.resources.begin(), schedule.resources.end(),
                                             [&](const auto& r) { return r.name == unit_name(unit); });
            ASSERT_NE(report, schedule.resources.end());
            EXPECT_LE(report->utilisation, 1.0 + 1e-9);
            done += report->busy.si() * static_cast<double>(unit.tiles);
        }
        EXPECT_NEAR(done, expected, 1e-9 * expected);
    }
}

TEST(DigitalUnitProperties, DoublingARateMakesNothingSlower) {
    for (std::uint64_t seed = 0; seed < cases; ++seed) {
        SCOPED_TRACE(seed);
        const ScheduleCase made = random_case(seed);
        const Hardware slow = with_rates(made.hardware, seed);
        const EventSchedule before = schedule_of(made, slow);
        for (const auto rate : all_rates()) {
            Hardware fast = slow;
            if (!(fast.timing.*rate)) continue;
            fast.timing.*rate = 2.0 * *(slow.timing.*rate);
            const EventSchedule after = schedule_of(made, fast);
            EXPECT_LE(after.first_image.si(), before.first_image.si());
            EXPECT_LE(after.layer_by_layer.si(), before.layer_by_layer.si());
            for (std::size_t s = 0; s < after.stages.size(); ++s) {
                EXPECT_LE(after.stages[s].first_start.si(), before.stages[s].first_start.si());
                EXPECT_LE(after.stages[s].first_end.si(), before.stages[s].first_end.si());
            }
        }
    }
}

}  // namespace
}  // namespace remask::test
