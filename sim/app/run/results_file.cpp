#include <algorithm>

#include "models/methods/task_parameters.h"
#include "sim/app/run/learned_run.h"
#include "sim/app/run/run_experiment.h"
#include "sim/base/files.h"
#include "sim/report/writers.h"
#include "sim/storage/hdf5_file.h"

namespace remask {

namespace {

using Shape2 = std::vector<std::int64_t>;

/// Scalars, or one value a slice where the ranges differ.
void write_windows(Hdf5Writer& writer, const std::string& lo, const std::string& hi,
                   const std::vector<AdcWindow>& windows) {
    if (windows.empty()) return;
    std::vector<double> lows, highs;
    for (const AdcWindow& window : windows) {
        lows.push_back(window.lo);
        highs.push_back(window.hi);
    }
    std::vector<std::int64_t> shape;
    if (windows.size() > 1) shape.push_back(static_cast<std::int64_t>(windows.size()));
    writer.write<double>(lo, shape, lows);
    writer.write<double>(hi, shape, highs);
}

void write_layers(Hdf5Writer& writer, const std::vector<LayerResult>& layers) {
    for (const LayerResult& layer : layers) {
        const std::string group = "/layers/" + layer.name + "/";
        writer.write_scalar<std::int64_t>(group + "rows", layer.rows);
        writer.write_scalar<std::int64_t>(group + "columns", layer.columns);
        writer.write_scalar<std::int64_t>(group + "arrays", layer.arrays);
        writer.write_scalar<double>(group + "latency_s", layer.latency.si());
        write_windows(writer, group + "adc_lo", group + "adc_hi", layer.adc_windows);
        for (const auto& [action, count] : layer.counts)
            writer.write_scalar<std::int64_t>(group + "counts/" + action, count);
    }
}

void write_task(Hdf5Writer& writer, const TaskResult& task, const TaskParameters& learned) {
    const std::string group = "/tasks/" + task.task + "/" + task.method + "/";
    if (!task.confusion.empty()) {
        writer.write<std::int64_t>(group + "confusion", {task.classes, task.classes}, task.confusion);
    }
    for (const auto& [component, energy] : task.inference.energy_by_component) {
        writer.write_scalar<double>(group + "energy_by_component_j/" + component, energy.si());
    }
    for (const auto& [action, count] : task.inference.counts) {
        writer.write_scalar<std::int64_t>(group + "counts/" + action, count);
    }
    save_task_parameters(writer, group + "learned", learned);
}

void write_switches(Hdf5Writer& writer, const std::string& method, const SwitchMatrix& matrix) {
    const auto tasks = static_cast<std::int64_t>(matrix.tasks.size());
    if (tasks == 0) return;
    const Shape2 shape{tasks + 1, tasks};
    const std::string group = "/switches/" + method + "/";
    std::string names;
    for (const std::string& name : matrix.tasks) names += name + "\n";
    writer.write_text(group + "tasks", names);
    writer.write<double>(group + "energy_j", shape, matrix.energy_j);
    writer.write<double>(group + "time_s", shape, matrix.time_s);
    writer.write<std::int64_t>(group + "cells_written", shape, matrix.cells_written);
}

}  // namespace

void write_results(const RunOutput& output, const std::string& resolved_yaml, const std::filesystem::path& folder) {
    Hdf5Writer writer(folder / "results.h5");
    write_layers(writer, output.results.layers);
    for (std::size_t i = 0; i < output.results.tasks.size(); ++i) {
        write_task(writer, output.results.tasks[i], output.learned[i].load());
    }
    for (const TaskResult& task : output.results.tasks) {
        const auto settings = output.settings.find(task.method);
        if (settings == output.settings.end()) continue;
        writer.write_text(learned_settings(task.task, task.method), settings->second);
    }
    for (const auto& [method, matrix] : output.switches) write_switches(writer, method, matrix);
    std::filesystem::remove(folder / "results.json");  // of an older run: from here on the folder is not complete
    writer.commit();
    write_file(folder / "resolved.yaml", resolved_yaml);
    write_file(folder / "tasks.csv", to_csv(output.results));
    write_file(folder / "converters.csv", converters_to_csv(output.results));
    write_file(folder / "report.html", to_html(output.results));
    write_file(folder / "results.json", to_json(output.results));  // last: its presence says that the run is complete
}

}  // namespace remask
