#include "sim/app/settings/experiment.h"

#include <algorithm>
#include <set>

#include "sim/base/files.h"

namespace remask {

namespace {

template <class Section>
std::string repeated_name(const std::vector<Section>& sections, const auto& name_of) {
    std::set<std::string> seen;
    for (const Section& section : sections) {
        if (!seen.insert(name_of(section)).second) return name_of(section);
    }
    return {};
}

}  // namespace

void describe(Fields& fields, BackboneSection& backbone) {
    fields.field("network", backbone.network,
                 {.doc = "for estimate and map: a network without weights, in place of 'model'", .optional = true});
    fields.field("classes", backbone.classes, {.doc = "of 'network'", .optional = true, .min = 1, .max = 1000000});
    fields.field("model", backbone.model,
                 {.doc = "the backbone's file, made by 'remask train' or 'remask import'",
                  .optional = backbone.network.has_value()});
    fields.require(!backbone.network || backbone.model.empty(), "model",
                   "a backbone is either a 'model' or a 'network' without weights, not both");
    fields.require(backbone.network || !backbone.model.empty(), "model",
                   "is empty: name the backbone's file, made by 'remask train' or 'remask import'");
    fields.field("data", backbone.data,
                 {.doc = "the data that the backbone was trained on; its test images give the backbone's accuracy",
                  .optional = true});
    fields.field("calibration", backbone.calibration,
                 {.doc = "training images that the input scales come from, labels unused; default: those of 'data'",
                  .optional = true});
}

void describe(Fields& fields, QuantizationSection& quantization) {
    fields.field("activation_range", quantization.activation_range,
                 {.doc = "a tensor's range: the largest value seen, or a percentile", .optional = true});
    fields.field("activation_percentile", quantization.activation_percentile,
                 {.doc = "in %, with activation_range: percentile", .optional = true, .min = 50, .max = 100});
    fields.field("calibration_images", quantization.calibration_images,
                 {.doc = "how many training images the ranges come from", .optional = true, .min = 1, .max = 100000});
    fields.field(
        "weight_scale", quantization.weight_scale,
        {.doc = "rewritten weights keep the backbone's scale per channel, or are fitted anew (sparcl's always are)",
         .optional = true});
}

void describe(Fields& fields, TaskSection& task) {
    fields.field("name", task.name, {.doc = "the task's name in all results"});
    fields.field("data", task.data, {.doc = "its images and classes"});
    fields.field("resize", task.resize, {.doc = "how images are brought to the network's size", .optional = true});
    fields.field("augmentation", task.augmentation, {.doc = "what is done to training images", .optional = true});
    fields.field(
        "keep_classifier", task.keep_classifier,
        {.doc = "start from the backbone's classifier instead of a new one: for the backbone's own task, which "
                "masks can repair on an imperfect chip (needs the backbone's classes)",
         .optional = true});
    fields.require(!task.data.photographs() || task.resize == Resize::bilinear, "resize",
                   "photographs are resized bilinearly; leave 'resize' out and see 'view' of the data");
    fields.require(fault_in_name(task.name).empty(), "name", "a task's name " + fault_in_name(task.name));
}

void describe(Fields& fields, ScheduleSection& schedule) {
    fields.field("inferences_per_switch", schedule.inferences_per_switch,
                 {.doc = "images classified between two task switches, over which the switch's energy is shared out",
                  .optional = true,
                  .min = 1,
                  .max = 1e15});
    fields.field(
        "visits", schedule.visits,
        {.doc = "tasks in their order, passed through again and again; absent: only single switches are costed",
         .optional = true});
    fields.field("cycles_per_day", schedule.cycles_per_day,
                 {.doc = "how often all visits are made in a day", .optional = true, .min = 1e-6, .max = 1e9});
    fields.field("days", schedule.days,
                 {.doc = "over which the schedule's energy is summed", .optional = true, .min = 0, .max = 1e6});
    fields.field(
        "wear_levelling", schedule.wear_levelling,
        {.doc = "spare PEs that take turns with those in use; absent: every cell stays where it is", .optional = true});
    constexpr std::size_t most_visits = 65535;  // a cell's writes are counted in 16 bits
    fields.require(schedule.visits.size() <= most_visits, "visits", "has more than 65535 visits in a cycle");
    fields.require(!schedule.wear_levelling || !schedule.visits.empty(), "wear_levelling",
                   "levels the wear of a schedule: give its 'visits'");
}

void describe(Fields& fields, WearLevellingSection& levelling) {
    fields.field(
        "spare_pes", levelling.spare_pes,
        {.doc = "PEs beside those in use, best without a common divisor with their number", .min = 1, .max = 1 << 30});
    fields.field("cycles_per_move", levelling.cycles_per_move,
                 {.doc = "cycles of the schedule after which the next PE moves to the one that is spare for longest",
                  .optional = true,
                  .min = 1,
                  .max = 1'000'000'000});
}

void describe(Fields& fields, TaskVisit& visit) {
    fields.field("task", visit.task, {.doc = "one of 'tasks'"});
    fields.field("inferences", visit.inferences, {.doc = "images of it before the next switch", .min = 0, .max = 1e15});
}

void describe(Fields& fields, ReportSection& report) {
    fields.field("converter_images", report.converter_images,
                 {.doc = "test images on which the ADCs' codes and clipping are counted, the first ones; 0 = none",
                  .optional = true,
                  .min = 0,
                  .max = 1000000});
}

void describe(Fields& fields, AssumeSection& assume) {
    fields.field(
        "masked_share", assume.masked_share,
        {.doc =
             "share of mask entries that differ from the backbone's; where weights are trained (finetune), of weights",
         .min = 0,
         .max = 1});
    fields.field("input_one_density", assume.input_one_density,
                 {.doc = "share of input bits that are 1", .optional = true, .min = 0, .max = 1});
}

void describe(Fields& fields, Experiment& experiment) {
    fields.field("name", experiment.name, {.doc = "the experiment's name"});
    fields.field("seed", experiment.seed, {.doc = "every random number follows from it", .optional = true, .min = 0});
    fields.field("backbone", experiment.backbone, {.doc = "the frozen network that is programmed once"});
    fields.field("hardware", experiment.hardware, {.doc = "the chip; usually 'extends:' a file of hw_configs"});
    fields.field("quantization", experiment.quantization,
                 {.doc = "how weights and inputs become integers", .optional = true});
    fields.field("classifier", experiment.classifier,
                 {.doc = "where the last layer is computed: the digital unit, or arrays that are rewritten per task",
                  .optional = true});
    fields.field("mapping", experiment.mapping, {.doc = "how layers are laid out on the chip", .optional = true});
    fields.field("tasks", experiment.tasks, {.doc = "the new tasks, in their order", .optional = true});
    fields.field(
        "measure_on", experiment.measure_on,
        {.doc = "images that the tasks' accuracies come from: validation, those that each task's validation_share "
                "sets apart, serves to choose schedules and reads no test image",
         .optional = true});
    fields.field("methods", experiment.methods,
                 {.doc = "the adaption methods, each learns every task", .optional = true});
    fields.field("schedule", experiment.schedule, {.doc = "how the chip is used", .optional = true});
    fields.field("report", experiment.report, {.doc = "what else is found out for the report", .optional = true});
    fields.field("assume", experiment.assume,
                 {.doc = "what 'remask estimate' assumes of masks that nobody has learned", .optional = true});

    fields.require(fault_in_name(experiment.name).empty(), "name",
                   "an experiment's name " + fault_in_name(experiment.name));
    for (const MethodConfig& method : experiment.methods) {
        fields.require(fault_in_name(method.name()).empty(), "methods",
                       "the label '" + method.label + "' " + fault_in_name(method.name()));
    }
    const std::string task = repeated_name(experiment.tasks, [](const TaskSection& t) { return t.name; });
    fields.require(task.empty(), "tasks", "two tasks are called '" + task + "'; names must differ");
    const std::string method = repeated_name(experiment.methods, [](const MethodConfig& m) { return m.name(); });
    fields.require(method.empty(), "methods",
                   "two methods are called '" + method + "'; give one of them another 'label'");
    for (std::size_t i = 0; i < experiment.tasks.size(); ++i) {
        fields.require(experiment.measure_on == MeasuredImages::test || experiment.tasks[i].data.validation_share > 0,
                       "tasks." + std::to_string(i) + ".data",
                       "measure_on: validation needs a validation_share of this task, for instance 0.2");
    }
    fields.require(!experiment.backbone.network || experiment.tasks.empty(), "tasks",
                   "need weights: give 'backbone.model' in place of 'backbone.network', or leave 'tasks' out");
    std::vector<std::string> tasks;
    for (const TaskSection& section : experiment.tasks) tasks.push_back(section.name);
    for (std::size_t i = 0; i < experiment.schedule.visits.size(); ++i) {
        const std::string& visited = experiment.schedule.visits[i].task;
        fields.require(std::find(tasks.begin(), tasks.end(), visited) != tasks.end(),
                       "schedule.visits." + std::to_string(i) + ".task",
                       "there is no task '" + visited + "' in 'tasks'" + did_you_mean(visited, tasks));
    }
    fields.require(
        experiment.tasks.empty() || !experiment.methods.empty(), "tasks",
        "there are tasks but no methods; add 'methods: [{method: xbm}]' or another of 'remask list methods'");
}

}  // namespace remask
