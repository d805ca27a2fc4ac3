// The event-driven schedule: when each row of each layer's output image is computed, where layers wait for one another,
// for buses, links and room in buffers. docs/cost.md, "Time with contention".
//
// Every bus, link and array does its work in an order that is fixed before any bandwidth is looked at: that of the
// schedule in which moving data takes no time. With that order each start is the latest of earlier ends, so that no
// time falls if one of them rises: a higher bandwidth never makes anything later.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/schedule/stage_graph.h"

namespace remask {

/// What a row of results waited for while its arrays were free.
enum class Stall {
    producer,  ///< its inputs were not computed yet
    room,      ///< they were, but the buffer that they go to was full
    mesh,      ///< they were on their way between tiles
    bus,       ///< they were on their way from the buffer to the arrays
    output,    ///< earlier results still waited for room in the next layer's buffer
    digital,   ///< earlier results still waited for the digital units
};
inline constexpr std::size_t stall_count = 6;
std::string_view stall_name(Stall stall);

struct StageReport {
    int stage = 0;
    Time first_start, first_end;             ///< of the first image: first row started, last result there
    Time busy;                               ///< for one image, the busiest replica
    double utilisation = 0.0;                ///< busy / interval
    std::array<Time, stall_count> stalls{};  ///< over all images that were simulated
    std::int64_t rows_computed = 0;          ///< over all images
    std::int64_t products = 0;               ///< matrix-vector products, over all images
};

/// A bus, link, the way onto the chip or a part of the digital units.
struct ResourceReport {
    std::string name;
    std::int64_t bits = 0;     ///< for one image; 0 for digital units
    Time busy;                 ///< for one image
    double utilisation = 0.0;  ///< busy / interval
};

struct BufferReport {
    std::int64_t tile = 0;
    std::int64_t most_bits = 0;  ///< high-water mark: inputs of its layers and operands of additions
};

/// One piece of work, for the trace.
struct TraceEvent {
    enum class Kind { arrays, digital, bus, link, input };
    Kind kind = Kind::arrays;
    std::int64_t unit = 0;  ///< replica, tile (bus), link, or one of graph.units
    int stage = 0;
    int image = 0, row = 0;
    Time start, end;  ///< an end is no sum: it equals the start of what follows at once
};

struct EventSchedule {
    StageGraph graph;
    int images = 0;                   ///< simulated for the steady state, whatever the bandwidths
    Time first_image;                 ///< the first image's latency, layers working at the same time
    Time layer_by_layer;              ///< an image's latency where each layer waits for the whole of the one before
    Time interval;                    ///< between images in the steady state
    Frequency throughput;             ///< 1/interval
    bool settled = false;             ///< the interval before was the same
    std::vector<StageReport> stages;  ///< as graph.stages
    std::vector<ResourceReport> resources;       ///< only those that moved something
    std::vector<BufferReport> buffers;           ///< by tile
    std::int64_t bus_bits = 0, link_bits = 0;    ///< for one image; link bits count each hop
    std::map<int, std::int64_t> delivered_bits;  ///< by layer on arrays, for one image, all its tiles
    std::vector<TraceEvent> trace;               ///< of the first three images, where asked for
};

struct ScheduleOptions {
    bool trace = false;
    std::vector<int> results{};  ///< layers whose values make an image complete; empty: the last one
};

/// `times`: closed_form()'s. Throws ConfigError where buffers do not hold what layers need, or stop each other.
EventSchedule schedule_events(const Mapping& mapping, const Network& network, const Hardware& hardware,
                              const ImageTime& times, const ScheduleOptions& options = {});

}  // namespace remask
