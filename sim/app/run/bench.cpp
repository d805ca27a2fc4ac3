#include "sim/app/run/bench.h"

#include <algorithm>
#include <system_error>

#include "models/data/catalogue.h"
#include "models/methods/method.h"
#include "models/network/model_file.h"
#include "sim/app/costing/costing.h"
#include "sim/app/settings/at_path.h"
#include "sim/device/level_errors.h"
#include "sim/hardware/config_fault.h"

namespace remask {

namespace {

std::string hash_of(const Dataset& dataset) {
    std::string bytes(dataset.pixels.begin(), dataset.pixels.end());
    for (const int label : dataset.labels) bytes += std::to_string(label) + ",";
    return hash_text(bytes + std::to_string(dataset.shape.channels) + "x" + std::to_string(dataset.shape.height) + "x" +
                     std::to_string(dataset.shape.width));
}

/// Names, sizes and dates of the files and how they are cut: reading all of them would take longer than it saves.
std::string hash_of_files(const Dataset& dataset, const DataSelection& selection) {
    std::string text = std::string(word_of(selection.view)) + " " + std::to_string(selection.shorter_side) + "\n";
    for (std::size_t i = 0; i < dataset.files.size(); ++i) {
        const std::filesystem::path& file = dataset.files[i];
        std::error_code ignored;
        const auto changed = std::filesystem::last_write_time(file, ignored).time_since_epoch().count();
        text += file.string() + " " + std::to_string(std::filesystem::file_size(file, ignored)) + " " +
                std::to_string(changed) + " " + std::to_string(dataset.labels[i]) + "\n";
    }
    return hash_text(text);
}

Model model_of(const BackboneSection& backbone) {
    if (backbone.network) refuse_config("backbone.network", "has no weights; a run needs 'backbone.model'");
    return read_at_path("backbone.model", [&] { return load_model(backbone.model); });
}

}  // namespace

void check_backbone_classes(const Model& backbone, int classes) {
    if (classes == backbone.network.classes()) return;
    refuse_config("backbone.data", "has " + std::to_string(classes) + " classes, but the backbone's classifier " +
                                       std::to_string(backbone.network.classes()) +
                                       "; choose the classes it was trained on");
}

Bench::Bench(const Experiment& experiment, const RunEnvironment& environment)
    : experiment_(experiment),
      environment_(environment),
      backbone_(model_of(experiment.backbone)),
      backbone_hash_(hash_file(experiment.backbone.model)),
      device_(with_level_errors(experiment.hardware.device, experiment.hardware.crossbar.cell_bits)),
      mapped_network_(backbone_.network) {
    if (!device_.seed) device_.seed = experiment.seed;
    if (device_.adc_errors) device_.adc_errors->adcs_per_array = experiment.hardware.periphery.adcs_per_array;
    if (classifier_on_crossbar()) {
        int classes = backbone_.network.classes();
        for (const TaskSection& task : experiment.tasks) classes = std::max(classes, classes_of(task.data));
        mapped_network_ = task_network(backbone_.network, classes);
    }
    chip_ = make_chip(mapped_network_, {});
}

QuantizationOptions Bench::quantization() const {
    QuantizationOptions options;
    options.weight_bits = experiment_.hardware.crossbar.weight_bits;
    options.input_bits = experiment_.hardware.crossbar.input_bits;
    options.activation_range = experiment_.quantization.activation_range;
    options.activation_percentile = experiment_.quantization.activation_percentile;
    options.fit_weight_scale = experiment_.quantization.weight_scale == WeightScale::task;
    return options;
}

QuantizationOptions Bench::quantization_of(const MethodConfig& method) const {
    QuantizationOptions options = quantization();
    options.fit_weight_scale = options.fit_weight_scale || fits_weight_scale(method);
    return options;
}

MethodChip Bench::make_chip(const Network& network, const std::vector<int>& active_rows) const {
    MethodChip chip;
    chip.network = network;
    chip.mapping =
        map_network(network, experiment_.hardware, experiment_.mapping, classifier_on_crossbar(), active_rows);
    for (const MappedSlot& slot : chip.mapping.slots) {
        CrossbarParameters parameters = experiment_.hardware.crossbar;
        parameters.active_rows = slot.geometry.active_rows;
        chip.crossbar.push_back(parameters);
        chip.geometry.push_back(slot.geometry);
    }
    return chip;
}

MethodChip Bench::chip_for(const MethodConfig& method, int growth) const {
    if (growth > 0 && classifier_on_crossbar()) {
        refuse_config("classifier", "method " + method.name() +
                                        " can grow, and a classifier that reads more features with every step does not "
                                        "fit the arrays of the smaller one; write digital, or grow: false");
    }
    const Network network = network_of(method, mapped_network_.classes(), growth);
    const bool added = network.layers.size() != mapped_network_.layers.size();
    const MethodChip plain = added ? make_chip(network, {}) : chip_;
    std::vector<int> active_rows;
    bool differs = false;
    for (const MappedSlot& slot : plain.mapping.slots) {
        const bool classifier = slot.layer + 1 == static_cast<int>(network.layers.size());
        const auto wanted = classifier ? std::nullopt : required_active_rows(method, slot.kernel_size);
        active_rows.push_back(wanted.value_or(slot.geometry.active_rows));
        differs = differs || active_rows.back() != slot.geometry.active_rows;
    }
    MethodChip chip = differs ? make_chip(network, active_rows) : plain;
    if (growth > 0 && chip.mapping.rounds > 1) {
        refuse_config("mapping.images_per_round", "method " + method.name() +
                                                      " can grow, which needs the whole network on the chip at once; "
                                                      "use more tiles, or write grow: false");
    }
    return chip;
}

MethodChips::MethodChips(const Bench& bench, const MethodConfig& method) {
    for (int growth = 0; growth <= most_growth(method); ++growth) chips_.push_back(bench.chip_for(method, growth));
}

void Bench::check_method(const MethodConfig& method) const {
    const MethodChip chip = chip_for(method, most_growth(method));
    LearningInput input{backbone_.network, backbone_.parameters, {}, {}};
    input.classes = 2;
    input.geometry = geometry_for(chip, input.classes);
    input.classifier_on_crossbar = classifier_on_crossbar();
    input.weight_bits = experiment_.hardware.crossbar.weight_bits;
    const TaskParameters task = assume_task(method, input, 0.0);  // checks the geometry, and learns nothing
    cost_inference(chip.mapping, chip.network, experiment_.hardware, slot_masks(task.masks),
                   std::vector<SlotActivity>(chip.mapping.slots.size()));  // refuses energies that are missing
}

std::vector<CrossbarGeometry> Bench::geometry_for(const MethodChip& chip, int classes) const {
    std::vector<CrossbarGeometry> geometry = chip.geometry;
    if (classifier_on_crossbar()) {
        geometry.back() = geometry_of(chip.crossbar.back(), geometry.back().rows, classes, 1);
    }
    return geometry;
}

int Bench::classes_of(const DataSelection& selection) const {
    if (!selection.classes.empty()) return static_cast<int>(selection.classes.size());
    const data::CatalogueEntry* entry = data::find_entry(selection.dataset);
    if (entry != nullptr && entry->classes(selection) > 0) return entry->classes(selection);
    return load_dataset(selection, Split::test, environment_.folders, experiment_.seed).classes;
}

LabelledImages Bench::images_of(const DataSelection& selection, Split split, Resize resize) const {
    const Dataset dataset = load_dataset(selection, split, environment_.folders, experiment_.seed);
    return {image_set(dataset, selection, backbone_.network, resize), dataset.labels,
            dataset.files.empty() ? hash_of(dataset) : hash_of_files(dataset, selection), dataset.classes};
}

Split Bench::measured_split() const {
    return experiment_.measure_on == MeasuredImages::test ? Split::test : Split::validation;
}

TaskImages Bench::images_of(const TaskSection& task) const {
    return {images_of(task.data, Split::train, task.resize), images_of(task.data, measured_split(), task.resize)};
}

}  // namespace remask
