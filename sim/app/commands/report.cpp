// remask report: finished runs side by side.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/app/commands/commands.h"
#include "sim/app/commands/output_files.h"
#include "sim/base/diagnostics.h"
#include "sim/base/files.h"
#include "sim/report/comparison.h"
#include "sim/report/writers.h"

namespace remask {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// The folders of the finished runs that `given` stands for: itself, or the points of a sweep. Points without results
/// are counted in a note.
std::vector<fs::path> finished_runs(const fs::path& given, std::vector<std::string>& notes) {
    std::error_code fault;
    if (fs::exists(given / "results.json", fault)) return {given};
    std::vector<fs::path> found;
    int unfinished = 0;
    for (const auto& entry : fs::directory_iterator(given / "points", fault)) {
        if (fs::exists(entry.path() / "results.json", fault)) {
            found.push_back(entry.path());
        } else {
            ++unfinished;
        }
    }
    std::sort(found.begin(), found.end());
    if (found.empty()) {
        throw InputError(given.string() + (fs::is_regular_file(given, fault)
                                               ? ": a file; give the folder of a finished run or sweep"
                                               : ": no results.json and no points of a sweep: this is not the folder "
                                                 "of a finished run"));
    }
    if (unfinished > 0) notes.push_back(given.string() + ": points without results: " + std::to_string(unfinished));
    return found;
}

/// Everything that a run was told but its seed: resolved.yaml without the seed and without where each value comes from.
/// The folder itself where there is no such file.
std::string settings_of(const fs::path& folder) {
    if (!fs::exists(folder / "resolved.yaml")) return folder.string();
    std::istringstream lines(read_file(folder / "resolved.yaml"));
    std::string settings;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("seed:")) continue;
        settings += line.substr(0, line.rfind("  # ")) + "\n";
    }
    return settings;
}

double number(const Json& json, const char* a, const char* b = nullptr) {
    return (b ? json.at(a).at(b) : json.at(a)).get<double>();
}

void add_task(const Json& task, double share, ComparedMethod& sums) {
    const auto add = [share](Spread& spread, double value) { spread.values.back() += share * value; };
    add(sums.bits_per_weight, number(task.at("mask"), "bits_per_weight"));
    add(sums.inference_energy_j, number(task, "inference", "energy_j"));
    add(sums.latency_s, number(task, "inference", "latency_s"));
    add(sums.switch_energy_j, number(task, "switch", "energy_j"));
    add(sums.switch_time_s, number(task, "switch", "time_s"));
    add(sums.cells_written, number(task, "switch", "cells_written"));
    sums.training_macs.values.back() += number(task, "training", "macs");
    if (!task.contains("accuracy") || task.at("accuracy").empty()) return;  // an estimate
    for (Spread* spread : {&sums.on_float, &sums.on_crossbar}) {
        if (spread->empty()) spread->add(0.0);
    }
    add(sums.on_float, number(task, "accuracy", "float"));
    add(sums.on_crossbar, number(task, "accuracy", "crossbar"));
    Spread& own = sums.by_task.emplace_back(task.at("task").get<std::string>(), Spread{}).second;
    own.add(number(task, "accuracy", "crossbar"));
}

std::uint64_t seed_of(const Json& results) {
    const Json& seed = results.at("experiment").at("seed");
    if (!seed.is_number_unsigned()) throw InputError("the seed is no whole number of at least 0");
    return seed.get<std::uint64_t>();
}

/// One run's methods, in the order of its tasks' rows.
std::vector<ComparedMethod> methods_of(const Json& results, const std::string& folder) {
    std::vector<std::string> names;
    std::map<std::string, int> tasks;
    for (const Json& task : results.at("tasks")) {
        const auto name = task.at("method").get<std::string>();
        if (tasks[name]++ == 0) names.push_back(name);
    }
    std::vector<ComparedMethod> methods;
    for (const std::string& name : names) {
        ComparedMethod method;
        method.runs = {folder};
        method.seeds = {seed_of(results)};
        method.experiment = results.at("experiment").at("name").get<std::string>();
        method.hardware = results.at("hardware").at("name").get<std::string>();
        method.method = name;
        method.tasks = tasks[name];
        for (Spread* spread :
             {&method.bits_per_weight, &method.inference_energy_j, &method.latency_s, &method.switch_energy_j,
              &method.switch_time_s, &method.cells_written, &method.training_macs}) {
            spread->add(0.0);
        }
        for (const Json& task : results.at("tasks")) {
            if (task.at("method") == name) add_task(task, 1.0 / method.tasks, method);
        }
        if (!method.by_task.empty() && std::ssize(method.by_task) != method.tasks) {
            throw InputError(name + " has accuracies of some tasks only");
        }
        for (const Json& sequence : results.value("sequences", Json::array())) {
            if (sequence.at("method") == name) method.after_all.add(number(sequence, "mean_accuracy_after_all_tasks"));
        }
        methods.push_back(std::move(method));
    }
    return methods;
}

std::vector<ComparedMethod> read_run(const fs::path& folder, std::vector<std::string>& notes) {
    const fs::path file = folder / "results.json";
    const auto refuse = [&](const std::string& why) -> InputError {
        return InputError(file.string() + ": not a whole results.json of this version of remask: " + why);
    };
    try {
        const Json results = Json::parse(read_file(file));
        if (!results.at("tasks").is_array()) throw InputError("'tasks' is no list");
        if (results.at("tasks").empty()) notes.push_back(folder.string() + ": a run without tasks");
        for (const Json& diverged : results.value("diverged", Json::array())) {
            const DivergedMethod method{diverged.at("method").get<std::string>(),
                                        diverged.at("task").get<std::string>(), diverged.at("why").get<std::string>()};
            notes.push_back(folder.string() + ": " + diverged_words(method));
        }
        return methods_of(results, folder.string());
    } catch (const Json::exception& error) {
        throw refuse(error.what());
    } catch (const InputError& error) {
        throw refuse(error.diagnostics().front().message);
    }
}

void append(const Spread& from, Spread& to) {
    to.values.insert(to.values.end(), from.values.begin(), from.values.end());
}

/// The same method with one more seed.
void join(const ComparedMethod& other, ComparedMethod& row) {
    row.runs.insert(row.runs.end(), other.runs.begin(), other.runs.end());
    row.seeds.insert(row.seeds.end(), other.seeds.begin(), other.seeds.end());
    for (const ComparedFigure& figure : compared_figures) append(other.*figure.spread, row.*figure.spread);
    for (std::size_t task = 0; task < row.by_task.size(); ++task)
        append(other.by_task[task].second, row.by_task[task].second);
}

/// Runs that differ only in their seeds become one row a method; the same seed twice stays two rows.
Comparison compare(const std::vector<std::string>& given) {
    Comparison found;
    std::vector<fs::path> folders;
    for (const std::string& name : given) {
        const std::vector<fs::path> runs = finished_runs(name, found.notes);
        folders.insert(folders.end(), runs.begin(), runs.end());
    }
    std::vector<std::string> settings;
    for (const fs::path& folder : folders) {
        const std::string own = settings_of(folder);
        for (ComparedMethod& method : read_run(folder, found.notes)) {
            const std::string key = method.method + "\n" + own;
            std::size_t i = 0;
            const auto takes = [&](const ComparedMethod& row) {
                return std::find(row.seeds.begin(), row.seeds.end(), method.seeds[0]) == row.seeds.end() &&
                       row.by_task.size() == method.by_task.size();
            };
            while (i < found.rows.size() && !(settings[i] == key && takes(found.rows[i]))) ++i;
            if (i < found.rows.size()) {
                join(method, found.rows[i]);
                continue;
            }
            found.rows.push_back(std::move(method));
            settings.push_back(key);
        }
    }
    if (found.rows.empty()) throw InputError("these runs have no tasks: there is nothing to compare");
    return found;
}

/// Throws where --html or --csv would replace a file of the compared runs, or each other.
void check_outputs(const Arguments& arguments, const Comparison& comparison) {
    const auto html = arguments.value("html"), csv = arguments.value("csv");
    for (const char* option : {"html", "csv"}) {
        const auto value = arguments.value(option);
        if (!value) continue;
        for (const ComparedMethod& row : comparison.rows) {
            for (const std::string& run : row.runs) check_output_file("--" + std::string(option), *value, run);
        }
    }
    if (html && csv && fs::absolute(*html).lexically_normal() == fs::absolute(*csv).lexically_normal()) {
        throw ConfigError("--html and --csv name the same file, " + *html);
    }
}

}  // namespace

int execute_report(const Arguments& arguments) {
    const Comparison comparison = compare(arguments.positional());
    check_outputs(arguments, comparison);
    if (const auto file = arguments.value("html")) write_file(*file, to_html(comparison));
    if (const auto file = arguments.value("csv")) write_file(*file, to_csv(comparison));
    if (arguments.json()) {
        std::cout << to_json(comparison);
    } else if (!arguments.quiet()) {
        std::cout << to_text(comparison);
    }
    return 0;
}

}  // namespace remask
