#include "sim/app/describe_chip.h"

#include <cmath>
#include <set>

#include "models/network/builders.h"
#include "models/network/model_file.h"
#include "sim/app/at_path.h"
#include "sim/app/costing.h"
#include "sim/app/describe_mapping.h"
#include "sim/app/round_costing.h"
#include "sim/app/version.h"
#include "sim/device/level_errors.h"
#include "sim/energy/energy_report.h"
#include "sim/hardware/config_fault.h"
#include "sim/hardware/library.h"

namespace remask {

namespace {

/// Share of the time that the busiest ADC converts while its arrays work.
double conversion_share(const SlotTime& time, const Hardware& hardware) {
    return static_cast<double>(time.adc_conversions) / hardware.periphery.adc_rate.si() / time.phase.si();
}

ScheduleResult summary(const EventSchedule& schedule, const ImageTime& times, const Hardware& hardware) {
    ScheduleResult result;
    result.first_image = schedule.first_image;
    result.layer_by_layer = schedule.layer_by_layer;
    result.interval = schedule.interval;
    result.throughput_per_s = schedule.throughput.si();
    result.settled = schedule.settled;
    result.images = schedule.images;
    if (hardware.chip.buffer_capacity) result.buffer_capacity_bits = hardware.chip.buffer_capacity->si();
    for (const StageReport& report : schedule.stages) {
        const Stage& stage = schedule.graph.stages[static_cast<std::size_t>(report.stage)];
        if (stage.kind != StageKind::arrays && report.busy.si() <= 0.0) continue;
        ScheduledStage entry;
        entry.name = stage.name;
        entry.on_arrays = stage.kind == StageKind::arrays;
        entry.first_start = report.first_start;
        entry.first_end = report.first_end;
        entry.busy = report.busy;
        entry.utilisation = report.utilisation;
        if (stage.slot >= 0) {
            entry.adc_utilisation =
                report.utilisation * conversion_share(times.slots[static_cast<std::size_t>(stage.slot)], hardware);
        }
        for (std::size_t i = 0; i < stall_count; ++i) {
            const Time stall = report.stalls[i] / schedule.images;
            if (stall.si() > 0.0) entry.stalls[std::string(stall_name(static_cast<Stall>(i)))] = stall;
        }
        result.stages.push_back(std::move(entry));
    }
    std::set<std::string> units;
    for (const DigitalUnit& unit : schedule.graph.units) units.insert(unit_name(unit));
    for (const ResourceReport& resource : schedule.resources) {
        const bool digital = units.count(resource.name) > 0;
        result.resources.push_back({resource.name, resource.bits, resource.utilisation, digital});
    }
    for (const BufferReport& buffer : schedule.buffers) result.buffers.push_back({buffer.tile, buffer.most_bits});
    return result;
}

/// The rates that the network needs.
std::vector<DigitalRate> digital_rates(const Mapping& mapping, const Network& network, const Timing& timing) {
    const DigitalWork work = digital_work(mapping, network);
    std::vector<DigitalRate> rates;
    for (const DigitalPart part : all_digital_parts()) {
        if (work[static_cast<std::size_t>(part)] == 0) continue;
        rates.push_back({std::string(part_name(part)), std::string(rate_field(part)), rate_of(timing, part), {}});
    }
    return rates;
}

}  // namespace

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
    results.warnings = library_warnings(hardware);
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
        return description;
    }
    const ImageTime times = closed_form(mapping, hardware, {}, plan_digital(mapping, mapped, hardware));
    description.schedule = schedule_events(mapping, mapped, hardware, times, {trace});
    results.schedule = summary(description.schedule, times, hardware);
    results.schedule.digital_rates = digital_rates(mapping, mapped, hardware.timing);
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
    if (!experiment.tasks.empty()) {
        refuse_config("tasks",
                      "need weights: give 'backbone.model' in place of 'backbone.network', or leave 'tasks' out");
    }
    const MappedNetwork mapped = map_experiment(experiment);
    const Hardware& hardware = experiment.hardware;
    ChipContent content;
    if (mapped.mapping.rounds > 1) {
        const ParameterMap random = initial_parameters(mapped.network, experiment.seed);
        QuantizationOptions quantization;
        quantization.weight_bits = hardware.crossbar.weight_bits;
        content = chip_content(mapped.network, random, random, mapped.mapping, quantization);
    }
    ChipDescription description =
        describe_chip(experiment, mapped.network, mapped.network, mapped.mapping,
                      with_level_errors(hardware.device, hardware.crossbar.cell_bits), content,
                      assumed_activities(experiment, mapped.mapping.slots.size()), trace);
    description.results.has_weights = false;
    if (mapped.mapping.rounds > 1) {
        description.results.warnings.push_back(
            "there are no weights: what programming the rounds costs is that of random ones, as learning starts from");
    }
    return description;
}

}  // namespace remask
