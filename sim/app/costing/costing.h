// What one task costs on the chip: an inference, and the switch to it. Joins mapping, events, schedule and energy.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mapping/inference_cost.h"
#include "mapping/mapping.h"
#include "mapping/task_switch.h"
#include "models/methods/task_parameters.h"
#include "models/network/network.h"
#include "models/network/quantized_network.h"
#include "sim/hardware/hardware.h"
#include "sim/report/results.h"

namespace remask {

/// What lies on the arrays: integer weights per slot.
using ChipContent = std::vector<std::vector<std::int32_t>>;

/// `parameters`' weights as integers, with the scales of `reference` (the slot's own where fitted or where the shapes
/// differ, as a task's classifier has). A slot without parameters, as a side layer has before its first task, is
/// erased: empty. A slot with fewer columns than the mapping's is filled up with zeros.
ChipContent chip_content(const Network& network, const ParameterMap& reference, const ParameterMap& parameters,
                         const Mapping& mapping, const QuantizationOptions& quantization);

/// The same per slot, each empty where `content` is.
std::vector<SlotWeights> slot_weights(const ChipContent& content, std::size_t slots);

/// What lies on the arrays once `task` is there: in slots that it does not use (empty) what it found.
std::vector<SlotWeights> after_switch(const std::vector<SlotWeights>& found, const ChipContent& task);

std::vector<SlotMask> slot_masks(const std::vector<LayerMask>& masks);

/// Energy, latency and throughput of one image, and the counts per layer where `layers` is given.
InferenceResult cost_inference(const Mapping& mapping, const Network& network, const Hardware& hardware,
                               const std::vector<SlotMask>& masks, const std::vector<SlotActivity>& activities,
                               std::vector<LayerResult>* layers = nullptr);

/// Pulses of each cell by write-verify; empty where the hardware has one number for all.
PulseCount counted_pulses(const Mapping& mapping, const Hardware& hardware, const DeviceParameters& device);

/// From `from` (empty: erased arrays) to `to`, whose empty slots are left as they are found. `device`: with
/// write_verify each cell takes the pulses that programming it took on this chip. Where the network takes the chip in
/// rounds no cell is written: the rounds write them.
SwitchResult cost_switch(const Mapping& mapping, const Hardware& hardware, const DeviceParameters& device,
                         const std::vector<SlotWeights>& from, const ChipContent& to, const SwitchLoad& load,
                         const std::string& from_name);
SwitchResult cost_switch(const Mapping& mapping, const Hardware& hardware, const DeviceParameters& device,
                         const ChipContent& from, const ChipContent& to, const SwitchLoad& load,
                         const std::string& from_name);

}  // namespace remask
