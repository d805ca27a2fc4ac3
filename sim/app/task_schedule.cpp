#include "sim/app/task_schedule.h"

#include <algorithm>
#include <cmath>

namespace remask {

namespace {

/// Position of the task's content: 0 is the backbone.
std::size_t content_of(const Experiment& experiment, const std::string& task) {
    const auto found = std::find_if(experiment.tasks.begin(), experiment.tasks.end(),
                                    [&](const TaskSection& section) { return section.name == task; });
    return static_cast<std::size_t>(found - experiment.tasks.begin()) + 1;
}

}  // namespace

TaskScheduleResult cost_task_schedule(const Experiment& experiment, const std::string& method,
                                      const MethodContents& chip) {
    const ScheduleSection& schedule = experiment.schedule;
    TaskScheduleResult result;
    result.method = method;
    WearCounter wear(chip.mapping, experiment.hardware);
    double round_writes = 0.0;  // of the most-written cell, where every batch programs the rounds anew
    std::size_t before = content_of(experiment, schedule.visits.back().task);
    for (const TaskVisit& visit : schedule.visits) {
        const std::size_t now = content_of(experiment, visit.task);
        result.inferences += visit.inferences;
        result.inference_energy += visit.inferences * chip.inference[now - 1].energy;
        if (const auto& rounds = chip.inference[now - 1].rounds) {
            round_writes += std::ceil(visit.inferences / rounds->images) * static_cast<double>(rounds->writes_max);
        }
        if (now != before) {
            const SwitchResult cost = cost_switch(chip.mapping, experiment.hardware, chip.device, chip.contents[before],
                                                  chip.contents[now], chip.loads[now], {});
            ++result.switches;
            result.switch_energy += cost.energy;
            result.switch_time += cost.time;
            if (chip.mapping.rounds == 1) {
                wear.add(slot_weights(chip.contents[before], chip.mapping.slots.size()),
                         slot_weights(chip.contents[now], chip.mapping.slots.size()));
            }
        }
        before = now;
    }
    result.cycles = schedule.cycles_per_day * schedule.days;
    result.total_energy = result.cycles * (result.switch_energy + result.inference_energy);
    if (chip.mapping.rounds > 1) {
        result.writes_max = std::llround(round_writes);
        if (round_writes > 0.0) {
            result.life_days = life_days(experiment.hardware.cell.endurance, round_writes, schedule.cycles_per_day);
        }
        return result;
    }
    result.cells_by_writes = wear.histogram();
    result.writes_max = wear.max_writes();
    if (result.writes_max > 0) {
        const double writes_per_switch = static_cast<double>(result.writes_max) / static_cast<double>(result.switches);
        const double switches_per_day = static_cast<double>(result.switches) * schedule.cycles_per_day;
        result.life_switches = experiment.hardware.cell.endurance / writes_per_switch;
        result.life_days = life_days(experiment.hardware.cell.endurance, writes_per_switch, switches_per_day);
    }
    return result;
}

}  // namespace remask
