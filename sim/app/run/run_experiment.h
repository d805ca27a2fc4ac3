// The main job: learn every task with every method, measure it on the crossbars, cost it. Read run_experiment() first:
// it is the tutorial of the whole program.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/data/dataset.h"
#include "sim/app/costing/costing.h"
#include "sim/app/run/kept_task.h"
#include "sim/app/run/store.h"
#include "sim/app/settings/experiment.h"
#include "sim/report/results.h"
#include "sim/schedule/event_schedule.h"

namespace remask {

class Bench;
class LearnedRun;
class Progress;
class ThreadPool;

struct MappedNetwork;

struct RunEnvironment {
    DataFolders folders;
    const Store* store = nullptr;  ///< null: estimate, nothing is learned or measured
    ThreadPool& pool;
    Progress& progress;
    bool trace = false;  ///< keep every row's work in the schedule
    /// An estimate's tasks; null: assumed ones.
    const LearnedRun* learned = nullptr;
};

/// Cost of every switch under one method: entry u·tasks + v goes from task u − 1 to task v; row 0 = from the backbone.
struct SwitchMatrix {
    std::vector<std::string> tasks;
    std::vector<double> energy_j, time_s;
    std::vector<std::int64_t> cells_written;
};

struct RunOutput {
    Results results;
    std::vector<EventSchedule> schedules;          ///< of the backbone, or of each of its rounds
    std::map<std::string, SwitchMatrix> switches;  ///< by method
    std::vector<KeptTask> learned;                 ///< in the order of results.tasks
    /// Of what was learned, by method, as YAML; empty where masks are assumed.
    std::map<std::string, std::string> settings;
};

/// Reads everything that the run will read (backbone, data, whether the hardware can realise the masks) and throws what
/// is wrong, before anything is written or learned.
void check_experiment(const Experiment& experiment, const RunEnvironment& environment);

/// A small buffer shows in the schedule of rows: worked out now, or by who schedules the network anyway.
enum class BufferCheck { now, by_schedule };

/// Throws what the chip cannot do: buffers too small, masks that it can't realise, spare PEs that are in use, energies
/// that are missing for an inference with the backbone or any method or for programming.
void check_chip(const Bench& bench, BufferCheck buffers = BufferCheck::now);

/// The same of a network without weights.
void check_network(const MappedNetwork& mapped, const Experiment& experiment);

/// The backbone's data are missing, on which the hardware's energy depends: a run refuses that, an estimate has
/// `assume`.
bool lacks_data(const Experiment& experiment);

/// Whether the chip has room for the backbone and the methods, from the network alone: throws what a run would. False
/// where that cannot be known yet: the backbone's file is not there, or data that say how many classes a task has.
bool check_room(const Experiment& experiment, const RunEnvironment& environment);

/// A method whose learning diverges is left out and named in results.diverged; where none is left, throws RunError.
RunOutput run_experiment(const Experiment& experiment, const RunEnvironment& environment);

/// Throws RunError that names them all; does nothing where there are none.
void refuse_diverged(const std::vector<DivergedMethod>& diverged);

/// Mapping, energy, latency, area and switch cost, without data and learning: of what environment.learned holds, or
/// `assume:` says what masks look like.
RunOutput estimate_experiment(const Experiment& experiment, const RunEnvironment& environment);

/// results.json, results.h5, tasks.csv, converters.csv, resolved.yaml and report.html in `folder`; each whole or not at
/// all.
void write_results(const RunOutput& output, const std::string& resolved_yaml, const std::filesystem::path& folder);

}  // namespace remask
