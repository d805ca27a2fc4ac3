#include "sim/app/run/task_work.h"

#include <cmath>

#include "models/methods/epochs.h"
#include "models/methods/learn.h"
#include "models/methods/method.h"
#include "sim/app/run/describe_chip.h"
#include "sim/app/run/kept_task.h"
#include "sim/app/run/learned_run.h"
#include "sim/app/run/program_crossbars.h"
#include "sim/app/settings/load_config.h"
#include "sim/base/files.h"
#include "sim/base/progress.h"
#include "sim/base/random.h"
#include "sim/hardware/config_fault.h"

namespace remask {

namespace {

// A change of how learning or measuring works changes these, so that old stores are not taken for new results.
constexpr const char* learning_version = "learning 6\n";
constexpr const char* measuring_version = "measuring 4\n";

/// What a method may learn by: rows always, since columns and row groups follow them; which columns share an array only
/// where it looks at that.
std::string geometry_key(const std::vector<CrossbarGeometry>& geometry, const MethodConfig& method) {
    const bool by_arrays = find_method(method.method)->depends_on_arrays;
    std::string key;
    for (const CrossbarGeometry& g : geometry) {
        key += std::to_string(g.rows) + "x" + std::to_string(g.columns) + "/" + std::to_string(g.rows_per_tile) + "/" +
               std::to_string(g.active_rows);
        if (by_arrays) key += "/" + std::to_string(g.logical_columns_per_array);
        key += ";";
    }
    return key + "\n";
}

/// Of mask entries, in an estimate. Nothing need be assumed where a task costs the same whatever it has learned.
double assumed_share(const Experiment& experiment, const MethodConfig& method) {
    if (experiment.assume) return experiment.assume->masked_share;
    if (cost_depends_on_learning(method)) {
        refuse_config("assume", "is missing: what '" + method.name() +
                                    "' costs depends on what is learned, and 'remask estimate' learns nothing; say how "
                                    "much differs from the backbone with 'assume: {masked_share: 0.3}', or name a run "
                                    "that has learned it with --learned");
    }
    return 0.0;
}

}  // namespace

std::string work_versions() {
    return std::string(learning_version) + measuring_version;
}

bool TaskWork::needs_activity() const {
    return remask::needs_activity(bench_.experiment().hardware);
}

std::optional<Gating> TaskWork::read_gating() const {
    if (!needs_activity()) return std::nullopt;
    return bench_.experiment().hardware.periphery.gating;
}

std::string TaskWork::measure_key(const std::vector<CrossbarParameters>& crossbar, const LabelledImages& calibration,
                                  const LabelledImages& test) const {
    std::string key = measuring_version;
    for (const CrossbarParameters& slot : crossbar) key += plain_yaml(slot);
    // Of a device without effects only the rounding counts: that of conductances which wires change.
    const DeviceParameters& device = bench_.device();
    key += device.changes_anything() ? plain_yaml(device) : std::to_string(device.conductance_fraction_bits) + "\n";
    const std::optional<Gating> gating = read_gating();
    return key + plain_yaml(bench_.experiment().quantization) + std::string(word_of(bench_.experiment().classifier)) +
           "\n" + calibration.hash + "\n" + test.hash + "\n" +
           (gating ? "cell reads, " + std::string(word_of(*gating)) + "\n" : "") +
           plain_yaml(bench_.experiment().report);
}

Measurement TaskWork::measured(const std::string& what, const std::string& key, const MeasureInput& input) const {
    const RunEnvironment& environment = bench_.environment();
    const auto file = environment.store->obtain("measured", key, ".json", [&](const std::filesystem::path& path) {
        environment.progress.message("measure " + what);
        write_file(path, to_json(measure(input, environment.pool, environment.progress)));
    });
    return measurement_of_json(read_file(file), file.string());
}

Measurement TaskWork::measured_or_diverged(const std::string& what, const std::string& key,
                                           const MeasureInput& input) const {
    try {
        return measured(what, key, input);
    } catch (const ValuesOverflow&) {
        throw TrainingDiverged(
            "training diverged: what was learned is finite, but the network's values overflow with "
            "it; lower learning_rate");
    }
}

BackboneMeasurement TaskWork::measure_backbone() const {
    BackboneMeasurement result;
    const Experiment& experiment = bench_.experiment();
    if (bench_.environment().store == nullptr) {
        result.activities = assumed_activities(experiment, bench_.chip().mapping.slots.size());
        return result;
    }
    if (!experiment.backbone.data) {
        return result;
    }
    const DataSelection& data = *experiment.backbone.data;
    const LabelledImages test = bench_.images_of(data, Split::test, Resize::bilinear);
    const LabelledImages calibration =
        bench_.images_of(experiment.backbone.calibration.value_or(data), Split::train, Resize::bilinear);
    check_backbone_classes(bench_.backbone(), test.classes);
    const ParameterMap& parameters = bench_.backbone().parameters;
    const std::vector<LayerMask> no_masks;
    const MeasureInput input{bench_.backbone().network,
                             parameters,
                             parameters,
                             parameters,
                             no_masks,
                             bench_.chip().crossbar,
                             bench_.device(),
                             bench_.quantization(),
                             bench_.classifier_on_crossbar(),
                             calibration,
                             experiment.quantization.calibration_images,
                             test,
                             true,
                             read_gating(),
                             {},
                             experiment.report.converter_images};
    const Measurement measurement = measured(
        "backbone",
        "backbone " + bench_.backbone_hash() + "\n" + measure_key(bench_.chip().crossbar, calibration, test), input);
    result.accuracy = {measurement.float_accuracy, measurement.crossbar_accuracy};
    result.integer_accuracy = measurement.integer_accuracy;
    result.equals_integer = measurement.crossbar_equals_integer;
    result.images = measurement.images;
    result.wall_s = measurement.crossbar_wall_s;
    result.cpu_s = measurement.crossbar_cpu_s;
    result.adc_windows = measurement.adc_windows;
    result.activities = measurement.activities;
    result.converters = measurement.converters;
    return result;
}

void TaskWork::learn_parameters(const TaskSection& task, const TaskImages& images, const MethodConfig& method,
                                const MethodChip& chip, const LearnedTask* previous, LearnedTask& learned) const {
    const RunEnvironment& environment = bench_.environment();
    const Experiment& experiment = bench_.experiment();
    LearningInput input{bench_.backbone().network, bench_.backbone().parameters, images.train.images,
                        images.train.labels};
    input.classes = environment.store ? images.train.classes : bench_.classes_of(task.data);
    input.geometry = bench_.geometry_for(chip, input.classes);
    input.classifier_on_crossbar = bench_.classifier_on_crossbar();
    input.weight_bits = experiment.hardware.crossbar.weight_bits;
    input.augmentation = task.augmentation;
    input.seed = experiment.seed;
    if (previous != nullptr && is_sequential(method)) input.previous = &previous->parameters;
    input.keep_classifier = task.keep_classifier;
    input.quantization = bench_.quantization_of(method);
    input.calibration_images = experiment.quantization.calibration_images;
    const std::vector<LayerMask> no_masks;
    input.program_chip = [&](const QuantizedNetwork& network, std::span<const float> calibration, int count) {
        return learning_chip(
            program_crossbars(network, no_masks, chip.crossbar, bench_.device(), calibration, count, environment.pool));
    };
    if (environment.store == nullptr) {
        input.seed = RandomStream(experiment.seed, "assumed task " + task.name).bits();  // each a mask of its own
        learned.parameters = assume_task(method, input, assumed_share(experiment, method));
        return;
    }
    learned.file = environment.store->obtain("learned", learned.key, ".h5", [&](const std::filesystem::path& path) {
        environment.progress.message("learn " + task.name + " with " + method.name());
        save_learned(path, learn_task(method, input, environment.pool, environment.progress));
    });
    learned.group = saved_task;
    learned.parameters = load_learned(learned.file, learned.group);
}

void TaskWork::recall_parameters(const TaskSection& task, const MethodConfig& method, const MethodChips& chips,
                                 LearnedTask& learned) const {
    const LearnedRun& run = *bench_.environment().learned;
    learned.file = run.file();
    learned.group = run.group(task.name, method.name(), settings_of(method));
    learned.parameters = load_learned(learned.file, learned.group);
    const std::string origin = learned.file.string() + ": " + learned.group;
    const int growth = learned.parameters.growth, classes = bench_.classes_of(task.data);
    if (growth < 0 || growth > most_growth(method)) {
        throw InputError(origin + ": the network has grown by " + std::to_string(growth) + " steps, method " +
                         method.name() + " grows by " + std::to_string(most_growth(method)) + " at most");
    }
    const Network network = bench_.network_of(method, classes, growth);
    check_learned(learned.parameters,
                  {method, classes, network, bench_.backbone().parameters, chips.of(growth).mapping,
                   bench_.experiment().hardware.crossbar.weight_bits},
                  origin);
}

std::string TaskWork::learned_key(const TaskSection& task, const LabelledImages& images, const MethodConfig& method,
                                  const MethodChip& chip, const LearnedTask* previous) const {
    const Experiment& experiment = bench_.experiment();
    std::string key = learning_version + bench_.backbone_hash() + "\n" + plain_yaml(task) + plain_yaml(method) +
                      geometry_key(chip.geometry, method) + std::string(word_of(experiment.classifier)) + " " +
                      std::to_string(experiment.hardware.crossbar.weight_bits) + " " + std::to_string(experiment.seed) +
                      "\n" + images.hash + "\n";
    if (method.learn.on == LearningPlace::crossbar) key += measure_key(chip.crossbar, images, images);
    if (previous != nullptr && is_sequential(method)) key += "after " + hash_text(previous->key) + "\n";
    return key;
}

LearnedTask TaskWork::learn(const TaskSection& task, const TaskImages& images, const MethodConfig& method,
                            const MethodChips& chips, const LearnedTask* previous) const {
    LearnedTask learned;
    learned.key = learned_key(task, images.train, method, chips.largest(), previous);
    if (bench_.environment().learned != nullptr) {
        recall_parameters(task, method, chips, learned);
    } else {
        learn_parameters(task, images, method, chips.largest(), previous, learned);
    }
    const TaskParameters& parameters = learned.parameters;
    TaskResult& result = learned.result;
    result.task = task.name;
    result.method = method.name();
    result.classes = parameters.classes;
    result.train_images = images.train.count();
    result.test_images = images.test.count();
    result.granularity = word_of(parameters.granularity);
    result.realisation = word_of(parameters.realisation);
    if (most_growth(method) > 0) {
        const double size = network_sizes(method)[static_cast<std::size_t>(parameters.growth)];
        result.growth = {parameters.growth, size, std::sqrt(size)};
    }
    result.mask_bits = parameters.mask_bits;
    result.bits_per_weight = parameters.bits_per_weight;
    result.constants_bits = parameters.constants_bits;
    result.training = {static_cast<std::int64_t>(parameters.training.macs), parameters.training.peak_activation_bytes,
                       parameters.training.images, parameters.training.epochs, parameters.training.wall_s};
    if (bench_.environment().store == nullptr) {
        learned.activities = assumed_activities(bench_.experiment(), chips.of(parameters.growth).mapping.slots.size());
    } else {
        measure_task(task, images, method, chips.of(parameters.growth), learned);
    }
    return learned;
}

void TaskWork::measure_task(const TaskSection& task, const TaskImages& images, const MethodConfig& method,
                            const MethodChip& chip, LearnedTask& learned) const {
    const TaskParameters& parameters = learned.parameters;
    ParameterMap reference = bench_.backbone().parameters;
    const std::string classifier = bench_.backbone().network.layers.back().name;
    reference[classifier + ".weight"] = parameters.on_chip.at(classifier + ".weight");
    reference[classifier + ".bias"] = parameters.on_chip.at(classifier + ".bias");
    const Network network = bench_.network_of(method, parameters.classes, parameters.growth);
    const MeasureInput input{network,
                             reference,
                             parameters.effective,
                             parameters.on_chip,
                             parameters.masks,
                             chip.crossbar,
                             bench_.device(),
                             bench_.quantization_of(method),
                             bench_.classifier_on_crossbar(),
                             images.train,
                             bench_.experiment().quantization.calibration_images,
                             images.test,
                             false,
                             read_gating(),
                             parameters.input_scales,
                             bench_.experiment().report.converter_images};
    const Measurement measurement =
        measured_or_diverged(task.name + " with " + method.name(),
                             learned.key + measure_key(chip.crossbar, images.train, images.test), input);
    TaskResult& result = learned.result;
    result.accuracy = {measurement.float_accuracy, measurement.crossbar_accuracy};
    result.confusion = measurement.confusion;
    result.adc_windows = measurement.adc_windows;
    result.conversions_simulated = measurement.statistics.conversions_simulated;
    result.conversions_proved_exact = measurement.statistics.conversions_proved_exact;
    result.conversions_clipped = measurement.statistics.conversions_clipped;
    result.crossbar_wall_s = measurement.crossbar_wall_s;
    result.crossbar_cpu_s = measurement.crossbar_cpu_s;
    result.converters = measurement.converters;
    learned.activities = measurement.activities;
}

}  // namespace remask
