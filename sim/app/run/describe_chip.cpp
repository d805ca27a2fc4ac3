#include "sim/app/run/describe_chip.h"

#include <cmath>

#include "models/network/builders.h"
#include "models/network/model_file.h"
#include "sim/app/costing/costing.h"
#include "sim/app/costing/describe_mapping.h"
#include "sim/app/costing/describe_schedule.h"
#include "sim/app/costing/round_costing.h"
#include "sim/app/run/run_experiment.h"
#include "sim/app/settings/at_path.h"
#include "sim/app/version.h"
#include "sim/device/level_errors.h"
#include "sim/energy/energy_report.h"
#include "sim/hardware/config_fault.h"
#include "sim/hardware/library.h"

namespace remask {

ChipDescription describe_chip(const Experiment& experiment, const Network& backbone, const Network& mapped,
                              const Mapping& mapping, const DeviceParameters& device, const ChipContent& content,
                              const std::vector<SlotActivity>& activities, bool trace) {
    const Hardware& hardware = experiment.hardware;
    ChipDescription description;
    Results& results = description.results;
    results.version = version();
    results.experiment = experiment.name;
    results.seed = experiment.seed;
    results.hardware = hardware.name;
    results.warnings = cost_warnings(hardware);
    results.cell_energy_model = describe_cell_read(hardware.cell.read_model);
    results.inferences_per_switch = experiment.schedule.inferences_per_switch;
    results.measured_on = EnumWords<MeasuredImages>::words[static_cast<std::size_t>(experiment.measure_on)];
    const AreaReport area = chip_area(hardware);
    results.area = area.total;
    results.mask_unit_area = area.mask_unit;
    for (const auto& [name, part_area] : area.by_part) {
        results.parts.push_back({name, part_area, hardware.parts.at(name).source});
    }
    results.backbone = backbone.name;
    results.backbone_parameters = parameter_count(backbone);
    results.backbone_macs = macs(backbone);
    results.mapping = describe_mapping(mapping, hardware, mapped.name);
    results.backbone_inference = cost_inference(mapping, mapped, hardware, {}, activities, &results.layers);
    if (mapping.rounds > 1) {
        add_rounds(results.backbone_inference, mapping, mapped, hardware, device, content, {},
                   experiment.mapping.images_per_round.value_or(1));
    }
    DescribedSchedule schedule = describe_schedule(mapping, mapped, hardware, results.backbone_inference.rounds, trace);
    results.schedule = std::move(schedule.summary);
    description.schedules = std::move(schedule.rounds);
    if (mapping.rounds == 1) {
        const InferenceResult& alone = results.backbone_inference;
        const auto charged = alone.energy_by_component.find("leakage");  // over the latency layer by layer
        const Energy leaked = charged == alone.energy_by_component.end() ? Energy() : charged->second;
        results.schedule.leaks = leaked.si() > 0.0;
        const Time interval = results.schedule.rounds.front().interval;
        results.schedule.energy_per_image = alone.energy - leaked + leakage_power(hardware, mapping.tiles) * interval;
    }
    return description;
}

bool needs_activity(const Hardware& hardware) {
    return hardware.cell.read_model == CellReadModel::physics || hardware.periphery.skip_zero_inputs;
}

std::vector<SlotActivity> assumed_activities(const Experiment& experiment, std::size_t slots) {
    const Hardware& hardware = experiment.hardware;
    if (!needs_activity(hardware)) return {};
    const auto& assume = experiment.assume;
    if (!assume) {
        refuse_config("assume",
                      "this hardware's energy depends on the data (cell.read_model: physics or skip_zero_inputs); "
                      "'remask estimate' needs 'assume: {masked_share: …, input_one_density: …}'");
    }
    // Digits of d independent bits that are 1 with probability p.
    const double p = assume->input_one_density;
    const int bits = hardware.crossbar.dac_bits;
    const double top = std::pow(2.0, bits) - 1.0;
    const double variance = p * (1 - p) * (std::pow(4.0, bits) - 1.0) / 3.0;
    const SlotActivity activity{1.0 - std::pow(1.0 - p, bits), {}, variance / (top * top) + p * p, 0.5};
    return std::vector<SlotActivity>(slots, activity);
}

MappedNetwork map_experiment(const Experiment& experiment) {
    MappedNetwork mapped;
    const BackboneSection& backbone = experiment.backbone;
    if (backbone.network) {
        BuilderOptions options;
        options.input = backbone.network->input();
        options.classes = backbone.classes;
        options.width = backbone.network->width;
        mapped.network = build_network(backbone.network->architecture, options);
    } else {
        mapped.network = read_at_path("backbone.model", [&] { return load_model(backbone.model).network; });
    }
    mapped.mapping = map_network(mapped.network, experiment.hardware, experiment.mapping,
                                 experiment.classifier == ClassifierPlace::crossbar);
    return mapped;
}

ChipDescription estimate_network(const Experiment& experiment, bool trace) {
    const MappedNetwork mapped = map_experiment(experiment);
    const Hardware& hardware = experiment.hardware;
    ChipContent content;
    if (mapped.mapping.rounds > 1) {
        const ParameterMap random = initial_parameters(mapped.network, experiment.seed);
        QuantizationOptions quantization;
        quantization.weight_bits = hardware.crossbar.weight_bits;
        content = chip_content(mapped.network, random, random, mapped.mapping, quantization);
    }
    DeviceParameters device = with_level_errors(hardware.device, hardware.crossbar.cell_bits);
    if (!device.seed) device.seed = experiment.seed;
    ChipDescription description;
    try {
        description = describe_chip(experiment, mapped.network, mapped.network, mapped.mapping, device, content,
                                    assumed_activities(experiment, mapped.mapping.slots.size()), trace);
    } catch (const ConfigError&) {
        check_network(mapped, experiment);  // tells all faults together
        throw;
    }
    description.results.has_weights = false;
    if (mapped.mapping.rounds > 1) {
        description.results.warnings.push_back(
            "there are no weights: what programming the rounds costs is that of random ones, as learning starts from");
    }
    return description;
}

}  // namespace remask
