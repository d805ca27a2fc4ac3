// The expensive pieces of a run, each done once and found again in the store: measuring the backbone, learning a task,
// measuring it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/app/run/bench.h"
#include "sim/app/run/measure.h"

namespace remask {

struct BackboneMeasurement {
    Accuracy accuracy;
    std::optional<double> integer_accuracy;
    bool equals_integer = false;
    std::int64_t images = 0;
    double wall_s = 0.0, cpu_s = 0.0;                 ///< of the crossbar inference
    std::vector<std::vector<AdcWindow>> adc_windows;  ///< per slot: one, or one a slice
    std::vector<SlotActivity> activities;
    std::vector<std::vector<ConverterUse>> converters;  ///< [slot][slice and side]
};

struct LearnedTask {
    std::string key;             ///< what the learned parameters depend on: all that they are filed under
    std::filesystem::path file;  ///< the store's, or an earlier run's; empty where they are assumed
    std::string group;           ///< in the file
    TaskParameters parameters;
    TaskResult result;  ///< all but the costs
    std::vector<SlotActivity> activities;
};

/// Of how learning and measuring work: results of other ones are not taken for today's.
std::string work_versions();

class TaskWork {
public:
    explicit TaskWork(const Bench& bench) : bench_(bench) {}

    BackboneMeasurement measure_backbone() const;
    /// `previous`: what the same method learned just before, null for the first task.
    LearnedTask learn(const TaskSection& task, const TaskImages& images, const MethodConfig& method,
                      const MethodChips& chips, const LearnedTask* previous) const;
    /// Float accuracy of every task so far, each with its parameters as they are now: `earlier` and then `last`,
    /// learned by one method in this order, `tests` their test images.
    std::vector<double> retained(const MethodConfig& method, const std::vector<const KeptTask*>& earlier,
                                 const TaskParameters& last, const std::vector<LabelledImages>& tests) const;

private:
    /// Does the hardware's energy depend on data?
    bool needs_activity() const;
    /// What is asked of a measurement then.
    std::optional<Gating> read_gating() const;
    /// All that learned parameters depend on.
    std::string learned_key(const TaskSection& task, const LabelledImages& images, const MethodConfig& method,
                            const MethodChip& chip, const LearnedTask* previous) const;
    /// Accuracy and activity, from `learned.parameters`.
    void measure_task(const TaskSection& task, const TaskImages& images, const MethodConfig& method,
                      const MethodChip& chip, LearnedTask& learned) const;
    /// Fills `learned.parameters`, `file` and `group` from environment.learned, for an estimate.
    void recall_parameters(const TaskSection& task, const MethodConfig& method, const MethodChips& chips,
                           LearnedTask& learned) const;
    /// Fills them by learning, or of an estimate `parameters` by assuming.
    void learn_parameters(const TaskSection& task, const TaskImages& images, const MethodConfig& method,
                          const MethodChip& chip, const LearnedTask* previous, LearnedTask& learned) const;
    Measurement measured(const std::string& what, const std::string& key, const MeasureInput& input) const;
    /// The same of what a method has learned: throws TrainingDiverged where its network's values overflow.
    Measurement measured_or_diverged(const std::string& what, const std::string& key, const MeasureInput& input) const;
    std::string measure_key(const std::vector<CrossbarParameters>& crossbar, const LabelledImages& calibration,
                            const LabelledImages& test) const;

    const Bench& bench_;
};

/// Fills results.sequences from the accuracies that every task retains.
void summarise_sequences(Results& results);

}  // namespace remask
