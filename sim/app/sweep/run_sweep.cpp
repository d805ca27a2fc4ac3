#include <sys/wait.h>

#include <algorithm>
#include <set>

#include "sim/app/run/store.h"
#include "sim/app/sweep/point_process.h"
#include "sim/app/sweep/seed_summary.h"
#include "sim/app/sweep/sweep.h"
#include "sim/app/sweep/sweep_points.h"
#include "sim/app/sweep/sweep_table.h"
#include "sim/base/diagnostics.h"
#include "sim/base/file_lock.h"
#include "sim/base/files.h"
#include "sim/base/progress.h"

namespace remask {

namespace {

namespace fs = std::filesystem;

/// Indices of the shard's points.
std::vector<std::size_t> of_shard(const SweepOptions& options, std::size_t points) {
    std::vector<std::size_t> indices;
    const auto step = static_cast<std::size_t>(options.shards);
    for (auto i = static_cast<std::size_t>(options.shard - 1); i < points; i += step) indices.push_back(i);
    return indices;
}

/// By point. It reads and hashes every point's results.
std::vector<bool> done_points(SweepPoints& points) {
    std::vector<bool> done;
    for (std::size_t i = 0; i < points.all().size(); ++i) done.push_back(points.is_done(i));
    return done;
}

std::string table(const SweepPoints& points, const std::vector<bool>& done) {
    std::vector<SweepRow> rows;
    for (std::size_t i = 0; i < points.all().size(); ++i) {
        const SweepPoint& point = points.all()[i];
        SweepRow row{point.folder, point.overrides, "done"};
        if (!done[i]) {
            const std::string message = first_message(point);  // empty while another shard runs the point
            row.status = message.empty() ? "not run" : "failed: " + message;
        }
        rows.push_back(std::move(row));
    }
    return sweep_table(rows);
}

/// Where one axis is the seed.
void write_seed_summary(const fs::path& file, const SweepPoints& points, const std::vector<bool>& done) {
    std::vector<Overrides> grid;
    for (const SweepPoint& point : points.all()) grid.push_back(point.overrides);
    const std::vector<std::string> paths = sweep_paths(grid);
    if (std::find(paths.begin(), paths.end(), "seed") == paths.end()) return;
    std::vector<SeedPoint> finished;
    std::set<Overrides> seen;  // two grids may share a point: its seed counts once
    for (std::size_t i = 0; i < grid.size(); ++i) {
        const Overrides values = on_paths(grid[i], paths);
        if (done[i] && seen.insert(values).second) finished.push_back({values, points.all()[i].folder});
    }
    if (!finished.empty()) write_file(file, seed_summary(finished));
}

/// Writes the tables and gives the warnings of all points that are done. One process at a time, so that of several
/// shards the last one's tables hold all points.
std::vector<SweepWarning> summarise(const fs::path& out, SweepPoints& points) {
    const FileLock lock(out / "sweep.lock");
    const std::vector<bool> done = done_points(points);
    write_file(out / "sweep.csv", table(points, done));
    write_seed_summary(out / "seeds.csv", points, done);
    std::vector<fs::path> finished;
    for (std::size_t i = 0; i < done.size(); ++i) {
        if (done[i]) finished.push_back(points.all()[i].folder);
    }
    return sweep_warnings(finished);
}

class SweepRun {
public:
    SweepRun(const Sweep& sweep, const SweepOptions& options, Progress& progress)
        : sweep_(sweep), options_(options), progress_(progress), points_(sweep, options) {}

    SweepOutcome run() {
        std::vector<std::size_t> open;
        for (const std::size_t i : of_shard(options_, points_.all().size())) {
            if (points_.is_done(i)) {
                ++outcome_.reused;
            } else {
                open.push_back(i);
            }
        }
        progress_.begin("sweep " + sweep_.name, static_cast<std::int64_t>(open.size()));
        std::size_t next = 0;
        while (next < open.size() || !running_.empty()) {
            while (next < open.size() && running_.size() < static_cast<std::size_t>(options_.jobs) &&
                   !interrupt_requested()) {
                start(open[next++]);
            }
            if (running_.empty()) break;  // interrupted before any could be started
            int status = 0;
            const pid_t ended = wait_for_one(status);
            if (ended == 0) break;
            const auto found = running_.find(ended);
            finish(found->second, status);
            running_.erase(found);
            progress_.advance(1);
        }
        progress_.end();
        if (next < open.size() || !running_.empty()) throw Interrupted();
        outcome_.warnings = summarise(options_.out, points_);
        return outcome_;
    }

private:
    void start(std::size_t index) {
        const SweepPoint& point = points_.all()[index];
        std::error_code fault;
        fs::remove_all(point.folder, fault);
        fs::create_directories(point.folder, fault);
        if (fault) throw RunError(point.folder.string() + ": can't be made: " + fault.message());
        points_.mark_begun(index);
        running_.emplace(start_point(sweep_, options_, point), index);
    }

    void finish(std::size_t index, int status) {
        const SweepPoint& point = points_.all()[index];
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
            points_.mark_done(index);
            std::error_code ignored;
            fs::remove(point.folder / "stderr.txt", ignored);
            ++outcome_.done;
            return;
        }
        if (WIFSIGNALED(status)) {
            write_file(point.folder / "stderr.txt", "ended by signal " + std::to_string(WTERMSIG(status)) + "\n");
        } else if (first_message(point).empty()) {
            write_file(point.folder / "stderr.txt", "ended with code " + std::to_string(WEXITSTATUS(status)) + "\n");
        }
        ++outcome_.failed;
        progress_.message("point " + point.folder.filename().string() + " failed: " + first_message(point));
    }

    const Sweep& sweep_;
    const SweepOptions& options_;
    Progress& progress_;
    SweepPoints points_;
    RunningPoints running_;
    SweepOutcome outcome_;
};

}  // namespace

void prepare_sweep(const SweepOptions& options) {
    std::error_code ignored;
    if (fs::exists(options.out / "points", ignored) && !options.resume) {
        throw ConfigError(options.out.string() +
                          ": holds a sweep already; give --resume to finish it, or another --out");
    }
    const Store store(options.out / "store");  // makes the folder, or says why not
}

SweepOutcome run_sweep(const Sweep& sweep, const SweepOptions& options, Progress& progress) {
    prepare_sweep(options);
    return SweepRun(sweep, options, progress).run();
}

}  // namespace remask
