#include "sim/report/comparison.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "sim/base/units.h"
#include "sim/report/html.h"
#include "sim/report/scatter.h"
#include "sim/report/writers.h"

namespace remask {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* front_words =
    "no row with the same tasks is better in switch energy or accuracy on crossbars and as good in the other";

std::string formatted(double value, const char* format) {
    char buffer[512];  // of any double
    std::snprintf(buffer, sizeof buffer, format, value);
    return buffer;
}

std::string percent(const Spread& share) {
    if (share.empty()) return "-";
    const auto deviation = share.deviation();
    return formatted(100.0 * share.mean(), "%.2f") + (deviation ? " ± " + formatted(100.0 * *deviation, "%.2f") : "");
}

/// The first folder, and how many more.
std::string runs_of(const ComparedMethod& row) {
    const std::size_t more = row.runs.size() - 1;
    return row.runs.front() + (more == 0 ? "" : " and " + std::to_string(more) + " more");
}

std::vector<std::string> cells_of(const ComparedMethod& row, bool front) {
    return {runs_of(row),
            row.hardware,
            row.method,
            std::to_string(row.seeds.size()),
            std::to_string(row.tasks),
            percent(row.on_float),
            percent(row.on_crossbar) + (front ? " *" : ""),
            percent(row.after_all),
            formatted(row.bits_per_weight.mean(), "%.4f"),
            to_string(Energy::from_si(row.inference_energy_j.mean())),
            to_string(Time::from_si(row.latency_s.mean())),
            to_string(Energy::from_si(row.switch_energy_j.mean())),
            to_string(Time::from_si(row.switch_time_s.mean())),
            formatted(row.cells_written.mean(), "%.0f")};
}

const std::vector<std::string>& titles() {
    static const std::vector<std::string> names{
        "run",         "hardware",         "method",      "seeds",   "tasks",         "float %",     "crossbar %",
        "after all %", "mask bits/weight", "energy/inf.", "latency", "switch energy", "switch time", "cells written"};
    return names;
}

bool same_tasks(const ComparedMethod& a, const ComparedMethod& b) {
    return std::equal(a.by_task.begin(), a.by_task.end(), b.by_task.begin(), b.by_task.end(),
                      [](const auto& x, const auto& y) { return x.first == y.first; });
}

/// Rows with accuracies, by what tasks they have; numbers of rows, in their order.
std::vector<std::vector<std::size_t>> by_tasks(const std::vector<ComparedMethod>& rows) {
    std::vector<std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].on_crossbar.empty()) continue;
        const auto group = std::find_if(groups.begin(), groups.end(),
                                        [&](const auto& found) { return same_tasks(rows[found[0]], rows[i]); });
        if (group == groups.end()) {
            groups.push_back({i});
        } else {
            group->push_back(i);
        }
    }
    return groups;
}

std::string picture(const std::vector<ComparedMethod>& rows, const std::vector<std::size_t>& group) {
    std::vector<ScatterPoint> points;
    for (const std::size_t i : group) {
        points.push_back({rows[i].method, 1e6 * rows[i].switch_energy_j.mean(), 100.0 * rows[i].on_crossbar.mean(),
                          on_front(rows, i)});
    }
    return scatter(points, "energy of a task switch, µJ", "accuracy on crossbars, %");
}

std::string task_table(const std::vector<ComparedMethod>& rows, const std::vector<std::size_t>& group) {
    std::vector<std::string> names{"run", "method"};
    for (const auto& [task, spread] : rows[group[0]].by_task) names.push_back(task);
    std::string html = "<table>\n" + html::header(names);
    for (const std::size_t i : group) {
        html += "<tr>" + html::cell(runs_of(rows[i]), false) + html::cell(rows[i].method, false);
        for (const auto& [task, spread] : rows[i].by_task) html += html::cell(percent(spread));
        html += "</tr>\n";
    }
    return html + "</table>\n";
}

}  // namespace

bool on_front(const std::vector<ComparedMethod>& rows, std::size_t row) {
    const ComparedMethod& own = rows[row];
    if (own.on_crossbar.empty()) return false;
    const double accuracy = own.on_crossbar.mean(), cost = own.switch_energy_j.mean();
    return std::none_of(rows.begin(), rows.end(), [&](const ComparedMethod& other) {
        if (other.on_crossbar.empty() || !same_tasks(own, other)) return false;
        const double others = other.on_crossbar.mean(), others_cost = other.switch_energy_j.mean();
        return others >= accuracy && others_cost <= cost && (others > accuracy || others_cost < cost);
    });
}

std::string to_text(const Comparison& comparison) {
    const std::vector<ComparedMethod>& rows = comparison.rows;
    std::vector<std::vector<std::string>> table{titles()};
    bool any_front = false;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const bool front = on_front(rows, i);
        any_front = any_front || front;
        table.push_back(cells_of(rows[i], front));
    }
    std::string text = text_table(table);
    if (any_front) text += "* " + std::string(front_words) + "\n";
    for (const std::string& note : comparison.notes) text += note + "\n";
    return text;
}

std::string to_csv(const Comparison& comparison) {
    const std::vector<ComparedMethod>& rows = comparison.rows;
    std::string csv = "run,experiment,hardware,method,seeds,tasks";
    for (const ComparedFigure& figure : compared_figures)
        csv += "," + std::string(figure.key) + "," + figure.key + "_deviation";
    csv += "\r\n";
    for (const ComparedMethod& row : rows) {
        csv += csv_field(runs_of(row)) + "," + csv_field(row.experiment) + "," + csv_field(row.hardware) + "," +
               csv_field(row.method) + "," + std::to_string(row.seeds.size()) + "," + std::to_string(row.tasks);
        for (const ComparedFigure& figure : compared_figures) csv += csv_cells(row.*figure.spread);
        csv += "\r\n";
    }
    return csv;
}

std::string to_json(const Comparison& comparison) {
    const std::vector<ComparedMethod>& rows = comparison.rows;
    const auto figure_of = [](const Spread& spread) {
        if (spread.empty()) return Json(nullptr);
        const auto deviation = spread.deviation();
        return Json{{"mean", spread.mean()}, {"deviation", deviation ? Json(*deviation) : Json(nullptr)}};
    };
    Json list = Json::array();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const ComparedMethod& row = rows[i];
        Json entry{
            {"runs", row.runs},     {"seeds", row.seeds}, {"experiment", row.experiment}, {"hardware", row.hardware},
            {"method", row.method}, {"tasks", row.tasks}, {"on_front", on_front(rows, i)}};
        for (const ComparedFigure& figure : compared_figures) entry[figure.key] = figure_of(row.*figure.spread);
        Json tasks = Json::object();
        for (const auto& [task, spread] : row.by_task) tasks[task] = figure_of(spread);
        entry["accuracy_crossbar_by_task"] = tasks;
        list.push_back(entry);
    }
    return Json{{"methods", list}, {"notes", comparison.notes}}.dump(2, ' ', false, Json::error_handler_t::replace) +
           "\n";
}

std::string to_html(const Comparison& comparison) {
    const std::vector<ComparedMethod>& rows = comparison.rows;
    std::string html =
        "<p>Means over the tasks of a run; ± deviations over runs that differ in nothing but their seed. *: " +
        std::string(front_words) + ".</p>\n";
    for (const std::string& note : comparison.notes) html += "<p>" + html::escaped(note) + "</p>\n";
    html += "<table>\n" + html::header(titles());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        html += "<tr>";
        const std::vector<std::string> cells = cells_of(rows[i], on_front(rows, i));
        for (std::size_t c = 0; c < cells.size(); ++c) html += html::cell(cells[c], c > 2);
        html += "</tr>\n";
    }
    html += "</table>\n";
    for (const std::vector<std::size_t>& group : by_tasks(rows)) {
        const std::string drawn = picture(rows, group);
        html += "<h2>" + std::to_string(rows[group[0]].tasks) + " tasks: accuracy against switch energy</h2>\n<p>" +
                (drawn.empty() ? "Not drawn: no switch takes energy." : "Filled: the rows with a star.") + "</p>\n" +
                drawn + "<h3>Accuracy on crossbars, task by task (%)</h3>\n" + task_table(rows, group);
    }
    return html::page("Runs side by side", html);
}

}  // namespace remask
