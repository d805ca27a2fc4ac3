// Everything that a run found out, as plain values: what results.json, tasks.csv, the terminal table and report.html
// are made from.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/quantity.h"
#include "sim/crossbar/adc_calibration.h"
#include "sim/crossbar/converter_use.h"
#include "sim/report/mapping_result.h"
#include "sim/report/rounds_result.h"
#include "sim/report/schedule_result.h"

namespace remask {

/// Shares in [0,1]; absent where not measured (`estimate`).
struct Accuracy {
    std::optional<double> float32;
    std::optional<double> crossbar;
};

struct LayerResult {
    std::string name;
    std::int64_t rows = 0, columns = 0, row_tiles = 0, arrays = 0, replicas = 1;
    std::int64_t products = 0;                   ///< matrix-vector products of an image, all replicas together
    std::map<std::string, std::int64_t> counts;  ///< actions for one image of the backbone, by name
    /// Level units, one or one a slice; lo and hi equal: no ADC; empty where the backbone was not run.
    std::vector<AdcWindow> adc_windows;
    std::vector<ConverterUse> converters;  ///< by slice and side, of the backbone; empty where not counted
    Time latency;
};

/// One line of an energy report: count × energy each.
struct ActionLine {
    std::string action;
    std::int64_t count = 0;
    Energy each, total;
};

/// A part's area on the whole chip, and where its numbers come from.
struct PartLine {
    std::string part;
    Area area;
    std::string source;
};

struct InferenceResult {
    Energy energy;
    Time latency;
    double throughput_per_s = 0.0;
    std::map<std::string, Energy> energy_by_component;
    std::map<std::string, std::int64_t> counts;
    std::vector<ActionLine> actions;     ///< what was counted; with leakage and rounds they make `energy`
    std::optional<RoundsResult> rounds;  ///< where the network takes the chip in rounds
};

struct SwitchResult {
    std::string from;  ///< the task whose weights and masks were on the chip before ("backbone" for the first)
    std::int64_t cells_written = 0, set_pulses = 0, reset_pulses = 0;
    Energy energy;
    std::map<std::string, Energy> energy_by_component;
    Time time;
    double bytes_loaded = 0.0;
    double writes_max = 0.0;              ///< of the most-written cell
    std::optional<double> life_switches;  ///< endurance / writes_max; absent = no cell is written
};

struct TrainingResult {
    std::int64_t macs = 0;
    std::int64_t peak_activation_bytes = 0;
    std::int64_t images = 0;
    int epochs = 0;
    double wall_s = 0.0;
};

/// How far a task's network has grown.
struct GrowthResult {
    int steps = 0;
    double size = 1.0;   ///< of the backbone's
    double width = 1.0;  ///< channels, of the backbone's: the root of the size, before rounding
};

struct TaskResult {
    std::string task, method;
    /// Writing the copy that this task has to itself, once; absent = it shares its arrays with others.
    std::optional<SwitchResult> resident_programming;
    int classes = 0;
    std::int64_t train_images = 0, test_images = 0;
    Accuracy accuracy;
    /// Float accuracy of every task so far, this one last, each with its parameters as this task left them.
    std::vector<double> retained;
    std::string granularity, realisation;
    double mask_bits = 0.0, bits_per_weight = 0.0, constants_bits = 0.0;
    std::int64_t arrays = 0;             ///< in use, the method's own layers included
    std::optional<GrowthResult> growth;  ///< absent = the method's networks never grow
    InferenceResult inference;
    SwitchResult task_switch;
    Energy energy_per_inference_with_switch;  ///< at the experiment's inferences per switch
    TrainingResult training;
    std::vector<std::int64_t> confusion;  ///< [classes, classes] row = truth, crossbar
    std::int64_t conversions_simulated = 0, conversions_proved_exact = 0, conversions_clipped = 0;
    std::vector<std::vector<AdcWindow>> adc_windows;    ///< [layer]: one or one a slice; empty for an estimate
    std::vector<std::string> layers;                    ///< names of those on arrays, the method's own among them
    std::vector<std::vector<ConverterUse>> converters;  ///< [layer][slice and side]; empty where not counted
    double crossbar_wall_s = 0.0, crossbar_cpu_s = 0.0;
};

/// A method whose learning ran off to infinity; nothing else of it is among the results.
struct DivergedMethod {
    std::string method, task;
    std::string why;
};

/// A method over all tasks in their order: means over the tasks of float accuracies.
struct SequenceResult {
    std::string method;
    double after_learning = 0.0;  ///< each task just after it was learned
    double after_all = 0.0;       ///< each task after the last one was learned
    double forgotten = 0.0;       ///< the mean loss between the two; 0 where later tasks change nothing
};

/// The same schedule with spare PEs.
struct WearLevellingResult {
    std::int64_t spare_pes = 0;
    double moves_per_cycle = 0.0;
    Energy move_energy;            ///< of one move, the mean
    Time move_time;                ///< of one move, the mean
    double writes_max = 0.0;       ///< of the most-written cell, a cycle, the mean over a turn; moves included
    double cycles_per_turn = 0.0;  ///< after which everything repeats
    /// Where cells do not live for a turn, what they have without moves: no more is sure.
    double life_switches = 0.0, life_days = 0.0;
};

/// A method over the experiment's schedule of tasks; a cycle is all its visits, from the last to the first again.
struct TaskScheduleResult {
    std::string method;
    std::int64_t switches = 0;                       ///< a cycle
    double inferences = 0.0;                         ///< a cycle
    Energy switch_energy, inference_energy;          ///< a cycle
    Time switch_time;                                ///< a cycle
    double cycles = 0.0;                             ///< over the schedule's days
    Energy total_energy;                             ///< over the schedule's days
    std::vector<std::int64_t> cells_by_writes;       ///< [w]: cells in use that a cycle writes w times
    std::int64_t writes_max = 0;                     ///< of the most-written cell, a cycle
    std::optional<double> life_switches, life_days;  ///< until that cell is worn out; absent = no cell is written
    std::optional<WearLevellingResult> levelled;     ///< with spare PEs; absent = none, or no cell is written
};

struct BreakEvenResult {
    std::string task, method, against;
    std::optional<double> inferences;
    std::string words;  ///< "never", "always" or empty
};

struct Results {
    std::string version, experiment, hardware;
    std::uint64_t seed = 0;
    std::string cell_energy_model;  ///< where the cells' read energy comes from
    double inferences_per_switch = 0.0;
    std::string measured_on = "test";  ///< the tasks' images that accuracies come from: test or validation
    Area area, mask_unit_area;
    std::vector<PartLine> parts;
    std::map<std::string, std::string> action_sources;  ///< by action: where its energy comes from, as the file says
    std::string backbone;
    std::int64_t backbone_parameters = 0, backbone_macs = 0;
    Accuracy backbone_accuracy;
    std::optional<double> backbone_integer_accuracy;  ///< the integer network without crossbars
    bool backbone_equals_integer = false;             ///< every logit of every test image
    std::int64_t backbone_test_images = 0;
    InferenceResult backbone_inference;
    ChipSchedule schedule;    ///< of the backbone, with contention
    bool has_weights = true;  ///< false: an estimate of a network without weights, nothing is programmed
    SwitchResult first_programming;
    MappingResult mapping;
    std::vector<LayerResult> layers;  ///< as those of `mapping`
    std::vector<TaskResult> tasks;
    std::vector<TaskScheduleResult> task_schedules;  ///< a method each; empty without schedule.visits
    std::vector<SequenceResult> sequences;           ///< a method each; empty for an estimate
    std::vector<BreakEvenResult> break_even;
    int threads = 1;
    double crossbar_images_per_s = 0.0, training_images_per_s = 0.0;
    double crossbar_images_per_cpu_s = 0.0;  ///< per second of one processor: less moved by other load
    std::vector<DivergedMethod> diverged;
    std::vector<std::string> warnings;
};

}  // namespace remask
