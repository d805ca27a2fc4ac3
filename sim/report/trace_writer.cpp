#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

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

}  // namespace

std::string to_trace(const EventSchedule& schedule) {
    Json events = Json::array();
    std::map<std::pair<int, std::int64_t>, int> numbers;  // threads have small numbers of their own
    std::set<int> named;                                  // processes
    for (const TraceEvent& event : schedule.trace) {
        const Track track = track_of(event, schedule.graph);
        const auto [found, added] =
            numbers.emplace(std::pair(track.process, track.thread), static_cast<int>(numbers.size()) + 1);
        if (added) {
            if (named.insert(track.process).second) {
                events.push_back(name_of("process_name", track.process, 0, track.process_name));
            }
            events.push_back(name_of("thread_name", track.process, found->second, track.thread_name));
        }
        const std::int64_t start = nanoseconds(event.start), end = nanoseconds(event.end);
        const std::string& layer = schedule.graph.stages[static_cast<std::size_t>(event.stage)].name;
        events.push_back({{"name", layer + " row " + std::to_string(event.row)},
                          {"cat", track.process_name},
                          {"ph", "X"},
                          {"pid", track.process},
                          {"tid", found->second},
                          {"ts", microseconds(start)},
                          {"dur", microseconds(end - start)},
                          {"args", {{"layer", layer}, {"image", event.image}, {"row", event.row}}}});
    }
    return Json{{"displayTimeUnit", "ns"}, {"traceEvents", events}}.dump() + "\n";
}

}  // namespace remask
