#include <nlohmann/json.hpp>

#include "sim/report/writers.h"

namespace remask {

namespace {

using Json = nlohmann::ordered_json;

/// Bytes that are not UTF-8, as names may have, are replaced.
std::string text_of(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json optional_number(const std::optional<double>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json accuracy_json(const Accuracy& accuracy) {
    Json json = Json::object();
    if (accuracy.float32) json["float"] = *accuracy.float32;
    if (accuracy.crossbar) json["crossbar"] = *accuracy.crossbar;
    return json;
}

Json energies_json(const std::map<std::string, Energy>& energies) {
    Json json = Json::object();
    for (const auto& [component, energy] : energies) json[component] = energy.si();
    return json;
}

Json actions_json(const std::vector<ActionLine>& actions) {
    Json json = Json::object();
    for (const ActionLine& line : actions) {
        json[line.action] = {
            {"count", line.count}, {"energy_per_action_j", line.each.si()}, {"energy_j", line.total.si()}};
    }
    return json;
}

Json parts_json(const std::vector<PartLine>& parts) {
    Json json = Json::object();
    for (const PartLine& line : parts) json[line.part] = {{"area_m2", line.area.si()}, {"source", line.source}};
    return json;
}

Json rounds_json(const RoundsResult& rounds) {
    Json list = Json::array();
    for (const RoundLine& round : rounds.rounds) {
        list.push_back({{"first_layer", round.first_layer},
                        {"last_layer", round.last_layer},
                        {"arrays", round.arrays},
                        {"tiles", round.tiles},
                        {"cells_written", round.cells_written},
                        {"programming_energy_j", round.programming_energy.si()},
                        {"programming_time_s", round.programming_time.si()},
                        {"transfer_time_s", round.transfer_time.si()},
                        {"running_time_s", round.running_time.si()}});
    }
    return {{"images", rounds.images},
            {"time_s", rounds.time.si()},
            {"cells_written", rounds.cells_written},
            {"writes_max", rounds.writes_max},
            {"life_images", optional_number(rounds.life_images)},
            {"bytes_loaded", rounds.bytes_loaded},
            {"bytes_transferred", rounds.bytes_transferred},
            {"programming_energy_j", rounds.programming_energy.si()},
            {"transfer_energy_j", rounds.transfer_energy.si()},
            {"rounds", list}};
}

Json inference_json(const InferenceResult& inference) {
    Json json{{"energy_j", inference.energy.si()},
              {"latency_s", inference.latency.si()},
              {"throughput_per_s", inference.throughput_per_s},
              {"energy_by_component_j", energies_json(inference.energy_by_component)},
              {"counts", inference.counts},
              {"energy_by_action", actions_json(inference.actions)}};
    if (inference.rounds) json["rounds"] = rounds_json(*inference.rounds);
    return json;
}

Json switch_json(const SwitchResult& task_switch) {
    return {{"from", task_switch.from},
            {"cells_written", task_switch.cells_written},
            {"set_pulses", task_switch.set_pulses},
            {"reset_pulses", task_switch.reset_pulses},
            {"energy_j", task_switch.energy.si()},
            {"energy_by_component_j", energies_json(task_switch.energy_by_component)},
            {"time_s", task_switch.time.si()},
            {"bytes_loaded", task_switch.bytes_loaded}};
}

Json converters_json(const std::vector<ConverterUse>& converters) {
    Json json = Json::array();
    for (const ConverterUse& use : converters) {
        json.push_back({{"slice", use.slice},
                        {"side", use.side},
                        {"adc_lo", use.lo},
                        {"adc_hi", use.hi},
                        {"conversions", use.conversions},
                        {"clipped_low", use.clipped_low},
                        {"clipped_high", use.clipped_high},
                        {"codes", use.codes},
                        {"codes_used", use.codes_used},
                        {"lowest_code", use.lowest_code},
                        {"highest_code", use.highest_code}});
    }
    return json;
}

Json converters_json(const std::vector<std::vector<ConverterUse>>& layers) {
    Json json = Json::array();
    for (const auto& layer : layers) json.push_back(converters_json(layer));
    return json;
}

/// [lo, hi] a layer, or a list of them where the slices' ranges differ.
Json windows_json(const std::vector<std::vector<AdcWindow>>& layers) {
    Json json = Json::array();
    for (const auto& layer : layers) {
        Json windows = Json::array();
        for (const AdcWindow& window : layer) windows.push_back({window.lo, window.hi});
        json.push_back(layer.size() == 1 ? windows[0] : windows);
    }
    return json;
}

/// Of one task, what its float accuracy was after each task that its method learned later.
Json accuracy_after(const TaskResult& task, const std::vector<TaskResult>& tasks) {
    Json json = Json::object();
    std::size_t place = 0;  // of the task among its method's
    bool later = false;
    for (const TaskResult& other : tasks) {
        if (other.method != task.method) continue;
        if (later && place < other.retained.size()) json[other.task] = other.retained[place];
        later = later || other.task == task.task;
        if (!later) ++place;
    }
    return json;
}

Json task_json(const TaskResult& task, const std::vector<TaskResult>& tasks) {
    Json json{{"task", task.task},
              {"method", task.method},
              {"classes", task.classes},
              {"train_images", task.train_images},
              {"test_images", task.test_images},
              {"accuracy", accuracy_json(task.accuracy)},
              {"accuracy_of_tasks_so_far", task.retained},
              {"accuracy_after", accuracy_after(task, tasks)},
              {"mask",
               {{"granularity", task.granularity},
                {"realisation", task.realisation},
                {"bits", task.mask_bits},
                {"bits_per_weight", task.bits_per_weight},
                {"batch_norm_and_classifier_bits", task.constants_bits}}},
              {"arrays", task.arrays},
              {"inference", inference_json(task.inference)},
              {"switch", switch_json(task.task_switch)},
              {"adc_windows", windows_json(task.adc_windows)},
              {"converters", converters_json(task.converters)},
              {"energy_per_inference_with_switch_j", task.energy_per_inference_with_switch.si()},
              {"wear",
               {{"writes_per_switch_max", task.task_switch.writes_max},
                {"life_switches", optional_number(task.task_switch.life_switches)}}},
              {"training",
               {{"macs", task.training.macs},
                {"peak_activation_bytes", task.training.peak_activation_bytes},
                {"images", task.training.images},
                {"epochs", task.training.epochs},
                {"wall_s", task.training.wall_s}}},
              {"simulation",
               {{"conversions_simulated", task.conversions_simulated},
                {"conversions_proved_exact", task.conversions_proved_exact},
                {"conversions_clipped", task.conversions_clipped},
                {"wall_s", task.crossbar_wall_s}}}};
    if (task.growth) {
        json["growth"] = {{"steps", task.growth->steps}, {"size", task.growth->size}, {"width", task.growth->width}};
    }
    if (task.resident_programming) json["resident_programming"] = switch_json(*task.resident_programming);
    return json;
}

Json place_json(const LayerPlace& place) {
    return {{"name", place.name},
            {"rows", place.rows},
            {"columns", place.columns * place.groups},
            {"groups", place.groups},
            {"row_tiles", place.row_tiles},
            {"column_tiles", place.column_tiles},
            {"arrays", place.arrays * place.replicas},
            {"replicas", place.replicas},
            {"round", place.round},
            {"pes", place.pes},
            {"tiles", place.tiles},
            {"utilisation", place.utilisation},
            {"first_tile", place.first_tile},
            {"first_pe", place.first_pe},
            {"last_tile", place.last_tile},
            {"last_pe", place.last_pe}};
}

Json mapping_json(const MappingResult& mapping, const Json& layers) {
    return {{"rounds", mapping.rounds}, {"arrays", mapping.arrays},         {"pes", mapping.pes},
            {"tiles", mapping.tiles},   {"chip_tiles", mapping.chip_tiles}, {"utilisation", mapping.utilisation},
            {"layers", layers}};
}

Json layer_json(const LayerResult& layer, const LayerPlace& place) {
    Json json = place_json(place);
    if (layer.adc_windows.size() == 1) {
        json["adc_lo"] = layer.adc_windows[0].lo;
        json["adc_hi"] = layer.adc_windows[0].hi;
    } else if (!layer.adc_windows.empty()) {  // one a slice
        for (const AdcWindow& window : layer.adc_windows) {
            json["adc_lo"].push_back(window.lo);
            json["adc_hi"].push_back(window.hi);
        }
    }
    json["converters"] = converters_json(layer.converters);
    json["products"] = layer.products;
    json["latency_s"] = layer.latency.si();
    json["counts"] = layer.counts;
    return json;
}

Json levelled_json(const WearLevellingResult& levelled) {
    return {{"spare_pes", levelled.spare_pes},
            {"moves_per_cycle", levelled.moves_per_cycle},
            {"move_energy_j", levelled.move_energy.si()},
            {"move_time_s", levelled.move_time.si()},
            {"writes_per_cycle_max", levelled.writes_max},
            {"cycles_per_turn", levelled.cycles_per_turn},
            {"life_switches", levelled.life_switches},
            {"life_days", levelled.life_days}};
}

Json task_schedule_json(const TaskScheduleResult& schedule) {
    Json json{{"method", schedule.method},
              {"switches_per_cycle", schedule.switches},
              {"inferences_per_cycle", schedule.inferences},
              {"switch_energy_per_cycle_j", schedule.switch_energy.si()},
              {"inference_energy_per_cycle_j", schedule.inference_energy.si()},
              {"switch_time_per_cycle_s", schedule.switch_time.si()},
              {"cycles", schedule.cycles},
              {"energy_j", schedule.total_energy.si()},
              {"cells_by_writes_per_cycle", schedule.cells_by_writes},
              {"writes_per_cycle_max", schedule.writes_max},
              {"life_switches", optional_number(schedule.life_switches)},
              {"life_days", optional_number(schedule.life_days)}};
    if (schedule.levelled) json["wear_levelling"] = levelled_json(*schedule.levelled);
    return json;
}

Json pipeline_json(const ScheduleResult& schedule) {
    Json stages = Json::array(), resources = Json::array(), buffers = Json::array();
    for (const ScheduledStage& stage : schedule.stages) {
        Json stalls = Json::object();
        for (const auto& [reason, time] : stage.stalls) stalls[reason] = time.si();
        stages.push_back({{"name", stage.name},
                          {"works_on", stage.on_arrays ? "arrays" : "digital unit"},
                          {"first_start_s", stage.first_start.si()},
                          {"first_end_s", stage.first_end.si()},
                          {"busy_s", stage.busy.si()},
                          {"utilisation", stage.utilisation},
                          {"adc_utilisation", stage.adc_utilisation},
                          {"stalls_s", stalls}});
    }
    for (const ScheduledResource& resource : schedule.resources) {
        resources.push_back({{"name", resource.name}, {"bits", resource.bits}, {"utilisation", resource.utilisation}});
    }
    for (const BufferMark& mark : schedule.buffers) {
        buffers.push_back({{"tile", mark.tile}, {"most_bits", mark.most_bits}});
    }
    return {{"first_image_latency_s", schedule.first_image.si()},
            {"layer_by_layer_latency_s", schedule.layer_by_layer.si()},
            {"interval_s", schedule.interval.si()},
            {"throughput_per_s", schedule.throughput_per_s},
            {"interval_settled", schedule.settled},
            {"images_simulated", schedule.images},
            {"layers", stages},
            {"resources", resources},
            {"buffers", buffers}};
}

Json batch_json(const BatchSchedule& batch, const std::vector<ScheduleResult>& schedules) {
    Json rounds = Json::array();
    for (std::size_t i = 0; i < schedules.size(); ++i) {
        Json round{{"begin_s", batch.begins[i].si()}, {"running_time_s", batch.running[i].si()}};
        round.update(pipeline_json(schedules[i]));
        rounds.push_back(std::move(round));
    }
    return {{"images", batch.images},
            {"time_s", batch.time.si()},
            {"throughput_per_s", batch.images / batch.time.si()},
            {"rounds", rounds}};
}

Json schedule_json(const ChipSchedule& schedule) {
    Json json = schedule.batch ? batch_json(*schedule.batch, schedule.rounds) : pipeline_json(schedule.rounds.at(0));
    Json rates = Json::array();
    for (const DigitalRate& rate : schedule.digital_rates) {
        const auto per_s = rate.rate ? std::optional(rate.rate->si()) : std::nullopt;
        rates.push_back({{"part", rate.part}, {"rate_per_s", optional_number(per_s)}, {"source", rate.source}});
    }
    json["buffer_capacity_bits"] = optional_number(schedule.buffer_capacity_bits);
    const auto energy = schedule.energy_per_image ? std::optional(schedule.energy_per_image->si()) : std::nullopt;
    json["energy_per_image_j"] = optional_number(energy);
    json["digital_rates"] = rates;
    return json;
}

}  // namespace

std::string to_json(const Results& results) {
    Json backbone{{"name", results.backbone},
                  {"parameters", results.backbone_parameters},
                  {"macs", results.backbone_macs},
                  {"accuracy", accuracy_json(results.backbone_accuracy)},
                  {"test_images", results.backbone_test_images},
                  {"inference", inference_json(results.backbone_inference)},
                  {"schedule", schedule_json(results.schedule)}};
    if (results.has_weights) backbone["first_programming"] = switch_json(results.first_programming);
    if (results.backbone_integer_accuracy) {
        backbone["accuracy"]["integer_without_crossbars"] = *results.backbone_integer_accuracy;
        backbone["crossbar_logits_equal_integer"] = results.backbone_equals_integer;
    }
    Json layers = Json::array(), tasks = Json::array(), break_even = Json::array(), sequences = Json::array();
    for (std::size_t i = 0; i < results.layers.size(); ++i) {
        layers.push_back(layer_json(results.layers[i], results.mapping.layers[i]));
    }
    for (const TaskResult& task : results.tasks) tasks.push_back(task_json(task, results.tasks));
    for (const SequenceResult& entry : results.sequences) {
        sequences.push_back({{"method", entry.method},
                             {"mean_accuracy_after_learning", entry.after_learning},
                             {"mean_accuracy_after_all_tasks", entry.after_all},
                             {"mean_forgotten", entry.forgotten}});
    }
    Json task_schedules = Json::array(), diverged = Json::array();
    for (const TaskScheduleResult& entry : results.task_schedules) task_schedules.push_back(task_schedule_json(entry));
    for (const BreakEvenResult& entry : results.break_even) {
        break_even.push_back({{"task", entry.task},
                              {"method", entry.method},
                              {"against", entry.against},
                              {"inferences", entry.inferences ? Json(*entry.inferences) : Json(entry.words)}});
    }
    for (const DivergedMethod& entry : results.diverged) {
        diverged.push_back({{"method", entry.method}, {"task", entry.task}, {"why", entry.why}});
    }
    const Json json{{"remask", {{"version", results.version}}},
                    {"experiment",
                     {{"name", results.experiment},
                      {"seed", results.seed},
                      {"inferences_per_switch", results.inferences_per_switch},
                      {"measured_on", results.measured_on}}},
                    {"hardware",
                     {{"name", results.hardware},
                      {"area_m2", results.area.si()},
                      {"mask_unit_area_m2", results.mask_unit_area.si()},
                      {"cell_energy", results.cell_energy_model},
                      {"energy_sources", results.action_sources},
                      {"parts", parts_json(results.parts)}}},
                    {"backbone", backbone},
                    {"mapping", mapping_json(results.mapping, layers)},
                    {"tasks", tasks},
                    {"sequences", sequences},
                    {"task_schedule", task_schedules},
                    {"break_even", break_even},
                    {"performance",
                     {{"threads", results.threads},
                      {"crossbar_images_per_s", results.crossbar_images_per_s},
                      {"crossbar_images_per_cpu_s", results.crossbar_images_per_cpu_s},
                      {"training_images_per_s", results.training_images_per_s}}},
                    {"diverged", diverged},
                    {"warnings", results.warnings}};
    return text_of(json);
}

std::string mapping_to_json(const MappingResult& mapping) {
    Json layers = Json::array();
    for (const LayerPlace& layer : mapping.layers) layers.push_back(place_json(layer));
    const Json json{{"network", mapping.network},
                    {"hardware", {{"name", mapping.hardware}}},
                    {"mapping", mapping_json(mapping, layers)}};
    return text_of(json);
}

}  // namespace remask
