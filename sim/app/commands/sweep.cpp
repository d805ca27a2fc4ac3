// remask sweep: checks every axis, then runs the grid, here or on a cluster.
#include "sim/app/sweep/sweep.h"

#include <algorithm>
#include <charconv>
#include <iostream>
#include <nlohmann/json.hpp>
#include <utility>

#include "sim/app/commands/commands.h"
#include "sim/app/commands/print_json.h"
#include "sim/app/settings/load_config.h"
#include "sim/app/sweep/slurm.h"
#include "sim/app/sweep/sweep_check.h"
#include "sim/base/diagnostics.h"
#include "sim/base/files.h"
#include "sim/base/parallel.h"

namespace remask {

namespace {

void read_shard(const std::string& text, SweepOptions& options) {
    const auto slash = text.find('/');
    const char* end = text.data() + text.size();
    bool good = slash != std::string::npos;
    if (good) {
        const auto first = std::from_chars(text.data(), text.data() + slash, options.shard);
        const auto second = std::from_chars(text.data() + slash + 1, end, options.shards);
        good = first.ec == std::errc() && first.ptr == text.data() + slash && second.ec == std::errc() &&
               second.ptr == end && options.shard >= 1 && options.shard <= options.shards;
    }
    if (!good) throw ConfigError("--shard takes I/N with 1 ≤ I ≤ N, for example 1/4, not '" + text + "'");
}

/// Slurm's default limit on a job array is 1001.
constexpr std::int64_t most_tasks = 1000;

int submit(const Arguments& arguments, const Sweep& sweep, SweepOptions options) {
    if (arguments.has("shard")) throw ConfigError("--shard is for one's own jobs; --executor slurm makes its own");
    if (!options.data.empty() && !std::filesystem::is_directory(options.data)) {  // not after hours in a queue
        throw ConfigError("REMASK_DATA: " + options.data + " is not a folder");
    }
    const auto points = static_cast<std::int64_t>(sweep_points(sweep).size());
    options.shards = static_cast<int>(arguments.whole("jobs", std::min(points, most_tasks), 1, most_tasks));
    options.threads = static_cast<int>(arguments.whole("threads", 1, 1, 1024));
    const SlurmJob job = submit_to_slurm(arguments.positional()[0], sweep, options);
    const std::string table = (options.out / "sweep.csv").string();
    if (arguments.json()) {
        print_json(nlohmann::ordered_json{
            {"job", job.id}, {"tasks", options.shards}, {"script", job.script.string()}, {"table", table}});
    } else if (!arguments.quiet()) {
        std::cout << "job " << job.id << " of " << options.shards << " tasks for " << points
                  << " points; table when they have ended: " << table << "\n";
    }
    return 0;
}

/// The first of them: of many points each may have its own.
void print_warnings(const std::vector<SweepWarning>& warnings) {
    constexpr std::size_t most = 10;
    for (std::size_t i = 0; i < std::min(most, warnings.size()); ++i) {
        std::cout << "warning: " << warnings[i].text << " (" << warnings[i].points
                  << (warnings[i].points == 1 ? " point)\n" : " points)\n");
    }
    if (warnings.size() > most) {
        std::cout << "warning: " << warnings.size() - most << " others, in the points' results.json and report.html\n";
    }
}

}  // namespace

int execute_sweep(const Arguments& arguments) {
    ConfigFile file(arguments.positional()[0], {});
    const auto sweep = file.read<Sweep>();
    SweepOptions options;
    options.overrides = arguments.overrides();
    options.out = arguments.value("out").value_or("runs/" + sweep.name);
    options.resume = arguments.has("resume");
    options.data = data_folders(arguments).user.string();
    const std::string executor = arguments.value("executor").value_or("local");
    if (executor != "local" && executor != "slurm") {
        throw ConfigError("--executor takes local or slurm, not '" + executor + "'" +
                          did_you_mean(executor, {"local", "slurm"}));
    }
    check_axes(sweep, options.overrides);
    if (executor == "slurm") return submit(arguments, sweep, std::move(options));
    options.jobs = static_cast<int>(arguments.whole("jobs", 1, 1, 1024));
    options.threads =
        static_cast<int>(arguments.whole("threads", std::max(1, available_threads() / options.jobs), 1, 1024));
    if (const auto shard = arguments.value("shard")) read_shard(*shard, options);

    const auto progress = console_progress(arguments.quiet());
    const SweepOutcome outcome = run_sweep(sweep, options, *progress);
    const std::string table = (options.out / "sweep.csv").string();
    if (arguments.json()) {
        auto warnings = nlohmann::ordered_json::array();
        for (const SweepWarning& warning : outcome.warnings) {
            warnings.push_back({{"warning", warning.text}, {"points", warning.points}});
        }
        print_json(nlohmann::ordered_json{{"table", table},
                                          {"done", outcome.done},
                                          {"reused", outcome.reused},
                                          {"failed", outcome.failed},
                                          {"warnings", warnings}});
    } else if (!arguments.quiet()) {
        print_warnings(outcome.warnings);
        std::cout << outcome.done << " points run, " << outcome.reused << " taken from before, " << outcome.failed
                  << " failed; table: " << table << "\n";
    }
    if (outcome.failed > 0) {
        std::cerr << "error: " << outcome.failed << " points failed; " << table << " says why\n";
    }
    return static_cast<int>(outcome.failed == 0 ? ExitCode::done : ExitCode::run_failed);
}

}  // namespace remask
