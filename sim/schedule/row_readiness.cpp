// When a row can begin: what it waits for, in order and in time.
#include <algorithm>

#include "sim/schedule/row_simulator.h"

namespace remask {

namespace {

constexpr std::size_t rows_of_output = 2;  // results that a layer keeps while the next one's buffer is full

}  // namespace

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

/// The row of a stage on arrays that the digital units must be through with before `row` is computed: they take results
/// as they come, and each replica and one more row may wait for them.
std::optional<std::size_t> RowSimulator::cleared_before(int s, std::size_t row) const {
    if (stage(s).kind != StageKind::arrays || stage(s).digital.empty() || row < ahead(s)) return std::nullopt;
    return row - ahead(s);
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
    const auto before = cleared_before(s, row);
    if (before && *before >= finished(s)) return false;
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

double RowSimulator::cleared_time(int s, std::size_t row) const {
    const auto before = cleared_before(s, row);
    return before ? cleared_[static_cast<std::size_t>(s)][*before] : 0.0;
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
    return std::max({time, cleared_time(s, row), fetched_[index][row], *std::min_element(free.begin(), free.end())});
}

}  // namespace remask
