// experiment.yaml: a backbone, the hardware, the tasks and the methods. docs/reference/experiment.md is made
// from these field lists.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/data/dataset.h"
#include "models/methods/method_config.h"
#include "models/network/quantized_network.h"
#include "sim/app/backbone_training.h"
#include "sim/app/settings/mapping_section.h"
#include "sim/base/fields.h"
#include "sim/hardware/hardware.h"

namespace remask {

enum class ClassifierPlace { digital, crossbar };
template <>
struct EnumWords<ClassifierPlace> {
    static constexpr std::array<std::string_view, 2> words{"digital", "crossbar"};
};

enum class WeightScale { backbone, task };
template <>
struct EnumWords<WeightScale> {
    static constexpr std::array<std::string_view, 2> words{"backbone", "task"};
};

/// Which of a task's images its accuracies are measured on. validation: those that `validation_share` sets apart; no
/// test image is read, so that schedules can be chosen without them.
enum class MeasuredImages { test, validation };
template <>
struct EnumWords<MeasuredImages> {
    static constexpr std::array<std::string_view, 2> words{"test", "validation"};
};

struct BackboneSection {
    std::filesystem::path model;
    /// For estimate and map, in place of a model: a network without weights.
    std::optional<NetworkSection> network;
    int classes = 10;  ///< of that network
    /// The task that the backbone was trained on; absent: its accuracy is not measured.
    std::optional<DataSelection> data;
    /// Images that input scales (and calibrated ADC ranges) come from, labels unused; absent: the training images of
    /// `data`.
    std::optional<DataSelection> calibration;
};

struct QuantizationSection {
    ActivationRange activation_range = ActivationRange::max;
    double activation_percentile = 99.99;
    int calibration_images = 128;
    WeightScale weight_scale = WeightScale::backbone;
};

struct TaskSection {
    std::string name;
    DataSelection data;
    Resize resize = Resize::bilinear;
    Augmentation augmentation;
    bool keep_classifier = false;
};

/// So many images of one task, one after another.
struct TaskVisit {
    std::string task;
    double inferences = 0.0;
};

/// PEs beside those in use, which take turns with them.
struct WearLevellingSection {
    int spare_pes = 0;
    int cycles_per_move = 1;  ///< of the schedule, between one PE's move and the next's
};

struct ScheduleSection {
    double inferences_per_switch = 1000.0;
    std::vector<TaskVisit> visits;  ///< in their order, again and again; empty: no schedule is costed
    double cycles_per_day = 1.0;    ///< how often all visits are made in a day
    double days = 365.0;
    std::optional<WearLevellingSection> wear_levelling;
};

/// What else is found out for the report.
struct ReportSection {
    int converter_images = 16;
};

/// For `remask estimate`: what masks are assumed to look like.
struct AssumeSection {
    double masked_share = 0.5;
    double input_one_density = 0.5;
};

struct Experiment {
    std::string name;
    std::uint64_t seed = 1;
    BackboneSection backbone;
    Hardware hardware;
    QuantizationSection quantization;
    ClassifierPlace classifier = ClassifierPlace::digital;
    MappingSection mapping;
    std::vector<TaskSection> tasks;
    MeasuredImages measure_on = MeasuredImages::test;  ///< of all tasks
    std::vector<MethodConfig> methods;
    ScheduleSection schedule;
    ReportSection report;
    std::optional<AssumeSection> assume;
};

void describe(Fields& fields, BackboneSection& backbone);
void describe(Fields& fields, QuantizationSection& quantization);
void describe(Fields& fields, TaskSection& task);
void describe(Fields& fields, TaskVisit& visit);
void describe(Fields& fields, WearLevellingSection& levelling);
void describe(Fields& fields, ScheduleSection& schedule);
void describe(Fields& fields, ReportSection& report);
void describe(Fields& fields, AssumeSection& assume);
void describe(Fields& fields, Experiment& experiment);

}  // namespace remask
