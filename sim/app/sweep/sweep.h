// sweep.yaml: grids of dotted paths over a base experiment, and how its points are run and gathered.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "sim/app/sweep/sweep_warnings.h"
#include "sim/base/fields.h"

namespace remask {

class Progress;

struct SweepAxis {
    std::string path;                 ///< dotted path of the experiment, e.g. "hardware.crossbar.adc_bits"
    std::vector<std::string> also;    ///< further paths that take the same value
    std::vector<std::string> values;  ///< as they would stand in the YAML
};

/// The Cartesian product of its axes.
struct SweepGrid {
    std::vector<SweepAxis> axes;
};

/// Either `axes`, one grid, or `grids`, several: the points are those of one after the other.
struct Sweep {
    std::string name;
    std::filesystem::path experiment;
    std::vector<SweepAxis> axes;
    std::vector<SweepGrid> grids;
};
void describe(Fields& fields, Sweep& sweep);

/// `grids`, or `axes` as the only one.
std::vector<SweepGrid> grids_of(const Sweep& sweep);

using Overrides = std::vector<std::pair<std::string, std::string>>;

/// All points, grid by grid; in a grid the last axis fastest.
std::vector<Overrides> sweep_points(const Sweep& sweep);

struct SweepOptions {
    std::filesystem::path out;
    int jobs = 1;
    int threads = 1;            ///< of each point
    int shard = 1, shards = 1;  ///< 1 ≤ shard ≤ shards: points shard−1, shard−1+shards, …
    bool resume = false;
    std::string data;     ///< --data for the points; empty = none
    Overrides overrides;  ///< --set for all points
};

struct SweepOutcome {
    std::int64_t done = 0, reused = 0, failed = 0;
    std::vector<SweepWarning> warnings;  ///< of all points that are done, other shards' too
};

/// Makes OUT. Throws ConfigError where it holds a sweep already, without `resume`; RunError where it can't be written.
void prepare_sweep(const SweepOptions& options);

/// Runs the points as processes of this program, each in OUT/points/NNNN with one store for all, then writes
/// OUT/sweep.csv and, where an axis is the seed, OUT/seeds.csv (seed_summary.h). A failed point is recorded (its error
/// in the table) and does not stop the others. Throws ConfigError where OUT holds another sweep, or this one without
/// `resume`; Interrupted after Ctrl-C.
SweepOutcome run_sweep(const Sweep& sweep, const SweepOptions& options, Progress& progress);

}  // namespace remask
