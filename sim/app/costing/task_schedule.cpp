#include "sim/app/costing/task_schedule.h"

#include <algorithm>
#include <cmath>

#include "mapping/pe_cells.h"
#include "sim/hardware/config_fault.h"

namespace remask {

namespace {

/// Position of the task's content: 0 is the backbone.
std::size_t content_of(const Experiment& experiment, const std::string& task) {
    const auto found = std::find_if(experiment.tasks.begin(), experiment.tasks.end(),
                                    [&](const TaskSection& section) { return section.name == task; });
    return static_cast<std::size_t>(found - experiment.tasks.begin()) + 1;
}

/// What a cycle leaves on the arrays which tasks share; the backbone's where no task does.
std::vector<SlotWeights> left_by_cycle(const Experiment& experiment, const MethodContents& chip) {
    std::vector<SlotWeights> left = slot_weights(chip.contents[0], chip.mapping.slots.size());
    for (const TaskVisit& visit : experiment.schedule.visits) {
        const std::size_t task = content_of(experiment, visit.task);
        if (!chip.residents.is_resident(task)) left = after_switch(left, chip.contents[task]);
    }
    return left;
}

WearLevellingResult level(const Experiment& experiment, const MethodContents& chip, const WearCounter& wear,
                          const std::vector<SlotWeights>& at_end, std::int64_t switches) {
    check_spares(experiment, chip.mapping);
    const WearLevellingSection& section = *experiment.schedule.wear_levelling;
    const PeCellReader reader(chip.mapping, experiment.hardware, wear, at_end);
    const PulseCount pulses = counted_pulses(chip.mapping, experiment.hardware, chip.device);
    WearLevellingResult result;
    const LevelledWear levelled = level_wear(
        chip.mapping.pes, section.spare_pes, section.cycles_per_move, [&](std::int64_t pe) { return reader.read(pe); },
        [&](std::int64_t pe, const std::vector<std::int16_t>& found) {
            const SwitchPlan move = reader.move(pe, found, pulses);
            result.move_energy += move.energy();
            result.move_time += move.time();
        });
    const double endurance = experiment.hardware.cell.endurance;
    result.spare_pes = section.spare_pes;
    result.moves_per_cycle = 1.0 / section.cycles_per_move;
    result.move_energy = result.move_energy / static_cast<double>(chip.mapping.pes);
    result.move_time = result.move_time / static_cast<double>(chip.mapping.pes);
    result.writes_max = levelled.writes_per_cycle();
    result.cycles_per_turn = static_cast<double>(levelled.cycles);
    result.life_switches = endurance / result.writes_max * static_cast<double>(switches);
    result.life_days = life_days(endurance, result.writes_max, experiment.schedule.cycles_per_day);
    return result;
}

}  // namespace

void check_spares(const Experiment& experiment, const Mapping& mapping) {
    const auto& section = experiment.schedule.wear_levelling;
    if (!section) return;
    const std::string path = "schedule.wear_levelling.spare_pes";
    if (mapping.rounds > 1) refuse_config(path, "a network that takes the chip in rounds leaves no PE spare");
    const ChipStructure& chip = experiment.hardware.chip;
    const std::int64_t spare = std::int64_t{chip.tiles} * chip.pes_per_tile - mapping.pes;
    if (section->spare_pes > spare) {
        refuse_config(path, "the chip has " + std::to_string(spare) + " PEs beside the " + std::to_string(mapping.pes) +
                                " in use: keep fewer spare, or use more tiles");
    }
}

TaskScheduleResult cost_task_schedule(const Experiment& experiment, const std::string& method,
                                      const MethodContents& chip) {
    const ScheduleSection& schedule = experiment.schedule;
    TaskScheduleResult result;
    result.method = method;
    WearCounter wear(chip.mapping, experiment.hardware);
    double round_writes = 0.0;  // of the most-written cell, where every batch programs the rounds anew
    std::vector<SlotWeights> shared = left_by_cycle(experiment, chip);  // what lies on the arrays that tasks share
    std::size_t before = content_of(experiment, schedule.visits.back().task);
    for (const TaskVisit& visit : schedule.visits) {
        const std::size_t now = content_of(experiment, visit.task);
        result.inferences += visit.inferences;
        result.inference_energy += visit.inferences * chip.inference[now - 1].energy;
        if (const auto& rounds = chip.inference[now - 1].rounds) {
            const double images = rounds->images, batches = std::ceil(visit.inferences / images);
            round_writes += batches * static_cast<double>(rounds->writes_max);
            // The last batch of a visit may not be full, but programs all the rounds.
            result.inference_energy += (batches - visit.inferences / images) * rounds->programming_energy;
        }
        if (now != before) {
            const std::vector<SlotWeights> found =
                chip.residents.is_resident(now) ? slot_weights(chip.contents[now], chip.mapping.slots.size()) : shared;
            const SwitchResult cost = cost_switch(chip.mapping, experiment.hardware, chip.device, found,
                                                  chip.contents[now], chip.loads[now], {});
            ++result.switches;
            result.switch_energy += cost.energy;
            result.switch_time += cost.time;
            if (chip.mapping.rounds == 1) wear.add(found, after_switch(found, chip.contents[now]));
        }
        before = now;
        if (!chip.residents.is_resident(now)) shared = after_switch(shared, chip.contents[now]);
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
        if (schedule.wear_levelling) {
            result.levelled = level(experiment, chip, wear, shared, result.switches);
            // The mean holds over whole turns. Cells that do not live for one are sure of what they had without moves.
            if (experiment.hardware.cell.endurance < result.levelled->writes_max * result.levelled->cycles_per_turn) {
                result.levelled->life_switches = *result.life_switches;
                result.levelled->life_days = *result.life_days;
            }
            result.total_energy += result.cycles * result.levelled->moves_per_cycle * result.levelled->move_energy;
        }
    }
    return result;
}

}  // namespace remask
