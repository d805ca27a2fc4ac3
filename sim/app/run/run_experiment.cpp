#include "sim/app/run/run_experiment.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "mapping/break_even.h"
#include "models/methods/epochs.h"
#include "models/methods/method.h"
#include "sim/app/costing/round_costing.h"
#include "sim/app/costing/task_schedule.h"
#include "sim/app/run/bench.h"
#include "sim/app/run/describe_chip.h"
#include "sim/app/run/learned_run.h"
#include "sim/app/run/task_work.h"
#include "sim/app/settings/at_path.h"
#include "sim/app/settings/load_config.h"
#include "sim/app/version.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"
#include "sim/energy/energy_report.h"
#include "sim/hardware/config_fault.h"
#include "sim/report/writers.h"

namespace remask {

namespace {

/// The state of one method's arrays as the tasks pass over them.
struct MethodState {
    MethodChips chips;
    std::vector<ChipContent> contents;  ///< [0] the backbone, then one a task
    std::vector<SwitchLoad> loads;      ///< likewise
    std::optional<LearnedTask> last;    ///< of the task before

    /// Of the task that was learned last: networks grow from task to task and never shrink.
    const MethodChip& chip() const { return chips.of(last ? last->parameters.growth : 0); }
};

void cost_task(const Bench& bench, const MethodConfig& method, const MethodState& state,
               const std::vector<SlotActivity>& activities, const TaskParameters& learned, TaskResult& result) {
    const Experiment& experiment = bench.experiment();
    const std::size_t now = state.contents.size() - 1;
    const Network network = bench.classifier_on_crossbar() ? state.chip().network
                                                           : bench.network_of(method, result.classes, learned.growth);
    result.arrays = state.chip().mapping.arrays;
    for (const MappedSlot& slot : state.chip().mapping.slots) result.layers.push_back(slot.name);
    result.inference =
        cost_inference(state.chip().mapping, network, experiment.hardware, slot_masks(learned.masks), activities);
    add_rounds(result.inference, state.chip().mapping, network, experiment.hardware, bench.device(),
               state.contents[now], slot_masks(learned.masks), experiment.mapping.images_per_round.value_or(1));
}

/// Once all tasks' contents are known: the switch to each from the one before it, in one method's states.
void cost_switches(const Bench& bench, const MethodState& state, const ResidentTasks& residents, std::size_t m,
                   Results& results) {
    const Experiment& experiment = bench.experiment();
    const auto cost = [&](const ChipContent& from, std::size_t task, const SwitchLoad& load, const std::string& name) {
        return cost_switch(state.chip().mapping, experiment.hardware, bench.device(), from, state.contents[task], load,
                           name);
    };
    for (std::size_t task = 1; task < state.contents.size(); ++task) {
        TaskResult& result = results.tasks[(task - 1) * experiment.methods.size() + m];
        result.arrays += residents.extra_arrays();
        result.task_switch = cost(state.contents[residents.found_by(task, task - 1)], task, state.loads[task],
                                  task == 1 ? "backbone" : experiment.tasks[task - 2].name);
        result.energy_per_inference_with_switch = energy_per_inference(
            {result.task_switch.energy, result.inference.energy}, experiment.schedule.inferences_per_switch);
        if (!residents.is_resident(task)) continue;
        result.resident_programming =
            task < static_cast<std::size_t>(residents.copies())
                ? cost_switch(state.chip().mapping, experiment.hardware, bench.device(), ChipContent{},
                              residents.copy_of(state.contents[task]), {}, "erased")
                : cost(state.contents[0], task, {}, "backbone");
    }
}

SwitchMatrix switch_matrix(const Bench& bench, const MethodState& state, const ResidentTasks& residents) {
    const Experiment& experiment = bench.experiment();
    SwitchMatrix matrix;
    for (const TaskSection& task : experiment.tasks) matrix.tasks.push_back(task.name);
    for (std::size_t u = 0; u < state.contents.size(); ++u) {
        for (std::size_t v = 1; v < state.contents.size(); ++v) {
            const SwitchResult cost = cost_switch(state.chip().mapping, experiment.hardware, bench.device(),
                                                  state.contents[residents.found_by(v, u)], state.contents[v],
                                                  u == v ? SwitchLoad{} : state.loads[v], {});
            matrix.energy_j.push_back(cost.energy.si());
            matrix.time_s.push_back(cost.time.si());
            matrix.cells_written.push_back(cost.cells_written);
        }
    }
    return matrix;
}

/// Each method of a task against each other one.
void compare_methods(Results& results) {
    for (const TaskResult& a : results.tasks) {
        for (const TaskResult& b : results.tasks) {
            if (a.task != b.task || a.method == b.method) continue;
            const BreakEven point =
                break_even({a.task_switch.energy, a.inference.energy}, {b.task_switch.energy, b.inference.energy});
            results.break_even.push_back({a.task, a.method, b.method, point.inferences, point.words});
        }
    }
}

void add_performance(Results& results, std::int64_t backbone_images, double backbone_wall_s, double backbone_cpu_s) {
    double crossbar_images = static_cast<double>(backbone_images), crossbar_s = backbone_wall_s;
    double crossbar_cpu_s = backbone_cpu_s;
    double training_images = 0.0, training_s = 0.0;
    for (const TaskResult& task : results.tasks) {
        crossbar_images += static_cast<double>(task.test_images);
        crossbar_s += task.crossbar_wall_s;
        crossbar_cpu_s += task.crossbar_cpu_s;
        training_images += static_cast<double>(task.training.images);
        training_s += task.training.wall_s;
    }
    if (crossbar_s > 0.0) results.crossbar_images_per_s = crossbar_images / crossbar_s;
    if (crossbar_cpu_s > 0.0) results.crossbar_images_per_cpu_s = crossbar_images / crossbar_cpu_s;
    if (training_s > 0.0) results.training_images_per_s = training_images / training_s;
}

/// Absurd energies and times of a hardware file overflow doubles only here.
void require_finite(const Results& results) {
    bool finite = std::isfinite(results.backbone_inference.energy.si() + results.backbone_inference.latency.si() +
                                results.first_programming.energy.si() + results.first_programming.time.si());
    for (const TaskResult& task : results.tasks) {
        finite = finite && std::isfinite(task.inference.energy.si() + task.inference.latency.si() +
                                         task.task_switch.energy.si() + task.task_switch.time.si());
    }
    if (!finite) {
        refuse_config("hardware", "its energies or times overflow; look for a unit that is far off");
    }
}

/// `backbone_scales`: learned weights are quantised by the backbone's scales.
void warn_of_lost_accuracy(Results& results, bool backbone_scales) {
    std::vector<std::string> layers;
    std::vector<std::vector<ConverterUse>> backbone;
    for (const LayerResult& layer : results.layers) {
        layers.push_back(layer.name);
        backbone.push_back(layer.converters);
    }
    const auto check = [&](const std::string& what, const Accuracy& accuracy, const auto& names, const auto& converters,
                           bool rewritten = false) {
        if (!accuracy.float32 || !accuracy.crossbar || *accuracy.float32 - *accuracy.crossbar < 0.05) return;
        const std::string use = converter_words(names, converters);
        results.warnings.push_back(what +
                                   " loses more than 5 points on the crossbars; look at adc_bits, adc_range, "
                                   "active_rows and cell_bits" +
                                   (use.empty() ? "" : " (ADCs: " + use + ")") +
                                   (!rewritten ? ""
                                               : "; weights learned beyond a filter's largest in the backbone are cut "
                                                 "off: quantization.weight_scale: task fits the scales anew"));
    };
    check("the backbone", results.backbone_accuracy, layers, backbone);
    for (const TaskResult& task : results.tasks) {
        check("task " + task.task + " with " + task.method, task.accuracy, task.layers, task.converters,
              backbone_scales && task.task_switch.cells_written > 0);
    }
}

/// What method m has learned before the task at hand.
std::vector<const KeptTask*> so_far(const RunOutput& output, std::size_t m, std::size_t methods) {
    std::vector<const KeptTask*> learned;
    for (std::size_t i = m; i < output.learned.size(); i += methods) learned.push_back(&output.learned[i]);
    return learned;
}

std::string path_of(const char* list, std::size_t number) {
    return std::string(list) + "." + std::to_string(number);
}

/// An estimate reads no image, but a task must be one.
TaskImages without_images(const Bench& bench, const TaskSection& task) {
    const int classes = bench.classes_of(task.data);
    if (task.keep_classifier) check_kept_classifier(bench.backbone().network, classes);
    return {};
}

/// What an estimate's tasks stand for.
std::string assumed_words(const std::optional<AssumeSection>& assume, const LearnedRun* learned) {
    if (learned)
        return "nothing is learned in an estimate: the tasks' parameters are those in " + learned->file().string();
    if (!assume) return "nothing is learned in an estimate: every mask entry is taken as at the start";
    return "nothing is learned in an estimate: a share of " + shortest(assume->masked_share) +
           " of the mask entries, or of the weights that are trained, is drawn to differ from the backbone "
           "(assume.masked_share; what that means for a method: docs/methods.md, Estimates without learning)";
}

/// Learning method `method` on a task ran off to infinity.
struct MethodDiverged {
    std::size_t method = 0;
    std::string task, why;
};

/// One pass over all tasks with all methods, measured or estimated. `numbers`: those that the experiment's methods have
/// in its file.
class ExperimentRun {
public:
    ExperimentRun(const Experiment& experiment, const std::vector<std::size_t>& numbers,
                  const RunEnvironment& environment)
        : experiment_(experiment),
          numbers_(numbers),
          measured_(environment.store != nullptr),
          bench_(experiment, environment),
          work_(bench_) {
        if (!measured_) check_chip(bench_, BufferCheck::by_schedule);
    }

    /// Throws MethodDiverged. Called once.
    RunOutput run() {
        const BackboneMeasurement backbone = work_.measure_backbone();
        describe_backbone(backbone);
        set_up_methods();
        for (std::size_t t = 0; t < experiment_.tasks.size(); ++t) adapt_to(t);
        for (std::size_t m = 0; m < states_.size(); ++m) cost_sequence(m);
        Results& results = output_.results;
        if (!measured_ && !results.tasks.empty()) {
            results.warnings.push_back(assumed_words(experiment_.assume, bench_.environment().learned));
        }
        require_finite(results);
        compare_methods(results);
        summarise_sequences(results);
        add_performance(results, backbone.images, backbone.wall_s, backbone.cpu_s);
        warn_of_lost_accuracy(results, experiment_.quantization.weight_scale == WeightScale::backbone);
        return std::move(output_);
    }

private:
    void describe_backbone(const BackboneMeasurement& backbone) {
        const ChipContent programmed = backbone_content(bench_.backbone().network, bench_.chip().mapping);
        ChipDescription description =
            describe_chip(experiment_, bench_.backbone().network, bench_.mapped_network(), bench_.chip().mapping,
                          bench_.device(), programmed, backbone.activities, bench_.environment().trace);
        Results& results = output_.results;
        results = std::move(description.results);
        results.threads = bench_.environment().pool.threads();
        output_.schedules = std::move(description.schedules);
        results.backbone_accuracy = backbone.accuracy;
        results.backbone_integer_accuracy = backbone.integer_accuracy;
        results.backbone_equals_integer = backbone.equals_integer;
        results.backbone_test_images = backbone.images;
        for (std::size_t slot = 0; slot < backbone.adc_windows.size(); ++slot) {
            results.layers[slot].adc_windows = backbone.adc_windows[slot];
        }
        for (std::size_t slot = 0; slot < backbone.converters.size(); ++slot) {
            results.layers[slot].converters = backbone.converters[slot];
        }
        results.first_programming = cost_switch(bench_.chip().mapping, experiment_.hardware, bench_.device(),
                                                ChipContent{}, programmed, {}, "erased");
    }

    void set_up_methods() {
        for (std::size_t m = 0; m < experiment_.methods.size(); ++m) {
            const MethodConfig& method = experiment_.methods[m];
            MethodChips chips = at_path(path_of("methods", numbers_[m]), [&] { return MethodChips(bench_, method); });
            check_spares(experiment_, chips.largest().mapping);
            ChipContent content =
                backbone_content(bench_.network_of(method, bench_.backbone().network.classes()), chips.of(0).mapping);
            if (measured_ || bench_.environment().learned) output_.settings[method.name()] = settings_of(method);
            states_.push_back({std::move(chips), {std::move(content)}, {SwitchLoad{}}, {}});
        }
    }

    ChipContent backbone_content(const Network& network, const Mapping& mapping) const {
        const ParameterMap& parameters = bench_.backbone().parameters;
        return chip_content(network, parameters, parameters, mapping, bench_.quantization());
    }

    /// All methods learn task t.
    void adapt_to(std::size_t t) {
        const TaskSection& task = experiment_.tasks[t];
        const TaskImages images = at_path(
            path_of("tasks", t), [&] { return measured_ ? bench_.images_of(task) : without_images(bench_, task); });
        tests_.push_back(images.test);
        for (std::size_t m = 0; m < experiment_.methods.size(); ++m) {
            learn(task, images, m);
            add_task(m);
        }
    }

    void learn(const TaskSection& task, const TaskImages& images, std::size_t m) {
        MethodState& state = states_[m];
        try {
            state.last = at_path(path_of("methods", numbers_[m]), [&] {
                return work_.learn(task, images, experiment_.methods[m], state.chips,
                                   state.last ? &*state.last : nullptr);
            });
        } catch (const TrainingDiverged& error) {
            throw MethodDiverged{m, task.name, error.diagnostics().front().message};
        }
    }

    /// What method m has just learned: its place on the chip, and its row of the results.
    void add_task(std::size_t m) {
        const MethodConfig& method = experiment_.methods[m];
        MethodState& state = states_[m];
        const LearnedTask& learned = *state.last;
        const TaskParameters& parameters = learned.parameters;
        TaskResult result = learned.result;
        state.contents.push_back(chip_content(bench_.network_of(method, result.classes, parameters.growth),
                                              bench_.backbone().parameters, parameters.on_chip, state.chip().mapping,
                                              bench_.quantization_of(method)));
        state.loads.push_back({parameters.mask_bits - parameters.new_weight_bits, parameters.constants_bits});
        cost_task(bench_, method, state, learned.activities, parameters, result);
        if (measured_) {
            result.retained = work_.retained(method, so_far(output_, m, states_.size()), parameters, tests_);
        }
        output_.learned.push_back({learned.file, learned.group, learned.file.empty() ? parameters : TaskParameters{}});
        output_.results.tasks.push_back(std::move(result));
    }

    /// Once method m's tasks are all known: the switches between them, and the schedule of their turns.
    void cost_sequence(std::size_t m) {
        MethodState& state = states_[m];
        for (ChipContent& content : state.contents) content.resize(state.chip().mapping.slots.size());
        const std::string name = experiment_.methods[m].name();
        const auto& levelling = experiment_.schedule.wear_levelling;
        const ResidentTasks residents(state.chip().mapping, experiment_.hardware, state.contents,
                                      experiment_.mapping.resident_tasks, levelling ? levelling->spare_pes : 0);
        cost_switches(bench_, state, residents, m, output_.results);
        output_.switches[name] = switch_matrix(bench_, state, residents);
        if (experiment_.schedule.visits.empty()) return;
        MethodContents contents{state.chip().mapping, bench_.device(), state.contents, state.loads, {}, residents};
        for (std::size_t task = 0; task < experiment_.tasks.size(); ++task) {
            contents.inference.push_back(output_.results.tasks[task * states_.size() + m].inference);
        }
        output_.results.task_schedules.push_back(cost_task_schedule(experiment_, name, contents));
    }

    const Experiment& experiment_;
    const std::vector<std::size_t>& numbers_;
    bool measured_;
    Bench bench_;
    TaskWork work_;
    std::vector<MethodState> states_;    // by method
    std::vector<LabelledImages> tests_;  // of the tasks so far
    RunOutput output_;
};

}  // namespace

/// A method that diverges is left out and the rest begun again: what that has learned lies in the store.
RunOutput run_experiment(const Experiment& experiment, const RunEnvironment& environment) {
    Experiment rest = experiment;
    std::vector<std::size_t> numbers(experiment.methods.size());
    std::iota(numbers.begin(), numbers.end(), std::size_t{0});
    std::vector<DivergedMethod> diverged;
    for (;;) {
        try {
            RunOutput output = ExperimentRun(rest, numbers, environment).run();
            output.results.diverged = std::move(diverged);
            return output;
        } catch (const MethodDiverged& fault) {
            diverged.push_back({rest.methods[fault.method].name(), fault.task, fault.why});
            environment.progress.message(diverged_words(diverged.back()));
            if (rest.methods.size() == 1) refuse_diverged(diverged);
            rest.methods.erase(rest.methods.begin() + static_cast<std::ptrdiff_t>(fault.method));
            numbers.erase(numbers.begin() + static_cast<std::ptrdiff_t>(fault.method));
        }
    }
}

void refuse_diverged(const std::vector<DivergedMethod>& diverged) {
    std::vector<Diagnostic> faults;
    for (const DivergedMethod& method : diverged) faults.push_back({{}, {}, diverged_words(method)});
    if (!faults.empty()) throw RunError(std::move(faults));
}

RunOutput estimate_experiment(const Experiment& experiment, const RunEnvironment& environment) {
    std::vector<std::size_t> numbers(experiment.methods.size());
    std::iota(numbers.begin(), numbers.end(), std::size_t{0});
    const RunEnvironment without_store{environment.folders,  nullptr,           environment.pool,
                                       environment.progress, environment.trace, environment.learned};
    return ExperimentRun(experiment, numbers, without_store).run();
}

}  // namespace remask
