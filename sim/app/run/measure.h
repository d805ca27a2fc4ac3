// Accuracy of one set of parameters: in float32, as an integer network, and on the crossbars.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mapping/inference_cost.h"
#include "models/data/image_set.h"
#include "models/methods/task_parameters.h"
#include "models/network/network.h"
#include "models/network/quantized_network.h"
#include "sim/crossbar/crossbar_engine.h"

namespace remask {

class Progress;
class ThreadPool;

/// Normalised images of one split and their labels.
struct LabelledImages {
    ImageSet images;
    std::vector<int> labels;
    std::string hash;  ///< of pixels and labels before normalisation; of photographs their names, sizes and dates
    int classes = 0;
    int count() const { return static_cast<int>(labels.size()); }
};

/// What is measured. References must outlive the call.
struct MeasureInput {
    const Network& network;
    const ParameterMap& reference;  ///< the backbone's, which fixes the weight scales
    const ParameterMap& float_parameters;
    const ParameterMap& on_chip;
    const std::vector<LayerMask>& masks;              ///< per slot, or empty
    const std::vector<CrossbarParameters>& crossbar;  ///< per slot
    const DeviceParameters& device;
    QuantizationOptions quantization;
    bool classifier_on_crossbar = false;
    const LabelledImages& calibration;
    int calibration_images = 0;
    const LabelledImages& test;
    bool integer_accuracy = false;           ///< also without crossbars
    std::optional<Gating> activity{};        ///< also how the test images drive rows and read cells, gated like this
    std::span<const double> input_scales{};  ///< where learning settled them: one a slot
    int converter_images = 0;                ///< test images on which the ADCs' codes are counted
};

struct Measurement {
    double float_accuracy = 0.0;
    double crossbar_accuracy = 0.0;
    std::optional<double> integer_accuracy;
    bool crossbar_equals_integer = false;  ///< every logit, where integer_accuracy was asked for
    std::vector<std::int64_t> confusion;   ///< [classes, classes], row = truth
    EngineStatistics statistics;
    std::vector<std::vector<AdcWindow>> adc_windows;    ///< per slot: one, or one a slice
    std::vector<SlotActivity> activities;               ///< per slot, where asked for
    std::vector<std::vector<ConverterUse>> converters;  ///< [slot][slice and side]; empty where not asked for
    std::int64_t images = 0;
    double crossbar_wall_s = 0.0;
    double crossbar_cpu_s = 0.0;  ///< of all threads
};

Measurement measure(const MeasureInput& input, ThreadPool& pool, Progress& progress);

/// As stored between runs; of_json throws InputError that names `origin`.
std::string to_json(const Measurement& measurement);
Measurement measurement_of_json(const std::string& text, const std::string& origin);

}  // namespace remask
