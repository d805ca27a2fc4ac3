// Results as text: results.json, tasks.csv, converters.csv, report.html and the table on the terminal.
#pragma once

#include <string>
#include <vector>

#include "sim/report/results.h"
#include "sim/schedule/event_schedule.h"

namespace remask {

/// The shortest decimal that reads back as `value`.
std::string shortest(double value);

/// results.json (docs/interface.md): SI units, the unit in the key.
std::string to_json(const Results& results);

/// One line a task and method, with a header line; RFC 4180.
std::string to_csv(const Results& results);

/// converters.csv: one line a task and method (first "backbone"), layer, slice and side; RFC 4180.
std::string converters_to_csv(const Results& results);

/// Conversions and clipping of all of them together; codes of the one that used most.
ConverterUse joined(const std::vector<ConverterUse>& converters);

/// "0.3 % of the conversions clipped (most in …), fewest codes used in …"; empty where nothing was counted. `layers`:
/// a name for each entry of `converters`.
std::string converter_words(const std::vector<std::string>& layers,
                            const std::vector<std::vector<ConverterUse>>& converters);

/// Chrome's trace-event format, which Perfetto opens (ui.perfetto.dev): every row's work, times in microseconds.
/// In rounds, one after another with their programming and transfers, which `schedule.batch` places.
std::string to_trace(const std::vector<EventSchedule>& rounds, const ChipSchedule& schedule);

/// A section of report.html on the schedule.
std::string schedule_to_html(const ChipSchedule& schedule);
/// What taking the chip in rounds costs: a section, and a line for the terminal; empty where it does not.
std::string rounds_to_html(const std::optional<RoundsResult>& rounds);
std::string rounds_words(const std::optional<RoundsResult>& rounds);
/// A table of the methods over the schedule of tasks, as text and as a section of report.html; empty without one.
std::string task_schedules_to_text(const std::vector<TaskScheduleResult>& schedules);
std::string task_schedules_to_html(const std::vector<TaskScheduleResult>& schedules);
/// Lines for the terminal.
std::string schedule_words(const ChipSchedule& schedule);

/// Table of layers, and the same with pictures of the chip and its tiles: a section, and a page of its own.
std::string mapping_to_text(const MappingResult& mapping);
std::string mapping_to_html(const MappingResult& mapping);
std::string mapping_page(const MappingResult& mapping);
/// As `remask map --json` gives it (docs/interface.md).
std::string mapping_to_json(const MappingResult& mapping);
/// The chip in one of its rounds and each kind of tile in use, as inline SVG.
std::string chip_to_html(const ChipPicture& chip, const std::vector<LayerPlace>& layers, int round);
/// A square in the colour that a layer has in the pictures.
std::string layer_swatch(int layer);

/// "METHOD is left out: TASK: WHY".
std::string diverged_words(const DivergedMethod& diverged);

/// Tables of tasks have a column for the networks' sizes where any method widens them; "1.50" (of the backbone), or
/// nothing.
bool any_network_grows(const Results& results);
std::string network_size(const TaskResult& task);

/// The table on the terminal: one line a task and method.
std::string to_table(const Results& results);

/// One self-contained page: tables and bars, no script and nothing loaded from elsewhere.
std::string to_html(const Results& results);

/// Quotes a CSV field where it needs it.
std::string csv_field(const std::string& text);

/// A text table: columns padded, the first row is the header; numbers to the right.
std::string text_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace remask
