// What a simulation of rows found out, as reports.
#include <algorithm>

#include "sim/schedule/mesh.h"
#include "sim/schedule/row_simulator.h"

namespace remask {

namespace {

/// Room that is taken (bits > 0) or given back.
struct Change {
    double time = 0.0;
    std::int64_t bits = 0;
};

std::int64_t most_at_a_time(std::vector<Change>& changes) {
    std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
        return a.time != b.time ? a.time < b.time : a.bits < b.bits;  // what is given back first
    });
    std::int64_t now = 0, most = 0;
    for (const Change& change : changes) {
        now += change.bits;
        most = std::max(most, now);
    }
    return most;
}

}  // namespace

void RowSimulator::report(EventSchedule& schedule) const {
    report_stages(schedule);
    report_resources(schedule);
    report_buffers(schedule);
    schedule.trace = events_;
}

/// Of the busiest replica, for one image.
double RowSimulator::stage_busy(const Stage& stage) const {
    if (stage.kind != StageKind::arrays) {
        double longest = 0.0;
        for (const UnitWork& work : stage.digital) longest = std::max(longest, work.row_time.si());
        return stage.rows * longest;
    }
    const std::int64_t products = static_cast<std::int64_t>(stage.rows) * stage.width;
    return static_cast<double>((products + stage.replicas - 1) / stage.replicas) * stage.product.si();
}

double RowSimulator::busiest() const {
    double busy = input_.busy;
    for (const auto& bus : buses_) busy = std::max(busy, bus.second.busy);
    for (const auto& link : links_) busy = std::max(busy, link.second.busy);
    busy /= images_;
    for (const DigitalUnit& unit : graph_.units) busy = std::max(busy, unit.busy.si());
    for (const Stage& s : graph_.stages) {
        if (s.kind == StageKind::arrays) busy = std::max(busy, stage_busy(s));
    }
    return busy;
}

void RowSimulator::report_stages(EventSchedule& schedule) const {
    for (int s = 0; s < stages(); ++s) {
        const auto index = static_cast<std::size_t>(s);
        const Stage& here = stage(s);
        StageReport report;
        report.stage = s;
        report.first_start = Time::from_si(start_[index].front());
        report.first_end = Time::from_si(done_[index][static_cast<std::size_t>(here.rows) - 1]);
        report.busy = Time::from_si(stage_busy(here));
        if (schedule.interval.si() > 0.0) report.utilisation = report.busy / schedule.interval;
        for (std::size_t i = 0; i < stall_count; ++i) report.stalls[i] = Time::from_si(stalls_[index][i]);
        report.rows_computed = static_cast<std::int64_t>(done_[index].size());
        report.products = products_[index];
        schedule.stages.push_back(report);
    }
}

void RowSimulator::report_resources(EventSchedule& schedule) const {
    const auto add = [&](const std::string& name, const Server& server) {
        if (server.bits == 0 && server.busy <= 0.0) return;
        ResourceReport report;
        report.name = name;
        report.bits = server.bits / images_;
        report.busy = Time::from_si(server.busy / images_);
        if (schedule.interval.si() > 0.0) report.utilisation = report.busy / schedule.interval;
        schedule.resources.push_back(std::move(report));
    };
    add("input", input_);
    for (std::size_t unit = 0; unit < unit_busy_.size(); ++unit) {
        add(unit_name(graph_.units[unit]), Server{0.0, unit_busy_[unit], 0});
    }
    for (const auto& [tile, bus] : buses_) {
        add("bus of tile " + std::to_string(tile), bus);
        schedule.bus_bits += bus.bits / images_;
    }
    for (const auto& [link, server] : links_) {
        add("link " + link_name(link, graph_.mesh_width), server);
        schedule.link_bits += server.bits / images_;
    }
    for (std::size_t e = 0; e < delivered_bits_.size(); ++e) {
        const Stage& to = stage(graph_.edges[e].to);
        if (to.kind == StageKind::arrays) schedule.delivered_bits[to.layer] += delivered_bits_[e] / images_;
    }
}

void RowSimulator::report_buffers(EventSchedule& schedule) const {
    std::map<std::int64_t, std::vector<Change>> changes;
    for (std::size_t e = 0; e < graph_.edges.size(); ++e) {
        const StageEdge& here = graph_.edges[e];
        const auto to = static_cast<std::size_t>(here.to);
        const auto rows = static_cast<std::size_t>(here.rows());
        const bool joins = stage(here.to).kind == StageKind::join;
        for (std::size_t row = 0; row < there_[e].size(); ++row) {
            const std::size_t user = last_user(static_cast<int>(e), row);
            const double from = joins ? there_[e][row] : roomy_[e][row];
            const double until = joins ? done_[to][user] : end_[to][user];
            for (const RowMessage& message : here.messages) {
                changes[message.tile].push_back({from, message.bits[row % rows]});
                changes[message.tile].push_back({until, -message.bits[row % rows]});
            }
        }
    }
    for (auto& [tile, list] : changes) schedule.buffers.push_back({tile, most_at_a_time(list)});
}

}  // namespace remask
