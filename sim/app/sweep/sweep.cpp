#include "sim/app/sweep/sweep.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <map>
#include <set>
#include <sstream>

#include "sim/app/run/store.h"
#include "sim/app/settings/experiment.h"
#include "sim/app/settings/load_config.h"
#include "sim/app/sweep/seed_summary.h"
#include "sim/app/sweep/sweep_table.h"
#include "sim/app/version.h"
#include "sim/base/diagnostics.h"
#include "sim/base/files.h"
#include "sim/base/progress.h"

extern "C" char** environ;

namespace remask {

namespace {

constexpr int most_points = 100000;

}  // namespace

void describe(Fields& fields, SweepAxis& axis) {
    fields.field("path", axis.path, {.doc = "dotted path of a value of the experiment"});
    fields.field("also", axis.also, {.doc = "further paths that take the same value", .optional = true});
    fields.field("values", axis.values, {.doc = "what it takes, one after the other"});
    fields.require(!axis.path.empty(), "path", "an axis needs a path");
    fields.require(!axis.values.empty(), "values", "an axis needs at least one value");
}

namespace {

/// Faults of one grid's axes, and its number of points.
double check_grid(Fields& fields, const std::vector<SweepAxis>& axes, std::string_view name) {
    std::set<std::string> paths;
    double points = 1.0;
    for (const SweepAxis& axis : axes) {
        points *= static_cast<double>(axis.values.size());
        std::vector<std::string> own = axis.also;
        own.push_back(axis.path);
        for (const std::string& path : own) {
            fields.require(paths.insert(path).second, name, "two axes of a grid set '" + path + "'");
        }
        fields.require(std::set<std::string>(axis.values.begin(), axis.values.end()).size() == axis.values.size(), name,
                       "axis '" + axis.path + "' has a value twice");
    }
    return points;
}

}  // namespace

void describe(Fields& fields, SweepGrid& grid) {
    fields.field("axes", grid.axes, {.doc = "every combination is one point"});
    fields.require(!grid.axes.empty(), "axes", "a grid needs at least one axis");
}

void describe(Fields& fields, Sweep& sweep) {
    fields.field("name", sweep.name, {.doc = "the sweep's name"});
    fields.field("experiment", sweep.experiment, {.doc = "the base experiment"});
    fields.field("axes", sweep.axes,
                 {.doc = "the grid: every combination is one point; needed unless there are grids", .optional = true});
    fields.field(
        "grids", sweep.grids,
        {.doc = "instead of axes: several grids, one after the other, each with axes of its own", .optional = true});
    fields.require(fault_in_name(sweep.name).empty(), "name", "a sweep's name " + fault_in_name(sweep.name));
    fields.require(!sweep.axes.empty() || !sweep.grids.empty(), "axes", "a sweep needs at least one axis, or grids");
    fields.require(sweep.axes.empty() || sweep.grids.empty(), "grids", "a sweep has either axes or grids, not both");
    const std::string_view name = sweep.grids.empty() ? "axes" : "grids";
    double points = 0.0;
    for (const SweepGrid& grid : grids_of(sweep)) points += check_grid(fields, grid.axes, name);
    fields.require(points <= most_points, name,
                   "the sweep has more than " + std::to_string(most_points) + " points; split it");
}

std::vector<SweepGrid> grids_of(const Sweep& sweep) {
    if (!sweep.grids.empty()) return sweep.grids;
    return {SweepGrid{sweep.axes}};
}

std::vector<Overrides> sweep_points(const Sweep& sweep) {
    std::vector<Overrides> all;
    for (const SweepGrid& grid : grids_of(sweep)) {
        std::vector<Overrides> points{{}};
        for (const SweepAxis& axis : grid.axes) {
            std::vector<Overrides> extended;
            for (const Overrides& point : points) {
                for (const std::string& value : axis.values) {
                    extended.push_back(point);
                    extended.back().emplace_back(axis.path, value);
                    for (const std::string& path : axis.also) extended.back().emplace_back(path, value);
                }
            }
            points = std::move(extended);
        }
        all.insert(all.end(), points.begin(), points.end());
    }
    return all;
}

namespace {

namespace fs = std::filesystem;

struct Point {
    fs::path folder;
    Overrides overrides;
};

/// Each point under a hash of all that its results depend on: remask, the data's folder, every value of the experiment
/// with what its files extend, and the backbone's file. Made when it is asked for: reading an experiment takes a while.
class PointKeys {
public:
    PointKeys(const Sweep& sweep, const SweepOptions& options, const std::vector<Point>& points)
        : sweep_(sweep), options_(options), points_(points), keys_(points.size()) {}

    const std::string& of(std::size_t point) {
        if (keys_[point].empty()) keys_[point] = make(points_[point].overrides);
        return keys_[point];
    }

private:
    std::string make(const Overrides& point) {
        Overrides overrides = options_.overrides;
        overrides.insert(overrides.end(), point.begin(), point.end());
        std::string key = "remask " + std::string(version()) + "\n" + fs::absolute(sweep_.experiment).string() + "\n";
        if (!options_.data.empty()) key += fs::absolute(options_.data).lexically_normal().string() + "\n";
        for (const auto& [path, value] : overrides) key += path + "=" + value + "\n";
        try {
            const auto experiment = ConfigFile(sweep_.experiment, overrides).read<Experiment>();
            key += plain_yaml(experiment) + backbone_hash(experiment.backbone.model);
        } catch (const ConfigError& error) {
            key += error.what();  // the point itself will say so
        }
        return hash_text(key);
    }

    const std::string& backbone_hash(const fs::path& model) {
        std::string& hash = hashes_[model];
        std::error_code ignored;
        if (hash.empty()) hash = fs::is_regular_file(model, ignored) ? hash_file(model) : "none";
        return hash;
    }

    const Sweep& sweep_;
    const SweepOptions& options_;
    const std::vector<Point>& points_;
    std::vector<std::string> keys_;
    std::map<fs::path, std::string> hashes_;
};

/// The part of a point's results that the sweep's table is made of: a damaged one is run again.
std::string table_hash(const fs::path& folder) {
    std::error_code ignored;
    std::string hash;
    for (const char* file : {"tasks.csv", "results.json"}) {
        if (fs::exists(folder / file, ignored)) hash += hash_file(folder / file);
    }
    return hash;
}

bool is_done(const Point& point, PointKeys& keys, std::size_t index) {
    std::error_code ignored;
    const fs::path mark = point.folder / "point.key";
    return fs::exists(point.folder / "results.json", ignored) && fs::exists(mark, ignored) &&
           read_file(mark) == keys.of(index) + table_hash(point.folder);
}

/// Starts "remask run" for one point; its messages go to the point's stderr.txt.
pid_t start_point(const Sweep& sweep, const SweepOptions& options, const Point& point) {
    std::vector<std::string> words{"remask",
                                   "run",
                                   sweep.experiment.string(),
                                   "--quiet",
                                   "--out",
                                   point.folder.string(),
                                   "--store",
                                   (options.out / "store").string(),
                                   "--threads",
                                   std::to_string(options.threads)};
    if (!options.data.empty()) words.insert(words.end(), {"--data", options.data});
    for (const Overrides* overrides : {&options.overrides, &point.overrides}) {
        for (const auto& [path, value] : *overrides) words.insert(words.end(), {"--set", path + "=" + value});
    }
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);

    const std::string errors = (point.folder / "stderr.txt").string();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    pid_t child = 0;
    const int fault = posix_spawn(&child, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (fault != 0) throw RunError(std::string("a point's process can't be started: ") + std::strerror(fault));
    return child;
}

std::string first_line(const fs::path& file) {
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return "no message";
    std::istringstream text(read_file(file));
    std::string line;
    std::getline(text, line);
    return line.empty() ? "no message" : line;
}

/// Waits for one child; returns its process number, or 0 if interrupted first.
pid_t wait_for_one(int& status) {
    while (true) {
        const pid_t ended = waitpid(-1, &status, WNOHANG);
        if (ended > 0) return ended;
        if (ended < 0 && errno != EINTR) throw InternalError("waitpid failed");
        if (interrupt_requested()) return 0;
        usleep(20'000);
    }
}

/// The points that run, by their processes. Those still there when it goes are stopped, each as soon as it has kept
/// what it has finished: SIGTERM, since a terminal's SIGINT has reached them already and a second one kills.
struct RunningPoints : std::map<pid_t, std::size_t> {
    RunningPoints() = default;
    RunningPoints(const RunningPoints&) = delete;
    RunningPoints& operator=(const RunningPoints&) = delete;
    ~RunningPoints() {
        for (const auto& entry : *this) kill(entry.first, SIGTERM);
        for (const auto& entry : *this) waitpid(entry.first, nullptr, 0);
    }
};

std::string table(const std::vector<Point>& points, PointKeys& keys) {
    std::vector<SweepRow> rows;
    for (std::size_t i = 0; i < points.size(); ++i) {
        SweepRow row{points[i].folder, points[i].overrides, "done"};
        if (!is_done(points[i], keys, i)) {
            const fs::path errors = points[i].folder / "stderr.txt";
            std::error_code ignored;
            row.status = fs::exists(errors, ignored) ? "failed: " + first_line(errors) : "not run";
        }
        rows.push_back(std::move(row));
    }
    return sweep_table(rows);
}

/// Where one axis is the seed.
void write_seed_summary(const Sweep& sweep, const SweepOptions& options, const std::vector<Point>& points,
                        PointKeys& keys) {
    const std::vector<Overrides> grid = sweep_points(sweep);
    const std::vector<std::string> paths = sweep_paths(grid);
    if (std::find(paths.begin(), paths.end(), "seed") == paths.end()) return;
    std::vector<SeedPoint> finished;
    std::set<Overrides> seen;  // two grids may share a point: its seed counts once
    for (std::size_t i = 0; i < points.size(); ++i) {
        const Overrides values = on_paths(points[i].overrides, paths);
        if (is_done(points[i], keys, i) && seen.insert(values).second) finished.push_back({values, points[i].folder});
    }
    if (!finished.empty()) write_file(options.out / "seeds.csv", seed_summary(finished));
}

}  // namespace

SweepOutcome run_sweep(const Sweep& sweep, const SweepOptions& options, Progress& progress) {
    std::vector<Point> points;
    const std::vector<Overrides> grid = sweep_points(sweep);
    for (std::size_t i = 0; i < grid.size(); ++i) {
        char name[24];
        std::snprintf(name, sizeof name, "%04zu", i);
        points.push_back({options.out / "points" / name, grid[i]});
    }
    PointKeys keys(sweep, options, points);
    std::error_code fault;
    if (fs::exists(options.out / "points", fault) && !options.resume) {
        throw ConfigError(options.out.string() +
                          ": holds a sweep already; give --resume to finish it, or another --out");
    }
    const Store store(options.out / "store");  // makes the folder, or says why not

    std::vector<std::size_t> open;
    SweepOutcome outcome;
    for (std::size_t i = static_cast<std::size_t>(options.shard - 1); i < points.size();
         i += static_cast<std::size_t>(options.shards)) {
        if (is_done(points[i], keys, i)) {
            ++outcome.reused;
        } else {
            open.push_back(i);
        }
    }
    progress.begin("sweep " + sweep.name, static_cast<std::int64_t>(open.size()));
    RunningPoints running;
    std::size_t next = 0;
    while (next < open.size() || !running.empty()) {
        while (next < open.size() && running.size() < static_cast<std::size_t>(options.jobs) &&
               !interrupt_requested()) {
            const Point& point = points[open[next]];
            fs::remove_all(point.folder, fault);
            fs::create_directories(point.folder, fault);
            if (fault) throw RunError(point.folder.string() + ": can't be made: " + fault.message());
            running.emplace(start_point(sweep, options, point), open[next]);
            ++next;
        }
        int status = 0;
        const pid_t ended = wait_for_one(status);
        if (ended == 0) {
            progress.end();
            throw Interrupted();
        }
        const std::size_t index = running.at(ended);
        running.erase(ended);
        const bool succeeded = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        if (succeeded) {
            write_file(points[index].folder / "point.key", keys.of(index) + table_hash(points[index].folder));
            fs::remove(points[index].folder / "stderr.txt", fault);
            ++outcome.done;
        } else {
            if (WIFSIGNALED(status)) {
                write_file(points[index].folder / "stderr.txt",
                           "ended by signal " + std::to_string(WTERMSIG(status)) + "\n");
            }
            ++outcome.failed;
            progress.message("point " + points[index].folder.filename().string() +
                             " failed: " + first_line(points[index].folder / "stderr.txt"));
        }
        progress.advance(1);
    }
    progress.end();
    write_file(options.out / "sweep.csv", table(points, keys));
    write_seed_summary(sweep, options, points, keys);
    return outcome;
}

}  // namespace remask
