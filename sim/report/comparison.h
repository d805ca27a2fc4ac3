// Finished runs side by side: a row is a method over all tasks of a run, or of runs that differ in nothing but their
// seed.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/report/spread.h"

namespace remask {

/// Figures are means over the tasks, one value a run.
struct ComparedMethod {
    std::vector<std::string> runs;     ///< their folders
    std::vector<std::uint64_t> seeds;  ///< likewise
    std::string experiment, hardware, method;
    int tasks = 0;
    Spread on_float, on_crossbar;  ///< shares in [0, 1], just after a task was learned; empty for an estimate
    Spread after_all;              ///< float, with the parameters after the last task; empty for an estimate
    Spread bits_per_weight;        ///< of mask memory
    Spread inference_energy_j, latency_s, switch_energy_j, switch_time_s, cells_written;
    Spread training_macs;                                 ///< of all tasks together
    std::vector<std::pair<std::string, Spread>> by_task;  ///< accuracy on crossbars
};

/// Every figure of a row, by its key in the CSV and the JSON.
struct ComparedFigure {
    const char* key;
    Spread ComparedMethod::*spread;
};
constexpr ComparedFigure compared_figures[] = {{"accuracy_float", &ComparedMethod::on_float},
                                               {"accuracy_crossbar", &ComparedMethod::on_crossbar},
                                               {"accuracy_float_after_all_tasks", &ComparedMethod::after_all},
                                               {"mask_bits_per_weight", &ComparedMethod::bits_per_weight},
                                               {"inference_energy_j", &ComparedMethod::inference_energy_j},
                                               {"latency_s", &ComparedMethod::latency_s},
                                               {"switch_energy_j", &ComparedMethod::switch_energy_j},
                                               {"switch_time_s", &ComparedMethod::switch_time_s},
                                               {"switch_cells_written", &ComparedMethod::cells_written},
                                               {"training_macs", &ComparedMethod::training_macs}};

struct Comparison {
    std::vector<ComparedMethod> rows;
    std::vector<std::string> notes;  ///< what is not among the rows, and why
};

/// Is there no row with the same tasks that is better in one of switch energy and accuracy on crossbars, and as good in
/// the other? False where accuracies are missing.
bool on_front(const std::vector<ComparedMethod>& rows, std::size_t row);

/// The table on the terminal; rows on the front have a star.
std::string to_text(const Comparison& comparison);
/// A line a row, means and deviations; RFC 4180.
std::string to_csv(const Comparison& comparison);
/// As `remask report --json` gives it (docs/interface.md).
std::string to_json(const Comparison& comparison);
/// A page: the table, accuracy against switch energy as a picture, and accuracies task by task.
std::string to_html(const Comparison& comparison);

}  // namespace remask
