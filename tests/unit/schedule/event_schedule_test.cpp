// Schedules that can be worked out by hand, and a second simulation, window by window, of what nothing limits.
#include "sim/schedule/event_schedule.h"

#include <gtest/gtest.h>

#include <map>

#include "random_networks.h"
#include "sim/schedule/row_dependencies.h"
#include "tests/unit/mapping/examples.h"

namespace remask::test {
namespace {

using examples::layer;
using examples::small_chip;

constexpr double ns = 1e-9;

/// input → conv a → conv b → pool → classifier (digital); kernels 3 × 3, `channels` out.
Network two_convolutions(int side, int channels) {
    Network network = examples::one_convolution({1, side, side}, {channels, 3, 1, 1});
    network.layers.resize(2);
    Layer second = layer("b", LayerKind::convolution, {1});
    second.out_channels = channels;
    second.kernel_height = second.kernel_width = 3;
    second.padding = {1, 1, 1, 1};
    network.layers.push_back(second);
    network.layers.push_back(layer("pool", LayerKind::global_average_pool, {2}));
    Layer classifier = layer("fc", LayerKind::linear, {3});
    classifier.out_channels = 2;
    network.layers.push_back(classifier);
    finish(network);
    return network;
}

EventSchedule schedule_of(const Network& network, const Hardware& hardware, const ScheduleOptions& options = {}) {
    const Mapping mapping = map_network(network, hardware);
    return schedule_events(mapping, network, hardware, closed_form(mapping, hardware), options);
}

// 4 × 4 images. Conv a: 9 rows × 1 column of 4 cells: 4 conversions of 1 ns + 10 ns, 4 phases: 56 ns a product, 224 ns
// a row. Conv b the same. b's row y starts when a's row y+1 is there (row 3: row 3), so b runs two rows behind: a's
// rows end at 224, 448, 672, 896; b's rows run 448–672, 672–896, 896–1120, 1120–1344.
TEST(EventSchedule, TheNextLayerFollowsByTheRowsThatItNeeds) {
    const EventSchedule schedule = schedule_of(two_convolutions(4, 1), small_chip());
    EXPECT_NEAR(schedule.first_image.si(), 1344 * ns, 1e-15);
    EXPECT_NEAR(schedule.layer_by_layer.si(), 2 * 896 * ns, 1e-15);
    EXPECT_NEAR(schedule.interval.si(), 896 * ns, 1e-15);
    EXPECT_TRUE(schedule.settled);
    ASSERT_EQ(schedule.stages.size(), 4u);  // input, a, b, fc
    EXPECT_NEAR(schedule.stages[2].first_start.si(), 448 * ns, 1e-15);
    EXPECT_NEAR(schedule.stages[2].utilisation, 1.0, 1e-12);
}

// Each output row reads 4 windows × 9 inputs × 4 bits = 144 bits over the bus and writes 4 × 8 = 32: 4 rows of 320 ns,
// more than the arrays' 4 × 224 ns. Rows are read ahead, so that the bus never waits.
TEST(EventSchedule, ABusThatIsTooSlowSetsTheInterval) {
    Hardware hardware = small_chip();
    hardware.chip.bus_bandwidth = Bandwidth::from_si(176 / 320e-9);
    const EventSchedule schedule = schedule_of(examples::one_convolution({1, 4, 4}, {1, 3, 1, 1}), hardware);
    EXPECT_EQ(schedule.bus_bits, 4 * 176);
    EXPECT_NEAR(schedule.interval.si(), 1280 * ns, 1e-15);
    ASSERT_EQ(schedule.resources.size(), 2u);  // the input's bits take no time, but are counted
    EXPECT_EQ(schedule.resources[0].name, "input");
    EXPECT_EQ(schedule.resources[0].bits, 4 * 4 * 4);
    EXPECT_EQ(schedule.resources[1].name, "bus of tile 0");
    EXPECT_NEAR(schedule.resources[1].utilisation, 1.0, 1e-9);
    EXPECT_GT(schedule.stages[1].stalls[static_cast<std::size_t>(Stall::bus)].si(), 0.0);
    EXPECT_EQ(schedule.stages[1].stalls[static_cast<std::size_t>(Stall::mesh)].si(), 0.0);
}

// Two layers on one bus: it is needed for 2 · 1280 ns an image, and may wait for at most all that the arrays do.
TEST(EventSchedule, LayersOfATileShareItsBus) {
    Hardware hardware = small_chip();
    hardware.chip.bus_bandwidth = Bandwidth::from_si(176 / 320e-9);
    const EventSchedule schedule = schedule_of(two_convolutions(4, 1), hardware);
    EXPECT_EQ(schedule.bus_bits, 2 * 4 * 176);
    EXPECT_GE(schedule.interval.si(), 2560 * ns);
    EXPECT_LE(schedule.interval.si(), (2560 + 896) * ns);
}

// A row of 4 · 4 bits comes every 1000 ns, the last one at 4000 ns. a's rows 2 and 3 need it: a runs 4000–4224 and
// 4224–4448 (its row 2 needs input row 3). b's rows 2 and 3 need a's row 3: 4448–4672 and 4672–4896.
TEST(EventSchedule, ImagesComeNoFasterThanTheInput) {
    Hardware hardware = small_chip();
    hardware.chip.input_bandwidth = Bandwidth::from_si(16 / 1000e-9);
    const EventSchedule schedule = schedule_of(two_convolutions(4, 1), hardware);
    EXPECT_NEAR(schedule.interval.si(), 4000 * ns, 1e-14);
    EXPECT_NEAR(schedule.first_image.si(), 4896 * ns, 1e-14);
}

TEST(EventSchedule, TheTraceHoldsEveryPieceOfWorkOfThreeImages) {
    Hardware hardware = small_chip();
    hardware.chip.bus_bandwidth = Bandwidth::from_si(1e9);
    const EventSchedule schedule = schedule_of(two_convolutions(4, 1), hardware, {true});
    std::map<TraceEvent::Kind, double> busy;
    for (const TraceEvent& event : schedule.trace) busy[event.kind] += (event.end - event.start).si();
    EXPECT_NEAR(busy[TraceEvent::Kind::arrays], 3 * 2 * 896 * ns, 1e-12);
    EXPECT_NEAR(busy[TraceEvent::Kind::bus], 3 * 2 * 4 * 176 * ns, 1e-12);
    EXPECT_TRUE(schedule_of(two_convolutions(4, 1), hardware).trace.empty());
}

/// When each window of each layer's first image is computed, where nothing limits: a plain recursion over layers, by
/// window.
class WindowSimulation {
public:
    WindowSimulation(const ScheduleCase& of, const ImageTime& times) : of_(of) {
        for (std::size_t s = 0; s < of.mapping.slots.size(); ++s) slots_[of.mapping.slots[s].layer] = s;
        for (std::size_t index = 0; index < of.network.layers.size(); ++index) {
            rows_.push_back(row_ends(static_cast<int>(index), times));
        }
    }
    double latency() const { return rows_.back().back(); }

private:
    std::vector<double> row_ends(int index, const ImageTime& times) const {
        const Layer& l = of_.network.layers[static_cast<std::size_t>(index)];
        std::vector<double> ends(static_cast<std::size_t>(l.output.height), 0.0);
        const auto slot = slots_.find(index);
        const int replicas = slot == slots_.end() ? 1 : of_.mapping.slots[slot->second].replicas;
        std::vector<double> free(static_cast<std::size_t>(replicas), 0.0);
        int window = 0;
        for (int row = 0; row < l.output.height; ++row) {
            double& end = ends[static_cast<std::size_t>(row)];
            const double ready = inputs_end(l, row);
            if (slot == slots_.end()) {
                end = ready;
            } else {
                for (int x = 0; x < l.output.width; ++x, ++window) {
                    double& mine = free[static_cast<std::size_t>(window % replicas)];
                    mine = std::max(mine, ready) + times.slots[slot->second].product.si();
                    end = std::max(end, mine + times.slots[slot->second].fill.si());
                }
            }
            if (row > 0) end = std::max(end, ends[static_cast<std::size_t>(row) - 1]);
        }
        return ends;
    }

    double inputs_end(const Layer& l, int row) const {
        double end = 0.0;
        for (const int input : l.inputs) {
            const auto& rows = rows_[static_cast<std::size_t>(input)];
            end =
                std::max(end, rows[static_cast<std::size_t>(needed_rows(l, row, static_cast<int>(rows.size())).last)]);
        }
        return end;
    }

    const ScheduleCase& of_;
    std::map<int, std::size_t> slots_;
    std::vector<std::vector<double>> rows_;
};

TEST(EventSchedule, TheFirstImageIsWhatEachWindowMakesIt) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        SCOPED_TRACE(seed);
        const ScheduleCase made = random_case(seed);
        const ImageTime times = closed_form(made.mapping, made.hardware);
        const EventSchedule schedule = schedule_events(made.mapping, made.network, made.hardware, times);
        const double expected = WindowSimulation(made, times).latency();
        EXPECT_NEAR(schedule.first_image.si(), expected, 1e-12 * expected);
    }
}

TEST(RowDependencies, FollowKernelStrideAndPadding) {
    Layer conv = layer("c", LayerKind::convolution, {0});
    conv.kernel_height = 3;
    conv.stride = 2;
    conv.padding = {1, 1, 1, 1};
    EXPECT_EQ(needed_rows(conv, 0, 8).first, 0);
    EXPECT_EQ(needed_rows(conv, 0, 8).last, 1);
    EXPECT_EQ(needed_rows(conv, 2, 8).first, 3);
    EXPECT_EQ(needed_rows(conv, 2, 8).last, 5);
    EXPECT_EQ(needed_rows(conv, 3, 7).last, 6);  // the image ends
    EXPECT_EQ(needed_rows(layer("r", LayerKind::relu, {0}), 4, 8).last, 4);
    EXPECT_EQ(needed_rows(layer("p", LayerKind::global_average_pool, {0}), 0, 8).last, 7);
}

}  // namespace
}  // namespace remask::test
