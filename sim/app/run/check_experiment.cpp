// What can be found wrong before anything is learned or written.
#include <algorithm>

#include "mapping/task_switch.h"
#include "models/data/image_set.h"
#include "sim/app/costing/costing.h"
#include "sim/app/costing/task_schedule.h"
#include "sim/app/run/bench.h"
#include "sim/app/run/describe_chip.h"
#include "sim/app/run/run_experiment.h"
#include "sim/app/settings/at_path.h"
#include "sim/hardware/config_fault.h"
#include "sim/schedule/rounds_time.h"

namespace remask {

namespace {

/// Class by class: the classifier's answers mean the classes that it was trained on, in their order.
void check_class_names(const Model& backbone, const Dataset& data, const std::string& path) {
    const std::vector<std::string>& known = backbone.class_names;
    if (data.class_names.size() != known.size()) return;  // one side names none
    for (std::size_t i = 0; i < known.size(); ++i) {
        if (data.class_names[i] == known[i]) continue;
        refuse_config(path, "class " + std::to_string(i) + " is '" + data.class_names[i] +
                                "' here, but the backbone's classifier was trained to call it '" + known[i] +
                                "'; choose the classes it was trained on, in their order");
    }
}

/// Photographs are not read: that they can be decoded shows when they are.
void check_shape(const Bench& bench, const Dataset& data, const DataSelection& selection, Resize resize,
                 const std::string& path) {
    const Network& network = bench.backbone().network;
    at_path(path, [&] {
        if (!data.files.empty()) {
            image_set(data, selection, network, resize);
        } else if (data.count() > 0) {
            prepare_images(data, network, resize, 0, 1);
        }
    });
}

Dataset load(const Bench& bench, const DataSelection& selection, Split split, const std::string& path) {
    const RunEnvironment& environment = bench.environment();
    return read_at_path(path,
                        [&] { return load_dataset(selection, split, environment.folders, bench.experiment().seed); });
}

void require_data(const Experiment& experiment) {
    if (!lacks_data(experiment)) return;
    refuse_config("backbone.data",
                  "is missing, but this hardware's energy depends on the data (cell.read_model: physics or "
                  "skip_zero_inputs): name those that the backbone was trained on");
}

void check_backbone_data(const Bench& bench) {
    const Experiment& experiment = bench.experiment();
    const std::string path = "backbone.data";
    require_data(experiment);
    if (!experiment.backbone.data) return;
    const Dataset test = load(bench, *experiment.backbone.data, Split::test, path);
    check_backbone_classes(bench.backbone(), test.classes);
    if (!experiment.backbone.data->photographs()) check_class_names(bench.backbone(), test, path);
    check_shape(bench, test, *experiment.backbone.data, Resize::bilinear, path);
    const bool own = experiment.backbone.calibration.has_value();
    const std::string calibration_path = own ? "backbone.calibration" : path;
    const DataSelection selection = experiment.backbone.calibration.value_or(*experiment.backbone.data);
    const Dataset calibration = load(bench, selection, Split::train, calibration_path);
    check_shape(bench, calibration, selection, Resize::bilinear, calibration_path);
}

void check_task(const Bench& bench, const TaskSection& task, const std::string& path) {
    const std::string of_data = path + ".data";
    const Dataset measured = load(bench, task.data, bench.measured_split(), of_data);
    if (measured.count() == 0) {
        refuse_config(of_data,
                      "leave no image to measure task '" + task.name + "' on; raise validation_share, or train_limit");
    }
    const Dataset train = load(bench, task.data, Split::train, of_data);
    if (train.count() < 2) {
        refuse_config(of_data, "leave " + std::to_string(train.count()) + " training images of task '" + task.name +
                                   "', too few to learn from; raise train_limit or train_share_of_test, or lower "
                                   "validation_share");
    }
    check_shape(bench, train, task.data, task.resize, path);
    if (!task.keep_classifier) return;
    const std::string keep = path + ".keep_classifier";
    at_path(keep, [&] { check_kept_classifier(bench.backbone().network, train.classes); });
    if (!task.data.photographs()) check_class_names(bench.backbone(), train, keep);
}

/// The network's arrays are on the chip; so must be the rows of images that its layers need at a time.
void check_buffers(const Network& network, const Mapping& mapping, const Hardware& hardware) {
    if (!hardware.chip.buffer_capacity) return;
    schedule_rounds(mapping, network, hardware, round_times(mapping, network, hardware));
}

/// Whatever the images: which actions are counted does not depend on them.
void check_energies(const Network& network, const Mapping& mapping, const Hardware& hardware) {
    cost_inference(mapping, network, hardware, {}, std::vector<SlotActivity>(mapping.slots.size()));
}

/// False where it takes data that are not there to say how wide a classifier on arrays is.
bool check_backbone_and_methods(const Experiment& experiment, const RunEnvironment& environment) {
    try {
        check_chip(Bench(experiment, environment));
    } catch (const InputError& error) {
        const std::vector<Diagnostic>& faults = error.diagnostics();
        if (std::any_of(faults.begin(), faults.end(), [](const Diagnostic& f) { return f.path == "backbone.model"; })) {
            throw;
        }
        return false;
    }
    return true;
}

}  // namespace

bool lacks_data(const Experiment& experiment) {
    return needs_activity(experiment.hardware) && !experiment.backbone.network && !experiment.backbone.data;
}

void check_network(const MappedNetwork& mapped, const Experiment& experiment) {
    const Hardware& hardware = experiment.hardware;
    FoundFaults faults;
    faults.of([&] { assumed_activities(experiment, mapped.mapping.slots.size()); });
    faults.of([&] { check_energies(mapped.network, mapped.mapping, hardware); });
    if (mapped.mapping.rounds > 1) faults.of([&] { check_write_energies(hardware); });
    faults.of([&] { check_buffers(mapped.network, mapped.mapping, hardware); });
    faults.tell();
}

void check_chip(const Bench& bench, BufferCheck buffers) {
    const Experiment& experiment = bench.experiment();
    const Hardware& hardware = experiment.hardware;
    FoundFaults faults;
    faults.of([&] { check_energies(bench.mapped_network(), bench.chip().mapping, hardware); });
    faults.of([&] { check_write_energies(hardware); });
    if (buffers == BufferCheck::now) {
        faults.of([&] { check_buffers(bench.mapped_network(), bench.chip().mapping, hardware); });
    }
    for (std::size_t m = 0; m < experiment.methods.size(); ++m) {
        const MethodConfig& method = experiment.methods[m];
        faults.of([&] { at_path("methods." + std::to_string(m), [&] { bench.check_method(method); }); });
        faults.of([&] { check_spares(experiment, bench.chip_for(method, most_growth(method)).mapping); });
    }
    faults.tell();
}

bool check_room(const Experiment& experiment, const RunEnvironment& environment) {
    if (experiment.backbone.network) {
        check_network(map_experiment(experiment), experiment);
        return true;
    }
    FoundFaults faults;
    if (!experiment.assume) faults.of([&] { require_data(experiment); });  // with it, an estimate needs none
    bool known = std::filesystem::exists(experiment.backbone.model);
    if (known) faults.of([&] { known = check_backbone_and_methods(experiment, environment); });
    faults.tell();
    return known;
}

void check_experiment(const Experiment& experiment, const RunEnvironment& environment) {
    const Bench bench(experiment, environment);
    FoundFaults faults;
    faults.of([&] { check_chip(bench); });
    faults.of([&] { check_backbone_data(bench); });
    for (std::size_t i = 0; i < experiment.tasks.size(); ++i) {
        faults.of([&] { check_task(bench, experiment.tasks[i], "tasks." + std::to_string(i)); });
    }
    faults.tell();
}

}  // namespace remask
