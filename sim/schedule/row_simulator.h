// Rows passing through the stages, one after another in a given order. Inside the folder only.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "sim/schedule/event_schedule.h"
#include "sim/schedule/stage_graph.h"

namespace remask {

/// What a stage or edge does with its next row.
enum class Work {
    compute,  ///< a stage; inputs, joins and digital layers are done with it
    deliver,  ///< an edge: the row crosses the mesh to its consumer's tiles
    fetch,    ///< a stage on arrays: the row's inputs cross the bus; a replica's input register takes one row ahead
    output,   ///< a stage on arrays: results of other tiles, the digital units and the home's bus, then there
};

struct Step {
    Work work = Work::compute;
    int index = 0;  ///< of the stage or edge
    auto operator<=>(const Step&) const = default;
};

/// When something that does one thing at a time is free again, and what it did.
struct Server {
    double free = 0.0;
    double busy = 0.0;
    std::int64_t bits = 0;
};

/// Seconds as doubles: sums and maxima only, which rounding keeps in order.
class RowSimulator {
public:
    struct Limits {
        bool bandwidths = true;   ///< false: moving data takes no time
        bool one_by_one = false;  ///< each stage waits for the whole of those before; buffers hold everything
        double pace = 0.0;        ///< image i comes no earlier than i − 1 times this
    };
    RowSimulator(const StageGraph& graph, const Hardware& hardware, int images, Limits limits, bool trace = false);

    /// Has all that the step needs been done?
    bool is_ready(Step step) const;
    /// When the step can begin, but for what serves several stages.
    double ready_time(Step step) const;
    void execute(Step step);
    bool is_finished(Step step) const;

    int stages() const { return static_cast<int>(graph_.stages.size()); }
    /// When all results of an image are there.
    double image_end(int image) const;
    /// When everything is.
    double end() const;
    /// The longest time that one stage or resource works on an image: no image can follow another faster.
    double busiest() const;

    /// Adds what was found out to `schedule`, whose interval is known.
    void report(EventSchedule& schedule) const;

private:
    const Stage& stage(int s) const { return graph_.stages[static_cast<std::size_t>(s)]; }
    const StageEdge& edge(int e) const { return graph_.edges[static_cast<std::size_t>(e)]; }
    std::size_t computed(int s) const { return end_[static_cast<std::size_t>(s)].size(); }
    std::size_t finished(int s) const { return done_[static_cast<std::size_t>(s)].size(); }
    std::size_t fetched(int s) const { return fetched_[static_cast<std::size_t>(s)].size(); }
    std::size_t delivered(int e) const { return there_[static_cast<std::size_t>(e)].size(); }
    std::size_t progress(Step step) const;
    bool inputs_there(int s, std::size_t row) const;
    bool has_room(int s, std::size_t row) const;
    std::optional<std::size_t> cleared_before(int s, std::size_t row) const;
    std::size_t ahead(int s) const { return static_cast<std::size_t>(stage(s).replicas) + 1; }

    std::size_t last_user(int e, std::size_t row) const;
    std::size_t source_row(int e, std::size_t row) const;
    std::size_t needed_delivery(int s, std::size_t input, std::size_t row) const;
    std::optional<std::size_t> released_by(int e, std::size_t row) const;
    std::optional<std::size_t> room_behind(int e, std::size_t row) const;
    double room_time(int s, std::size_t row) const;
    double inputs_time(int s, std::size_t row) const;

    void execute_delivery(int e);
    void execute_fetch(int s);
    void execute_output(int s);
    void execute_stage(int s);
    void execute_input(int s, std::size_t row);
    void execute_arrays(int s, std::size_t row);
    void execute_digital(int s, std::size_t row);
    double send(const RowMessage& message, std::size_t row, double ready, int s, std::size_t trace_row);
    double serve(Server& server, double ready, std::int64_t bits, const std::optional<Bandwidth>& bandwidth);
    double work_digitally(int s, std::size_t row, double from, double end);
    double cleared_time(int s, std::size_t row) const;
    void note_stalls(int s, std::size_t row, double arrays_free);
    void finish_row(int s, double result);
    void trace(TraceEvent::Kind kind, std::int64_t unit, int s, std::size_t row, double start, double end);

    double stage_busy(const Stage& stage) const;
    void report_stages(EventSchedule& schedule) const;
    void report_resources(EventSchedule& schedule) const;
    void report_buffers(EventSchedule& schedule) const;

    const StageGraph& graph_;
    const ChipStructure& chip_;
    int images_;
    Limits limits_;
    bool tracing_;
    int complete_ = 0;      // one_by_one: stages that are done
    double barrier_ = 0.0;  // one_by_one: their end
    // [stage][row of all images]: inputs fetched, work, digital units through, result there
    std::vector<std::vector<double>> fetched_, start_, end_, cleared_, done_;
    // [edge][row of all images]: computed by the producer, room in the buffer, delivered
    std::vector<std::vector<double>> produced_, roomy_, there_;
    std::vector<std::vector<double>> replica_free_;        // [stage][replica]
    std::vector<std::array<double, stall_count>> stalls_;  // [stage]
    std::vector<std::int64_t> products_;                   // [stage]
    std::vector<std::int64_t> delivered_bits_;             // [edge]
    std::map<std::int64_t, Server> buses_, links_;         // by tile, by link
    std::vector<std::vector<double>> digital_free_;        // [stage][its digital work]
    std::vector<double> unit_busy_;                        // by digital unit
    Server input_;
    std::vector<TraceEvent> events_;
};

}  // namespace remask
