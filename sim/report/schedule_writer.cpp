#include <algorithm>
#include <cstdio>

#include "sim/base/units.h"
#include "sim/report/html.h"
#include "sim/report/writers.h"

namespace remask {

namespace {

/// The most used ones first.
std::vector<ScheduledResource> busiest_first(std::vector<ScheduledResource> resources) {
    std::stable_sort(resources.begin(), resources.end(), [](const ScheduledResource& a, const ScheduledResource& b) {
        return a.utilisation > b.utilisation;
    });
    return resources;
}

/// What moves data, or the parts of digital units, which move none.
std::string resource_table(const ScheduleResult& schedule, bool digital) {
    constexpr std::size_t most = 20;
    std::vector<ScheduledResource> resources = busiest_first(schedule.resources);
    std::erase_if(resources, [&](const ScheduledResource& resource) { return resource.digital_unit != digital; });
    if (resources.empty()) return {};
    if (resources.size() > most) resources.resize(most);
    std::string table = digital
                            ? "<h3>Digital units, the most used first</h3>\n<table>\n" + html::header({"part", "used"})
                            : "<h3>Buses, links and the input, the most used first</h3>\n<table>\n" +
                                  html::header({"resource", "bits an image", "used"});
    for (const ScheduledResource& resource : resources) {
        table += "<tr>" + html::cell(resource.name, false) +
                 (digital ? "" : html::cell(std::to_string(resource.bits))) +
                 html::cell(html::percent(resource.utilisation)) + "</tr>\n";
    }
    return table + "</table>\n";
}

std::string stage_times(const ScheduledStage& stage) {
    return "<tr>" + html::cell(stage.name, false) + html::cell(to_string(stage.first_start)) +
           html::cell(to_string(stage.first_end)) + html::cell(to_string(stage.busy)) +
           html::cell(html::percent(stage.utilisation));
}

std::string array_table(const ScheduleResult& schedule) {
    std::string text =
        "<h3>Layers on arrays</h3>\n<p>What the arrays of each layer waited for while they were free, for one image: "
        "inputs not computed yet (producer), a full buffer (room), the mesh, the bus, room behind them (output), the "
        "digital units.</p>\n<table>\n" +
        html::header({"layer", "starts", "image done", "busy", "arrays used", "ADCs used", "producer", "room", "mesh",
                      "bus", "output", "digital"});
    for (const ScheduledStage& stage : schedule.stages) {
        if (!stage.on_arrays) continue;
        text += stage_times(stage) + html::cell(html::percent(stage.adc_utilisation));
        for (const char* reason : {"producer", "room", "mesh", "bus", "output", "digital"}) {
            const auto stall = stage.stalls.find(reason);
            text += html::cell(stall == stage.stalls.end() ? "–" : to_string(stall->second));
        }
        text += "</tr>\n";
    }
    return text + "</table>\n";
}

std::string digital_table(const ScheduleResult& schedule) {
    std::string rows;
    for (const ScheduledStage& stage : schedule.stages) {
        if (!stage.on_arrays) rows += stage_times(stage) + "</tr>\n";
    }
    if (rows.empty()) return {};
    return "<h3>Additions and digital layers</h3>\n<table>\n" +
           html::header({"layer", "starts", "image done", "busy", "of the time"}) + rows + "</table>\n";
}

std::string buffer_table(const ScheduleResult& schedule) {
    std::string table = "<h3>High-water marks of the buffers</h3>\n<table>\n" + html::header({"tile", "most held"});
    for (const BufferMark& mark : schedule.buffers) {
        table += "<tr>" + html::cell(std::to_string(mark.tile)) +
                 html::cell(to_string(DataSize::from_si(static_cast<double>(mark.most_bits)))) + "</tr>\n";
    }
    return table + "</table>\n";
}

/// Where leakage makes an image in a pipeline cheaper than one alone, `energy` is said.
std::string pipeline_words(const ScheduleResult& schedule, const std::optional<Energy>& energy) {
    const auto busiest = std::max_element(
        schedule.stages.begin(), schedule.stages.end(), [](const ScheduledStage& a, const ScheduledStage& b) {
            const auto use = [](const ScheduledStage& stage) { return stage.on_arrays ? stage.utilisation : -1.0; };
            return use(a) < use(b);
        });
    const auto percent = [](double share) {
        char buffer[32];
        std::snprintf(buffer, sizeof buffer, "%.0f %%", share * 100.0);
        return std::string(buffer);
    };
    std::string words = "rows in a pipeline: " + to_string(schedule.first_image) +
                        " for the first image, then one every " + to_string(schedule.interval) +
                        (schedule.settled ? "" : " (not settled)") + (energy ? " of " + to_string(*energy) : "") +
                        "; busiest arrays: " + busiest->name + ", " + percent(busiest->utilisation) + " of the time";
    const std::vector<ScheduledResource> resources = busiest_first(schedule.resources);
    if (!resources.empty() && resources[0].utilisation > 0.0) {
        words += "; busiest bus, link or digital unit: " + resources[0].name + ", " + percent(resources[0].utilisation);
    }
    return words;
}

std::string rates_paragraph(const ChipSchedule& schedule) {
    if (schedule.digital_rates.empty()) return {};
    std::string text;
    for (const DigitalRate& rate : schedule.digital_rates) {
        text += (text.empty() ? "" : "; ") + rate.part + " " + (rate.rate ? to_string(*rate.rate) : "takes no time");
        if (!rate.source.empty()) text += " (" + rate.source + ")";
    }
    return "<p>A tile's digital unit, values a second: " + html::escaped(text) + ".</p>\n";
}

/// Header and rows of the methods over the schedule of tasks.
std::vector<std::vector<std::string>> task_schedule_rows(const std::vector<TaskScheduleResult>& schedules) {
    std::vector<std::vector<std::string>> rows{{"method", "switches/cycle", "switch energy", "inference energy",
                                                "energy of all days", "most writes/cycle", "life in switches",
                                                "life in days", "with spare PEs"}};
    const auto number = [](const std::optional<double>& value) {
        if (!value) return std::string("no wear");
        char buffer[32];
        std::snprintf(buffer, sizeof buffer, "%.4g", *value);
        return std::string(buffer);
    };
    for (const TaskScheduleResult& schedule : schedules) {
        rows.push_back({schedule.method, std::to_string(schedule.switches), to_string(schedule.switch_energy),
                        to_string(schedule.inference_energy), to_string(schedule.total_energy),
                        std::to_string(schedule.writes_max), number(schedule.life_switches), number(schedule.life_days),
                        schedule.levelled ? number(schedule.levelled->life_days) : "-"});
    }
    return rows;
}

/// "0 writes: 5 cells, 1 write: 2 cells".
std::string histogram_words(const TaskScheduleResult& schedule) {
    std::string words;
    for (std::size_t writes = 0; writes < schedule.cells_by_writes.size(); ++writes) {
        words += (writes == 0 ? "" : ", ") + std::to_string(writes) +
                 " times: " + std::to_string(schedule.cells_by_writes[writes]);
    }
    return words;
}

}  // namespace

std::string task_schedules_to_text(const std::vector<TaskScheduleResult>& schedules) {
    return schedules.empty() ? "" : text_table(task_schedule_rows(schedules));
}

std::string task_schedules_to_html(const std::vector<TaskScheduleResult>& schedules) {
    if (schedules.empty()) return {};
    const std::vector<std::vector<std::string>> rows = task_schedule_rows(schedules);
    std::vector<std::string> names = rows[0];
    names.push_back("cells by writes a cycle");
    std::string text = "<h2>Schedule of tasks</h2>\n<table>\n" + html::header(names);
    for (std::size_t i = 0; i < schedules.size(); ++i) {
        text += "<tr>";
        for (const std::string& value : rows[i + 1]) text += html::cell(value);
        text += html::cell(histogram_words(schedules[i]), false) + "</tr>\n";
    }
    return text + "</table>\n";
}

std::string rounds_words(const std::optional<RoundsResult>& rounds) {
    if (!rounds) return {};
    char share[32];
    Time programming;
    for (const RoundLine& round : rounds->rounds) programming += round.programming_time;
    std::snprintf(share, sizeof share, "%.1f %%", programming / rounds->time * 100.0);
    std::string words = "in " + std::to_string(rounds->rounds.size()) + " rounds of " + std::to_string(rounds->images) +
                        " images: " + to_string(rounds->time) + " a batch, " + share + " of it programming; " +
                        std::to_string(rounds->cells_written) + " cells are programmed for " +
                        to_string(rounds->programming_energy) + ", values of other rounds moved for " +
                        to_string(rounds->transfer_energy);
    if (rounds->life_images) {
        std::snprintf(share, sizeof share, "%.3g", *rounds->life_images);
        words += "; worn out after " + std::string(share) + " images";
    }
    return words + "\n";
}

std::string rounds_to_html(const std::optional<RoundsResult>& rounds) {
    if (!rounds) return {};
    std::string text = "<h2>Rounds</h2>\n<p>" + html::escaped(rounds_words(rounds)) + "</p>\n<table>\n" +
                       html::header({"round", "first layer", "last layer", "arrays", "tiles", "cells written",
                                     "programming", "time of it", "transfers", "running"});
    for (std::size_t i = 0; i < rounds->rounds.size(); ++i) {
        const RoundLine& round = rounds->rounds[i];
        text += "<tr>" + html::cell(std::to_string(i + 1)) + html::cell(round.first_layer, false) +
                html::cell(round.last_layer, false) + html::cell(std::to_string(round.arrays)) +
                html::cell(std::to_string(round.tiles)) + html::cell(std::to_string(round.cells_written)) +
                html::cell(to_string(round.programming_energy)) + html::cell(to_string(round.programming_time)) +
                html::cell(to_string(round.transfer_time)) + html::cell(to_string(round.running_time)) + "</tr>\n";
    }
    return text + "</table>\n";
}

std::string schedule_words(const ChipSchedule& schedule) {
    std::string words;
    for (std::size_t i = 0; i < schedule.rounds.size(); ++i) {
        if (schedule.batch) words += "round " + std::to_string(i + 1) + ": ";
        words += pipeline_words(schedule.rounds[i], schedule.leaks ? schedule.energy_per_image : std::nullopt) + "\n";
    }
    if (schedule.batch) {
        words += "with contention " + to_string(schedule.batch->time) + " a batch of " +
                 std::to_string(schedule.batch->images) + " images\n";
    }
    std::string untimed;
    for (const DigitalRate& rate : schedule.digital_rates) {
        if (!rate.rate) untimed += (untimed.empty() ? "" : ", ") + rate.part;
    }
    if (!untimed.empty()) words += "no time is counted for " + untimed + ", for which the hardware gives no rate\n";
    return words;
}

std::string schedule_to_html(const ChipSchedule& schedule) {
    std::string text =
        "<h2>Schedule</h2>\n<p>" + html::escaped(schedule_words(schedule)) + "</p>\n" + rates_paragraph(schedule);
    for (std::size_t i = 0; i < schedule.rounds.size(); ++i) {
        const ScheduleResult& round = schedule.rounds[i];
        if (schedule.batch) text += "<h2>Schedule of round " + std::to_string(i + 1) + "</h2>\n";
        text += array_table(round) + digital_table(round) + resource_table(round, true) + resource_table(round, false) +
                buffer_table(round);
    }
    return text;
}

}  // namespace remask
