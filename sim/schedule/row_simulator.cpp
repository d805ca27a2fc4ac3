#include "sim/schedule/row_simulator.h"

#include <algorithm>

#include "mapping/input_traffic.h"

namespace remask {

namespace {

constexpr std::size_t traced_images = 3;
constexpr std::size_t rows_of_output = 2;  // results that a layer keeps while the next one's buffer is full

}  // namespace

RowSimulator::RowSimulator(const StageGraph& graph, const Hardware& hardware, int images, Limits limits, bool trace)
    : graph_(graph), chip_(hardware.chip), images_(images), limits_(limits), tracing_(trace) {
    const std::size_t stages = graph.stages.size(), edges = graph.edges.size();
    fetched_.resize(stages);
    start_.resize(stages);
    end_.resize(stages);
    done_.resize(stages);
    stalls_.resize(stages);
    products_.resize(stages);
    produced_.resize(edges);
    roomy_.resize(edges);
    there_.resize(edges);
    delivered_bits_.resize(edges);
    for (const Stage& s : graph.stages) replica_free_.emplace_back(static_cast<std::size_t>(s.replicas), 0.0);
}

std::size_t RowSimulator::progress(Step step) const {
    switch (step.work) {
        case Work::compute:
            return computed(step.index);
        case Work::deliver:
            return delivered(step.index);
        case Work::fetch:
            return fetched(step.index);
        case Work::output:
            return finished(step.index);
    }
    return 0;
}

bool RowSimulator::is_finished(Step step) const {
    const int rows = step.work == Work::deliver ? edge(step.index).rows() : stage(step.index).rows;
    return progress(step) == static_cast<std::size_t>(images_) * static_cast<std::size_t>(rows);
}

/// The delivery, counted over all images, that a stage's row needs last of one of its inputs.
std::size_t RowSimulator::needed_delivery(int s, std::size_t input, std::size_t row) const {
    const Stage& here = stage(s);
    const auto rows = static_cast<std::size_t>(here.rows);
    const auto edge_rows = static_cast<std::size_t>(edge(here.inputs[input]).rows());
    return row / rows * edge_rows + static_cast<std::size_t>(here.needed[input][row % rows]);
}

/// The row of an edge's consumer that needs this one of the edge last.
std::size_t RowSimulator::last_user(int e, std::size_t row) const {
    const StageEdge& here = edge(e);
    const auto rows = static_cast<std::size_t>(here.rows());
    return row / rows * static_cast<std::size_t>(stage(here.to).rows) +
           static_cast<std::size_t>(here.last_use[row % rows]);
}

/// The row of the producer with which this one of the edge is there.
std::size_t RowSimulator::source_row(int e, std::size_t row) const {
    const StageEdge& here = edge(e);
    const auto rows = static_cast<std::size_t>(here.rows());
    return row / rows * static_cast<std::size_t>(stage(here.from).rows) +
           static_cast<std::size_t>(here.last_row[row % rows]);
}

/// The row of the consumer with whose end there is room for this one of the edge.
std::optional<std::size_t> RowSimulator::released_by(int e, std::size_t row) const {
    const StageEdge& here = edge(e);
    const auto capacity = static_cast<std::size_t>(here.capacity);
    if (capacity == 0 || limits_.one_by_one || row < capacity) return std::nullopt;
    const std::size_t old = row - capacity;
    return last_user(e, old);
}

/// The row of the edge that must have left before its producer may compute `row`.
std::optional<std::size_t> RowSimulator::room_behind(int e, std::size_t row) const {
    const StageEdge& here = edge(e);
    if (!chip_.buffer_capacity || limits_.one_by_one || !here.holds_up || row < rows_of_output) return std::nullopt;
    const std::size_t old = row - rows_of_output, rows = static_cast<std::size_t>(stage(here.from).rows);
    const std::size_t complete =
        old / rows * static_cast<std::size_t>(here.rows()) + static_cast<std::size_t>(here.complete[old % rows]);
    if (complete == 0) return std::nullopt;
    return complete - 1;
}

bool RowSimulator::inputs_there(int s, std::size_t row) const {
    for (std::size_t input = 0; input < stage(s).inputs.size(); ++input) {
        if (needed_delivery(s, input, row) >= delivered(stage(s).inputs[input])) return false;
    }
    return true;
}

bool RowSimulator::has_room(int s, std::size_t row) const {
    for (const int e : stage(s).outputs) {
        const auto behind = room_behind(e, row);
        if (!behind) continue;
        const bool joins = stage(edge(e).to).kind == StageKind::join;
        if (*behind >= delivered(e) || (joins && last_user(e, *behind) >= finished(edge(e).to))) return false;
    }
    return true;
}

bool RowSimulator::is_ready(Step step) const {
    const int s = step.index;
    const std::size_t row = progress(step);
    switch (step.work) {
        case Work::deliver: {
            const auto release = released_by(s, row);
            return source_row(s, row) < finished(edge(s).from) && (!release || *release < computed(edge(s).to));
        }
        case Work::fetch:
            return inputs_there(s, row) && (row < ahead(s) || row - ahead(s) < computed(s));
        case Work::output:
            return row < computed(s);
        case Work::compute:
            break;
    }
    if (limits_.one_by_one && complete_ < s) return false;
    const bool inputs = stage(s).kind == StageKind::arrays ? row < fetched(s) : inputs_there(s, row);
    return inputs && has_room(s, row);
}

double RowSimulator::room_time(int s, std::size_t row) const {
    double time = 0.0;
    for (const int e : stage(s).outputs) {
        const auto behind = room_behind(e, row);
        if (!behind) continue;
        const bool joins = stage(edge(e).to).kind == StageKind::join;
        time = std::max(time, joins ? done_[static_cast<std::size_t>(edge(e).to)][last_user(e, *behind)]
                                    : there_[static_cast<std::size_t>(e)][*behind]);
    }
    return time;
}

double RowSimulator::inputs_time(int s, std::size_t row) const {
    double time = 0.0;
    for (std::size_t input = 0; input < stage(s).inputs.size(); ++input) {
        const auto e = static_cast<std::size_t>(stage(s).inputs[input]);
        time = std::max(time, there_[e][needed_delivery(s, input, row)]);
    }
    return time;
}

double RowSimulator::ready_time(Step step) const {
    const int s = step.index;
    const auto index = static_cast<std::size_t>(s);
    const std::size_t row = progress(step);
    switch (step.work) {
        case Work::deliver: {
            const double produced = done_[static_cast<std::size_t>(edge(s).from)][source_row(s, row)];
            const auto release = released_by(s, row);
            return release ? std::max(produced, end_[static_cast<std::size_t>(edge(s).to)][*release]) : produced;
        }
        case Work::fetch:
            return row < ahead(s) ? inputs_time(s, row) : std::max(inputs_time(s, row), start_[index][row - ahead(s)]);
        case Work::output:
            return end_[index][row];
        case Work::compute:
            break;
    }
    double time = std::max(room_time(s, row), limits_.one_by_one ? barrier_ : 0.0);
    if (stage(s).kind == StageKind::input) {
        const std::size_t image = row / static_cast<std::size_t>(stage(s).rows);
        return image == 0 ? time : std::max(time, limits_.pace * static_cast<double>(image - 1));
    }
    if (stage(s).kind != StageKind::arrays) return std::max(time, inputs_time(s, row));
    const auto& free = replica_free_[index];
    return std::max({time, fetched_[index][row], *std::min_element(free.begin(), free.end())});
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
        const double busy = server.busy;
        end = std::max(end, serve(server, start, message.bits[row], chip_.link_bandwidth));
        const double duration = server.busy - busy;
        if (duration <= 0.0) continue;
        start = server.free - duration;
        trace(TraceEvent::Kind::link, link, s, trace_row, start, server.free);
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
        const double busy = bus.busy;
        end = std::max(
            end, serve(bus, ready, read.bits[row % static_cast<std::size_t>(stage(s).rows)], chip_.bus_bandwidth));
        if (bus.busy > busy) trace(TraceEvent::Kind::bus, read.tile, s, row, bus.free - (bus.busy - busy), bus.free);
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
    Server& bus = buses_[here.tile];
    const double busy = bus.busy;
    result = serve(bus, result, here.bus_write_bits, chip_.bus_bandwidth);
    if (bus.busy > busy) trace(TraceEvent::Kind::bus, here.tile, s, row, bus.free - (bus.busy - busy), bus.free);
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
    finish_row(s, end);
}

void RowSimulator::execute_arrays(int s, std::size_t row) {
    const Stage& here = stage(s);
    const auto index = static_cast<std::size_t>(s);
    const double ready = std::max({fetched_[index][row], room_time(s, row), limits_.one_by_one ? barrier_ : 0.0});
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
    double start = ready_time({Work::compute, s});
    const double duration = stage(s).row_time.si();
    if (duration > 0.0) {
        start = std::max(start, digital_.free);
        digital_.free = start + duration;
        digital_.busy += duration;
        trace(TraceEvent::Kind::digital, 0, s, row, start, digital_.free);
    }
    start_[index].push_back(start);
    end_[index].push_back(start + duration);
    finish_row(s, start + duration);
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
                       Time::from_si(end - start)});
}

double RowSimulator::end() const {
    double last = 0.0;
    for (const auto& ends : done_) last = std::max(last, ends.back());
    return last;
}

double RowSimulator::image_end(int image) const {
    return done_.back()[static_cast<std::size_t>(image + 1) * static_cast<std::size_t>(graph_.stages.back().rows) - 1];
}

}  // namespace remask
