#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "sim/report/writers.h"
#include "sim/schedule/mesh.h"

namespace remask {

namespace {

using Json = nlohmann::ordered_json;

/// Perfetto shows a process a kind of unit, a thread a unit.
struct Track {
    int process = 0;
    std::string process_name;
    std::int64_t thread = 0;
    std::string thread_name;
};

Track track_of(const TraceEvent& event, const StageGraph& graph) {
    const Stage& stage = graph.stages[static_cast<std::size_t>(event.stage)];
    switch (event.kind) {
        case TraceEvent::Kind::input:
            return {1, "input", 0, "onto the chip"};
        case TraceEvent::Kind::arrays: {
            constexpr std::int64_t most_replicas = 1 << 20;
            const std::string replica = stage.replicas > 1 ? " replica " + std::to_string(event.unit) : "";
            return {2, "arrays", event.stage * most_replicas + event.unit, stage.name + replica};
        }
        case TraceEvent::Kind::digital: {  // layers work on a unit without waiting for each other
            const DigitalUnit& unit = graph.units[static_cast<std::size_t>(event.unit)];
            const auto stages = static_cast<std::int64_t>(graph.stages.size());
            return {3, "digital units", event.unit * stages + event.stage, unit_name(unit) + ", " + stage.name};
        }
        case TraceEvent::Kind::bus:
            return {4, "buses", event.unit, "tile " + std::to_string(event.unit)};
        case TraceEvent::Kind::link:
            return {5, "links", event.unit, link_name(event.unit, graph.mesh_width)};
    }
    return {};
}

Json name_of(const char* what, int process, std::int64_t thread, const std::string& name) {
    return {{"name", what}, {"ph", "M"}, {"ts", 0}, {"pid", process}, {"tid", thread}, {"args", {{"name", name}}}};
}

/// Whole nanoseconds, as Perfetto keeps them: rounding starts and ends, not durations, keeps slices apart.
std::int64_t nanoseconds(Time time) {
    return std::llround(time.si() * 1e9);
}

double microseconds(std::int64_t nanoseconds) {
    return static_cast<double>(nanoseconds) / 1000.0;
}

class TraceMaker {
public:
    /// Rows of one schedule that begins at `begin`.
    void add_rows(const EventSchedule& schedule, Time begin) {
        for (const TraceEvent& event : schedule.trace) {
            const std::string& layer = schedule.graph.stages[static_cast<std::size_t>(event.stage)].name;
            add(track_of(event, schedule.graph), layer + " row " + std::to_string(event.row), begin + event.start,
                begin + event.end, {{"layer", layer}, {"image", event.image}, {"row", event.row}});
        }
        ++round_;
    }

    /// What the chip does as a whole.
    void add_phase(const std::string& name, Time start, Time end) {
        add({chip, "rounds", 0, "the chip"}, name, start, end, Json::object());
    }

    std::string finish() const { return Json{{"displayTimeUnit", "ns"}, {"traceEvents", events_}}.dump() + "\n"; }

private:
    static constexpr int chip = 0;  // the process

    void add(const Track& track, const std::string& name, Time start_time, Time end_time, Json details) {
        if (processes_.insert(track.process).second) {
            events_.push_back(name_of("process_name", track.process, 0, track.process_name));
        }
        const auto [found, added] =
            numbers_.emplace(std::tuple(track.process == chip ? 0 : round_, track.process, track.thread), next_);
        if (added) {
            ++next_;
            events_.push_back(name_of("thread_name", track.process, found->second, track.thread_name));
        }
        const std::int64_t start = nanoseconds(start_time), end = nanoseconds(end_time);
        events_.push_back({{"name", name},
                           {"cat", track.process_name},
                           {"ph", "X"},
                           {"pid", track.process},
                           {"tid", found->second},
                           {"ts", microseconds(start)},
                           {"dur", microseconds(end - start)},
                           {"args", std::move(details)}});
    }

    Json events_ = Json::array();
    std::set<int> processes_;
    std::map<std::tuple<int, int, std::int64_t>, int> numbers_;  // threads have small numbers of their own
    int round_ = 0, next_ = 1;
};

}  // namespace

std::string to_trace(const std::vector<EventSchedule>& rounds, const ChipSchedule& schedule) {
    TraceMaker trace;
    Time free;  // the chip is
    for (std::size_t i = 0; i < rounds.size(); ++i) {
        Time begin;
        if (schedule.batch) {
            const std::string name = "round " + std::to_string(i + 1);
            begin = schedule.batch->begins[i];
            trace.add_phase(name + ": programming and transfers", free, begin);
            free = begin + schedule.batch->running[i];
            trace.add_phase(name + ": " + std::to_string(schedule.batch->images) + " images", begin, free);
        }
        trace.add_rows(rounds[i], begin);
    }
    return trace.finish();
}

}  // namespace remask
