#include "sim/schedule/event_schedule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <queue>
#include <tuple>

#include "sim/hardware/config_fault.h"
#include "sim/schedule/row_simulator.h"

namespace remask {

namespace {

constexpr double same = 1e-9;   // of two intervals between images, relative
constexpr int warm_up = 8;      // images before the interval is taken
constexpr int most_inside = 8;  // images that are on the chip at a time, beyond which the interval is not waited for

/// Steps in the order of their start where moving data takes no time: the order in which
/// everything is served.
class ServiceOrder {
public:
    ServiceOrder(const StageGraph& graph, const Hardware& hardware, int images, RowSimulator::Limits limits)
        : graph_(graph), simulator_(graph, hardware, images, unlimited(limits)) {
        for (std::size_t work = 0; work < waits_.size(); ++work) {
            waits_[work].resize(static_cast<Work>(work) == Work::deliver ? graph.edges.size() : graph.stages.size());
        }
        for (int s = 0; s < simulator_.stages(); ++s) offer({Work::compute, s});
        while (!queue_.empty()) {
            const Step step = std::get<1>(queue_.top());
            queue_.pop();
            waiting(step) = false;
            simulator_.execute(step);
            steps_.push_back(step);
            offer_followers(step);
        }
        for (int s = 0; s < simulator_.stages(); ++s) {
            if (!simulator_.is_finished({Work::output, s})) refuse(graph_.stages[static_cast<std::size_t>(s)].name);
        }
    }

    const std::vector<Step>& steps() const { return steps_; }
    /// The first image's latency where moving data takes no time.
    double first_image() const { return simulator_.image_end(0); }

private:
    static RowSimulator::Limits unlimited(RowSimulator::Limits limits) {
        limits.bandwidths = false;
        return limits;
    }

    std::vector<bool>::reference waiting(Step step) {
        return waits_[static_cast<std::size_t>(step.work)][static_cast<std::size_t>(step.index)];
    }

    void offer(Step step) {
        if (waiting(step) || simulator_.is_finished(step) || !simulator_.is_ready(step)) return;
        waiting(step) = true;
        queue_.emplace(simulator_.ready_time(step), step);
    }

    void offer_stage(int s) {
        if (graph_.stages[static_cast<std::size_t>(s)].kind == StageKind::arrays) {
            offer({Work::output, s});
            offer({Work::fetch, s});
        }
        offer({Work::compute, s});
    }

    /// The steps that may have waited for this one.
    void offer_followers(Step step) {
        if (step.work == Work::deliver) {
            const StageEdge& edge = graph_.edges[static_cast<std::size_t>(step.index)];
            offer(step);
            offer_stage(edge.to);
            offer_stage(edge.from);
            return;
        }
        offer_stage(step.index);
        const Stage& stage = graph_.stages[static_cast<std::size_t>(step.index)];
        for (const int e : stage.outputs) offer({Work::deliver, e});
        for (const int e : stage.inputs) {
            offer({Work::deliver, e});
            offer_stage(graph_.edges[static_cast<std::size_t>(e)].from);
        }
        const int next = step.index + 1;  // layers one by one
        for (int s = next; s < std::min(next + 1, simulator_.stages()); ++s) offer_stage(s);
    }

    [[noreturn]] static void refuse(const std::string& layer) {
        refuse_config("hardware.chip.buffer_capacity",
                      "layer '" + layer +
                          "' never gets all its inputs: the buffers of branches that join are full before "
                          "the longer branch gets through; give tiles a larger buffer, or leave buffer_capacity out");
    }

    using Entry = std::tuple<double, Step>;
    const StageGraph& graph_;
    RowSimulator simulator_;
    std::array<std::vector<bool>, 4> waits_;
    std::vector<Step> steps_;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue_;
};

RowSimulator simulate(const ServiceOrder& order, const StageGraph& graph, const Hardware& hardware, int images,
                      RowSimulator::Limits limits, bool trace = false) {
    RowSimulator simulator(graph, hardware, images, limits, trace);
    for (const Step step : order.steps()) simulator.execute(step);
    return simulator;
}

RowSimulator simulate(const StageGraph& graph, const Hardware& hardware, int images, RowSimulator::Limits limits,
                      bool trace = false) {
    return simulate(ServiceOrder(graph, hardware, images, limits), graph, hardware, images, limits, trace);
}

/// One image alone, and one layer by layer.
RowSimulator time_one_image(const ServiceOrder& order, const StageGraph& graph, const Hardware& hardware,
                            EventSchedule& schedule) {
    schedule.layer_by_layer = Time::from_si(simulate(graph, hardware, 1, {true, true}).end());
    const RowSimulator alone = simulate(order, graph, hardware, 1, {});
    // In its fixed order a pipeline may take longer than one layer after the other: then the chip works so.
    schedule.first_image = std::min(Time::from_si(alone.image_end(0)), schedule.layer_by_layer);
    return alone;
}

/// The interval between images `last` and the one before, in a simulation that goes on after it.
void find_interval(const RowSimulator& simulator, int last, EventSchedule& schedule) {
    const double floor = simulator.busiest();
    double interval = floor;
    if (last >= 2) {
        const double newest = simulator.image_end(last) - simulator.image_end(last - 1);
        const double before = simulator.image_end(last - 1) - simulator.image_end(last - 2);
        interval = std::max(newest, floor);
        schedule.settled = std::abs(newest - before) <= same * interval && newest >= floor * (1.0 - same);
        // Rounded sums of equal steps differ in their last bits; what serves longest gives the interval exactly.
        if (interval <= floor * (1.0 + same)) interval = floor;
    }
    interval = std::max(floor, std::min(interval, schedule.first_image.si()));
    schedule.interval = Time::from_si(interval);
    if (interval > 0.0) schedule.throughput = Frequency::from_si(1.0 / interval);
}

}  // namespace

std::string_view stall_name(Stall stall) {
    constexpr std::array<std::string_view, stall_count> names{"producer", "room", "mesh", "bus", "output", "digital"};
    return names[static_cast<std::size_t>(stall)];
}

EventSchedule schedule_events(const Mapping& mapping, const Network& network, const Hardware& hardware,
                              const ImageTime& times, const ScheduleOptions& options) {
    const StageGraph graph = make_stage_graph(mapping, network, hardware, times, options.results);
    EventSchedule schedule;
    const RowSimulator::Limits limits{true, false, times.interval.si()};
    // While image i is computed, those up to i + inside are on the chip too: the last ones simulated only keep it busy.
    // An image comes one interval before its turn, so that its first rows can be read ahead.
    const ServiceOrder order(graph, hardware, 1, {});
    const double latency = order.first_image();
    const ChipStructure& chip = hardware.chip;
    const bool shared = chip.bus_bandwidth || chip.link_bandwidth || chip.input_bandwidth || !graph.units.empty();
    const double inside = shared && times.interval.si() > 0.0 ? std::ceil(latency / times.interval.si()) + 1.0 : 0.0;
    const int following = static_cast<int>(std::min<double>(inside, most_inside));
    schedule.images = following + warm_up;
    const RowSimulator simulator = simulate(graph, hardware, schedule.images, limits, options.trace);
    const RowSimulator alone = time_one_image(order, graph, hardware, schedule);
    find_interval(simulator, warm_up - 1, schedule);
    schedule.settled = schedule.settled && inside <= most_inside;
    simulator.report(schedule);
    EventSchedule first;
    alone.report(first);
    for (std::size_t s = 0; s < schedule.stages.size(); ++s) {
        schedule.stages[s].first_start = first.stages[s].first_start;
        schedule.stages[s].first_end = first.stages[s].first_end;
    }
    schedule.graph = graph;
    return schedule;
}

}  // namespace remask
