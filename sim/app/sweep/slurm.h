// A sweep on a cluster: its shards as the tasks of a Slurm job array.
#pragma once

#include <filesystem>
#include <string>

#include "sim/app/sweep/sweep.h"

namespace remask {

struct SlurmJob {
    std::string id;                ///< as sbatch gives it
    std::filesystem::path script;  ///< OUT/slurm.sh
};

/// Writes OUT/slurm.sh, which runs one of `options.shards` shards of the sweep in `file` with this program, and gives
/// it to sbatch as an array of so many tasks of `options.threads` processors; their output goes to OUT/slurm-N.txt. The
/// last task to end writes the table of all points. Partition, time and memory are sbatch's own: SBATCH_PARTITION and
/// the like. Throws ConfigError where OUT holds a sweep already or one was submitted
/// for it, without `resume`; RunError where there is no sbatch,
/// or it refuses.
SlurmJob submit_to_slurm(const std::filesystem::path& file, const Sweep& sweep, const SweepOptions& options);

}  // namespace remask
