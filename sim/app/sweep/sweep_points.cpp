#include "sim/app/sweep/sweep_points.h"

#include <cstdio>

#include "sim/app/run/store.h"
#include "sim/app/run/task_work.h"
#include "sim/app/settings/experiment.h"
#include "sim/app/settings/load_config.h"
#include "sim/app/version.h"
#include "sim/base/diagnostics.h"
#include "sim/base/files.h"

namespace remask {

namespace fs = std::filesystem;

namespace {

/// The part of a point's results that the sweep's table is made of: a damaged one is run again. Throws InputError where
/// one is not there.
std::string table_hash(const fs::path& folder) {
    return hash_file(folder / "tasks.csv") + hash_file(folder / "results.json");
}

}  // namespace

SweepPoints::SweepPoints(const Sweep& sweep, const SweepOptions& options) : sweep_(sweep), options_(options) {
    for (const Overrides& overrides : sweep_points(sweep)) {
        char name[24];
        std::snprintf(name, sizeof name, "%04zu", points_.size());
        points_.push_back({options.out / "points" / name, overrides});
    }
    keys_.resize(points_.size());
}

bool SweepPoints::is_done(std::size_t index) {
    const fs::path& folder = points_[index].folder;
    try {
        return read_file(folder / "point.key") == key(index) + table_hash(folder);
    } catch (const InputError&) {
        return false;  // not asked for first: another shard may be running it anew
    }
}

void SweepPoints::mark_begun(std::size_t index) {
    keys_[index] = make_key(points_[index].overrides);
}

void SweepPoints::mark_done(std::size_t index) {
    const fs::path& folder = points_[index].folder;
    write_file(folder / "point.key", key(index) + table_hash(folder));
}

/// Made when it is asked for: reading an experiment takes a while.
const std::string& SweepPoints::key(std::size_t index) {
    if (keys_[index].empty()) keys_[index] = make_key(points_[index].overrides);
    return keys_[index];
}

/// A hash of all that a point's results depend on: remask, the data's folder, every value of the experiment with what
/// its files extend, and the backbone's file.
std::string SweepPoints::make_key(const Overrides& point) {
    Overrides overrides = options_.overrides;
    overrides.insert(overrides.end(), point.begin(), point.end());
    std::string key =
        "remask " + std::string(version()) + "\n" + work_versions() + fs::absolute(sweep_.experiment).string() + "\n";
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

const std::string& SweepPoints::backbone_hash(const fs::path& model) {
    std::string& hash = hashes_[model];
    std::error_code ignored;
    if (hash.empty()) hash = fs::is_regular_file(model, ignored) ? hash_file(model) : "none";
    return hash;
}

}  // namespace remask
