#include "sim/schedule/row_simulator.h"

#include <algorithm>

#include "mapping/input_traffic.h"

namespace remask {

namespace {

constexpr std::size_t traced_images = 3;

}  // namespace

RowSimulator::RowSimulator(const StageGraph& graph, const Hardware& hardware, int images, Limits limits, bool trace)
    : graph_(graph), chip_(hardware.chip), images_(images), limits_(limits), tracing_(trace) {
    const std::size_t stages = graph.stages.size(), edges = graph.edges.size();
    fetched_.resize(stages);
    start_.resize(stages);
    end_.resize(stages);
    cleared_.resize(stages);
    done_.resize(stages);
    stalls_.resize(stages);
    products_.resize(stages);
    produced_.resize(edges);
    roomy_.resize(edges);
    there_.resize(edges);
    delivered_bits_.resize(edges);
    unit_busy_.resize(graph.units.size());
    for (const Stage& s : graph.stages) digital_free_.emplace_back(s.digital.size());
    for (const Stage& s : graph.stages) replica_free_.emplace_back(static_cast<std::size_t>(s.replicas), 0.0);
}

double RowSimulator::serve(Server& server, double ready, std::int64_t bits, const std::optional<Bandwidth>& bandwidth) {
    server.bits += bits;
    if (bits == 0 || !bandwidth || !limits_.bandwidths) return ready;
    const double duration = static_cast<double>(bits) / bandwidth->si();
    server.free = std::max(ready, server.free) + duration;
    server.busy += duration;
    return server.free;
}

/// Each link takes the message as soon as it comes in and the link is free, and is then busy for all of it.
double RowSimulator::send(const RowMessage& message, std::size_t row, double ready, int s, std::size_t trace_row) {
    double start = ready, end = ready;
    for (const std::int64_t link : message.path) {
        Server& server = links_[link];
        const double busy = server.busy, begin = std::max(start, server.free);
        end = std::max(end, serve(server, start, message.bits[row], chip_.link_bandwidth));
        const double duration = server.busy - busy;
        if (duration <= 0.0) continue;
        start = server.free - duration;
        trace(TraceEvent::Kind::link, link, s, trace_row, begin, server.free);
    }
    return end;
}

/// The digital units take the results of a row as they come, between `from` and `end`, and may need longer. Layers on
/// one unit do not wait for each other here: that they can't do more than it together is seen to by the pace.
double RowSimulator::work_digitally(int s, std::size_t row, double from, double end) {
    for (std::size_t i = 0; i < stage(s).digital.size(); ++i) {
        const UnitWork& work = stage(s).digital[i];
        double& free = digital_free_[static_cast<std::size_t>(s)][i];
        const double start = std::max(from, free), duration = work.row_time.si();
        free = start + duration;
        unit_busy_[work.unit] += duration;
        trace(TraceEvent::Kind::digital, static_cast<std::int64_t>(work.unit), s, row, start, free);
        end = std::max(end, free);
    }
    return end;
}

void RowSimulator::execute(Step step) {
    switch (step.work) {
        case Work::compute:
            execute_stage(step.index);
            break;
        case Work::deliver:
            execute_delivery(step.index);
            break;
        case Work::fetch:
            execute_fetch(step.index);
            break;
        case Work::output:
            execute_output(step.index);
            break;
    }
}

void RowSimulator::execute_delivery(int e) {
    const StageEdge& here = edge(e);
    const auto index = static_cast<std::size_t>(e);
    const std::size_t row = delivered(e), in_image = row % static_cast<std::size_t>(here.rows());
    const double ready = ready_time({Work::deliver, e});
    double there = there_[index].empty() ? ready : std::max(ready, there_[index].back());
    for (const RowMessage& message : here.messages) {
        there = std::max(there, send(message, in_image, ready, here.to, last_user(e, row)));
        delivered_bits_[index] += message.bits[in_image];
    }
    produced_[index].push_back(done_[static_cast<std::size_t>(here.from)][source_row(e, row)]);
    roomy_[index].push_back(ready);
    there_[index].push_back(there);
}

void RowSimulator::execute_fetch(int s) {
    const std::size_t row = fetched(s);
    const double ready = ready_time({Work::fetch, s});
    double end = ready;
    for (const RowMessage& read : stage(s).bus_reads) {
        Server& bus = buses_[read.tile];
        const double busy = bus.busy, begin = std::max(ready, bus.free);
        end = std::max(
            end, serve(bus, ready, read.bits[row % static_cast<std::size_t>(stage(s).rows)], chip_.bus_bandwidth));
        if (bus.busy > busy) trace(TraceEvent::Kind::bus, read.tile, s, row, begin, bus.free);
    }
    fetched_[static_cast<std::size_t>(s)].push_back(end);
}

void RowSimulator::execute_output(int s) {
    const Stage& here = stage(s);
    const std::size_t row = finished(s);
    const double end = end_[static_cast<std::size_t>(s)][row];
    double result = end;
    for (const RowMessage& gather : here.gathers) {
        result = std::max(result, send(gather, row % static_cast<std::size_t>(here.rows), end, s, row));
    }
    cleared_[static_cast<std::size_t>(s)].push_back(
        work_digitally(s, row, start_[static_cast<std::size_t>(s)][row], end));
    result = std::max(result, cleared_[static_cast<std::size_t>(s)].back());
    Server& bus = buses_[here.tile];
    const double busy = bus.busy, begin = std::max(result, bus.free);
    result = serve(bus, result, here.bus_write_bits, chip_.bus_bandwidth);
    if (bus.busy > busy) trace(TraceEvent::Kind::bus, here.tile, s, row, begin, bus.free);
    finish_row(s, result + here.fill.si());
}

void RowSimulator::execute_stage(int s) {
    const std::size_t row = computed(s);
    switch (stage(s).kind) {
        case StageKind::input:
            execute_input(s, row);
            break;
        case StageKind::arrays:
            execute_arrays(s, row);
            break;
        case StageKind::digital:
        case StageKind::join:
            execute_digital(s, row);
            break;
    }
}

void RowSimulator::execute_input(int s, std::size_t row) {
    const double ready = ready_time({Work::compute, s});
    const double busy = input_.busy;
    const double end = serve(input_, ready, stage(s).input_bits_of_row, chip_.input_bandwidth);
    const double start = end - (input_.busy - busy);
    if (input_.busy > busy) trace(TraceEvent::Kind::input, 0, s, row, start, end);
    start_[static_cast<std::size_t>(s)].push_back(start);
    end_[static_cast<std::size_t>(s)].push_back(end);
    finish_row(s, work_digitally(s, row, end, end));
}

void RowSimulator::execute_arrays(int s, std::size_t row) {
    const Stage& here = stage(s);
    const auto index = static_cast<std::size_t>(s);
    const double ready =
        std::max({fetched_[index][row], room_time(s, row), cleared_time(s, row), limits_.one_by_one ? barrier_ : 0.0});
    auto& free = replica_free_[index];
    const std::int64_t first = static_cast<std::int64_t>(row % static_cast<std::size_t>(here.rows)) * here.width;
    double start = -1.0, end = 0.0, arrays_free = 0.0;
    for (int replica = 0; replica < here.replicas; ++replica) {
        const std::int64_t products = products_of(first, here.width, replica, here.replicas);
        if (products == 0) continue;
        double& mine = free[static_cast<std::size_t>(replica)];
        const double began = std::max(ready, mine);
        if (start < 0.0 || began < start) {
            start = began;
            arrays_free = mine;
        }
        mine = began + static_cast<double>(products) * here.product.si();
        end = std::max(end, mine);
        products_[index] += products;
        trace(TraceEvent::Kind::arrays, replica, s, row, began, mine);
    }
    note_stalls(s, row, arrays_free);
    start_[index].push_back(start);
    end_[index].push_back(end);
}

void RowSimulator::execute_digital(int s, std::size_t row) {
    const auto index = static_cast<std::size_t>(s);
    const double start = ready_time({Work::compute, s});
    const double end = work_digitally(s, row, start, start);
    start_[index].push_back(start);
    end_[index].push_back(end);
    finish_row(s, end);
}

/// The wait of free arrays, cut up by what was missing last, then before.
void RowSimulator::note_stalls(int s, std::size_t row, double arrays_free) {
    if (arrays_free <= 0.0) return;  // they had not begun: the pipeline fills
    double produced = 0.0, roomy = 0.0;
    for (std::size_t input = 0; input < stage(s).inputs.size(); ++input) {
        const auto e = static_cast<std::size_t>(stage(s).inputs[input]);
        const std::size_t needed = needed_delivery(s, input, row);
        produced = std::max(produced, produced_[e][needed]);
        roomy = std::max(roomy, roomy_[e][needed]);
    }
    double waited_until = arrays_free;
    const auto wait = [&](Stall reason, double until) {
        if (until <= waited_until) return;
        stalls_[static_cast<std::size_t>(s)][static_cast<std::size_t>(reason)] += until - waited_until;
        waited_until = until;
    };
    wait(Stall::producer, produced);
    wait(Stall::room, roomy);
    wait(Stall::mesh, inputs_time(s, row));
    wait(Stall::bus, fetched_[static_cast<std::size_t>(s)][row]);
    wait(Stall::output, room_time(s, row));
    wait(Stall::digital, cleared_time(s, row));
}

void RowSimulator::finish_row(int s, double result) {
    std::vector<double>& done = done_[static_cast<std::size_t>(s)];
    done.push_back(done.empty() ? result : std::max(result, done.back()));
    while (complete_ < stages() && is_finished({Work::output, complete_})) {
        barrier_ = std::max(barrier_, done_[static_cast<std::size_t>(complete_)].back());
        ++complete_;
    }
}

void RowSimulator::trace(TraceEvent::Kind kind, std::int64_t unit, int s, std::size_t row, double start, double end) {
    const auto rows = static_cast<std::size_t>(stage(s).rows);
    if (!tracing_ || row / rows >= traced_images) return;
    events_.push_back({kind, unit, s, static_cast<int>(row / rows), static_cast<int>(row % rows), Time::from_si(start),
                       Time::from_si(end)});
}

double RowSimulator::end() const {
    double last = 0.0;
    for (const auto& ends : done_) last = std::max(last, ends.back());
    return last;
}

double RowSimulator::image_end(int image) const {
    double last = 0.0;
    for (const int s : graph_.results) {
        const auto rows = static_cast<std::size_t>(image + 1) * static_cast<std::size_t>(stage(s).rows);
        last = std::max(last, done_[static_cast<std::size_t>(s)][rows - 1]);
    }
    return last;
}

}  // namespace remask
