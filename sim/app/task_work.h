// The expensive pieces of a run, each done once and found again in the store: measuring the backbone, learning a task,
// measuring it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/app/bench.h"
#include "sim/app/measure.h"

namespace remask {

struct BackboneMeasurement {
    Accuracy accuracy;
    std::optional<double> integer_accuracy;
    bool equals_integer = false;
    std::int64_t images = 0;
    double wall_s = 0.0;
    std::vector<AdcWindow> adc_windows;
    std::vector<SlotActivity> activities;
};

struct LearnedTask {
    TaskParameters parameters;
    TaskResult result;  ///< all but the costs
    std::vector<SlotActivity> activities;
};

class TaskWork {
public:
    explicit TaskWork(const Bench& bench) : bench_(bench) {}

    BackboneMeasurement measure_backbone() const;
    LearnedTask learn(const TaskSection& task, const TaskImages& images, const MethodConfig& method,
                      const MethodChip& chip) const;

private:
    /// Does the hardware's energy depend on data?
    bool needs_activity() const;
    std::vector<SlotActivity> assumed_activity() const;
    TaskParameters learned_parameters(const TaskSection& task, const TaskImages& images, const MethodConfig& method,
                                      const MethodChip& chip, const std::string& key) const;
    Measurement measured(const std::string& what, const std::string& key, const MeasureInput& input) const;
    std::string measure_key(const std::vector<CrossbarParameters>& crossbar, const LabelledImages& calibration,
                            const LabelledImages& test) const;

    const Bench& bench_;
};

}  // namespace remask
