// remask run and remask estimate.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <mutex>
#include <optional>
#include <string_view>

#include "sim/app/commands/commands.h"
#include "sim/app/commands/output_files.h"
#include "sim/app/run/describe_chip.h"
#include "sim/app/run/learned_run.h"
#include "sim/app/run/run_experiment.h"
#include "sim/app/settings/experiment.h"
#include "sim/app/settings/load_config.h"
#include "sim/app/version.h"
#include "sim/base/diagnostics.h"
#include "sim/base/files.h"
#include "sim/base/parallel.h"
#include "sim/hardware/library.h"
#include "sim/report/accelergy_writer.h"
#include "sim/report/writers.h"

namespace remask {

namespace {

namespace fs = std::filesystem;

/// Shows progress on the terminal and keeps the messages for run.log.
class LoggingProgress : public Progress {
public:
    LoggingProgress(Progress& shown, const fs::path& log) : shown_(shown), log_(log, std::ios::app) {}
    void begin(std::string_view what, std::int64_t total) override { shown_.begin(what, total); }
    void advance(std::int64_t steps) override { shown_.advance(steps); }
    void end() override { shown_.end(); }
    void message(std::string_view text) override {
        shown_.message(text);
        const std::lock_guard lock(mutex_);
        log_ << text << std::endl;
    }

private:
    Progress& shown_;
    std::mutex mutex_;
    std::ofstream log_;
};

void make_folder(const fs::path& folder) {
    std::error_code fault;
    fs::create_directories(folder, fault);
    if (fault) throw RunError(folder.string() + ": can't be made: " + fault.message());
}

/// Makes the folder and proves that it can be written, before hours of work.
void prepare_folder(const fs::path& folder) {
    make_folder(folder);
    remove_left_temporaries(folder);
    write_file(folder / "run.log", "remask " + std::string(version()) + "\n");
}

/// The methods that --method names, by their numbers.
std::vector<std::size_t> chosen_methods(const Experiment& experiment, const std::vector<std::string>& names) {
    std::vector<std::string> all;
    for (const MethodConfig& method : experiment.methods) all.push_back(method.name());
    std::vector<std::size_t> chosen;
    for (const std::string& name : names) {
        const auto found = std::find(all.begin(), all.end(), name);
        if (found == all.end()) {
            throw ConfigError("--method: the experiment has no method '" + name + "'" + did_you_mean(name, all));
        }
        const auto number = static_cast<std::size_t>(found - all.begin());
        if (std::find(chosen.begin(), chosen.end(), number) == chosen.end()) chosen.push_back(number);
    }
    std::sort(chosen.begin(), chosen.end());
    return chosen;
}

Experiment read_experiment(ConfigFile& file, const Arguments& arguments) {
    auto experiment = file.read<Experiment>();
    if (arguments.has("method")) {
        file.keep_items("methods", chosen_methods(experiment, arguments.values("method")));
        experiment = file.read<Experiment>();
    }
    experiment.seed = static_cast<std::uint64_t>(arguments.whole("seed", static_cast<std::int64_t>(experiment.seed), 0,
                                                                 std::numeric_limits<std::int64_t>::max()));
    return experiment;
}

/// Where the energies of the actions come from, as the hardware file says.
void cite(Results& results, const ConfigFile& file, const Hardware& hardware) {
    const auto take = [&](std::string_view path, const std::string& source) {
        constexpr std::string_view energies = "energy.";
        if (path.starts_with(energies)) results.action_sources[std::string(path.substr(energies.size()))] = source;
        if (path == "memory.mask.energy") results.action_sources["mask_read"] = source;
        if (path == "memory.weight.energy") results.action_sources["memory_load"] = source;
        for (DigitalRate& rate : results.schedule.digital_rates) {
            if (path == "timing." + rate.field) rate.source = source;
        }
    };
    constexpr std::string_view section = "hardware.";
    for (const auto& [path, source] : file.document().sources()) {
        if (path.starts_with(section)) take(std::string_view(path).substr(section.size()), source);
    }
    for (const auto& [path, source] : library_sources(hardware)) take(path, source);
}

void write_trace(const RunOutput& output, const Arguments& arguments) {
    if (const auto file = arguments.value("trace")) {
        write_file(*file, to_trace(output.schedules, output.results.schedule));
    }
}

void export_accelergy(const Results& results, const Arguments& arguments) {
    const auto folder = arguments.value("export-accelergy");
    if (!folder) return;
    for (const auto& [name, text] : accelergy_files(results)) {
        const fs::path file = fs::path(*folder) / name;
        make_folder(file.parent_path());
        write_file(file, text);
    }
}

/// The files that a run reads and an export must not replace.
std::vector<fs::path> read_files(const ConfigFile& file, const Experiment& experiment) {
    std::vector<fs::path> files = file.document().files();
    if (!experiment.backbone.model.empty()) files.push_back(experiment.backbone.model);
    return files;
}

void refuse_replacing(const fs::path& file, const std::vector<fs::path>& read, const std::string& option) {
    std::error_code ignored;
    for (const fs::path& one : read) {
        if (fs::equivalent(file, one, ignored)) {
            throw ConfigError(option + ": " + one.string() + " is read by this command, and would be lost");
        }
    }
}

/// Says now, not after the run, if the exports can't be written or would replace one of `read`. `out` is made later.
void check_exports(const Arguments& arguments, const fs::path& out, const std::vector<fs::path>& read) {
    if (const auto folder = arguments.value("export-accelergy")) {
        const std::string what = "--export-accelergy " + *folder;
        fs::path made = fs::absolute(*folder).lexically_normal();  // or the folder that it will be made in
        std::error_code ignored;
        while (!fs::exists(fs::symlink_status(made, ignored)) && made.has_relative_path()) made = made.parent_path();
        if (!fs::is_directory(made)) throw RunError(what + ": can't be made: " + made.string() + " is no folder");
        require_writable(made, what);
        for (const char* name : {"ART.yaml", "backbone/ERT.yaml", "backbone/action_counts.yaml"})
            refuse_replacing(fs::path(*folder) / name, read, what);
    }
    const auto value = arguments.value("trace");
    if (!value) return;
    const fs::path file = fs::absolute(*value).lexically_normal();
    refuse_replacing(file, read, "--trace " + *value);
    check_output_file("--trace", *value, out);
}

void answer(const RunOutput& output, const fs::path& folder, const Arguments& arguments) {
    if (arguments.json()) {
        std::cout << to_json(output.results);
    } else if (!arguments.quiet()) {
        std::cout << to_table(output.results) << "\nresults: " << folder.string()
                  << " (results.json, results.h5, tasks.csv, resolved.yaml, report.html, run.log)\n";
    }
}

}  // namespace

namespace {

/// The run's store has a piece that is finished.
bool something_finished(const fs::path& folder) {
    std::error_code fault;
    for (const auto& entry : fs::directory_iterator(folder, fault)) {
        if (entry.path().extension() == ".hash") return true;
    }
    return false;
}

/// A fault of the configuration that only the work itself shows, such as a column whose sums do not fit: exit code 2
/// promises that nothing was written.
[[noreturn]] void refuse_late(const ConfigError& error, const ConfigFile& file, const fs::path& folder, bool fresh,
                              const Store& store) {
    if (!fresh || something_finished(store.folder())) throw RunError(file.placed(error.diagnostics()));
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    throw error;
}

int run_file(ConfigFile& file, const Arguments& arguments) {
    const Experiment experiment = read_experiment(file, arguments);
    const fs::path folder = arguments.value("out").value_or("runs/" + experiment.name);
    ThreadPool pool(thread_count(arguments));
    const DataFolders folders = data_folders(arguments);
    const auto console = console_progress(arguments.quiet());
    check_experiment(experiment, {folders, nullptr, pool, *console});
    check_exports(arguments, folder, read_files(file, experiment));
    const bool fresh = !fs::exists(folder);
    std::optional<Store> store;
    if (const auto given = arguments.value("store")) store.emplace(*given);
    prepare_folder(folder);
    std::error_code ignored;
    for (const char* old : result_files) {  // of an older run: a folder never holds two runs' files
        if (old != std::string_view("run.log") && old != std::string_view("store")) fs::remove(folder / old, ignored);
    }
    if (!store && !arguments.has("resume")) Store::clear(folder / "store");
    if (!store) store.emplace(folder / "store");
    LoggingProgress progress(*console, folder / "run.log");
    try {
        RunOutput output = run_experiment(experiment, {folders, &*store, pool, progress, arguments.has("trace")});
        cite(output.results, file, experiment.hardware);
        write_results(output, file.resolved(experiment), folder);
        write_trace(output, arguments);
        export_accelergy(output.results, arguments);
        progress.message("done");
        answer(output, folder, arguments);
        refuse_diverged(output.results.diverged);  // all is written; the exit code says what has failed
    } catch (const Interrupted&) {
        progress.message("interrupted; what is finished is kept, --resume takes it up");
        throw;
    } catch (const ConfigError& error) {
        refuse_late(error, file, folder, fresh, *store);
    }
    return 0;
}

std::optional<LearnedRun> learned_run(const Experiment& experiment, const Arguments& arguments) {
    const auto run = arguments.value("learned");
    if (!run) return std::nullopt;
    if (experiment.tasks.empty()) throw ConfigError("--learned: the experiment has no tasks that were learned");
    return LearnedRun(*run);
}

int estimate_file(ConfigFile& file, const Arguments& arguments) {
    const Experiment experiment = read_experiment(file, arguments);
    const fs::path folder = arguments.value("out").value_or("runs/" + experiment.name + "-estimate");
    ThreadPool pool(thread_count(arguments));
    const auto console = console_progress(arguments.quiet());
    const bool trace = arguments.has("trace");
    const std::optional<LearnedRun> learned = learned_run(experiment, arguments);
    std::vector<fs::path> read = read_files(file, experiment);
    if (learned) read.push_back(learned->file());
    check_exports(arguments, folder, read);
    if (learned) refuse_replacing(folder / "results.h5", read, "--out " + folder.string());
    RunOutput output;
    if (experiment.backbone.network) {
        ChipDescription chip = estimate_network(experiment, trace);
        output.results = std::move(chip.results);
        output.results.threads = pool.threads();
        output.schedules = std::move(chip.schedules);
    } else {
        output = estimate_experiment(
            experiment, {data_folders(arguments), nullptr, pool, *console, trace, learned ? &*learned : nullptr});
    }
    cite(output.results, file, experiment.hardware);
    prepare_folder(folder);
    write_results(output, file.resolved(experiment), folder);
    write_trace(output, arguments);
    export_accelergy(output.results, arguments);
    answer(output, folder, arguments);
    return 0;
}

}  // namespace

int execute_run(const Arguments& arguments) {
    ConfigFile file(arguments.positional()[0], arguments.overrides());
    return with_places(file, [&] { return run_file(file, arguments); });
}

int execute_estimate(const Arguments& arguments) {
    ConfigFile file(arguments.positional()[0], arguments.overrides());
    return with_places(file, [&] { return estimate_file(file, arguments); });
}

}  // namespace remask
