// What a schedule of tasks costs a method: switches and inferences over its days, writes a cell, how long the cells
// live.
#pragma once

#include <string>
#include <vector>

#include "mapping/mapping.h"
#include "mapping/task_switch.h"
#include "sim/app/costing/costing.h"
#include "sim/app/costing/resident_tasks.h"
#include "sim/app/settings/experiment.h"
#include "sim/report/results.h"

namespace remask {

/// One method's arrays as the tasks leave them. Entry 0 of `contents` and `loads` is the backbone's, then one a task in
/// the experiment's order; `inference`: of one image, by task.
struct MethodContents {
    const Mapping& mapping;
    const DeviceParameters& device;
    const std::vector<ChipContent>& contents;
    const std::vector<SwitchLoad>& loads;
    std::vector<InferenceResult> inference;
    const ResidentTasks& residents;
};

/// The experiment's `schedule.visits`, passed through again and again: the last visit is followed by the first.
TaskScheduleResult cost_task_schedule(const Experiment& experiment, const std::string& method,
                                      const MethodContents& chip);

/// Throws ConfigError where the chip has no room for the schedule's spare PEs.
void check_spares(const Experiment& experiment, const Mapping& mapping);

}  // namespace remask
