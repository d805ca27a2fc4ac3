// Networks on the arrays of a chip: programmed, with their ADCs' ranges settled.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "models/methods/chip_learning.h"
#include "sim/app/run/crossbar_product.h"

namespace remask {

/// `network`'s layers on arrays as in the constructor. With adc_range: calibrated the ADCs' ranges come of `count`
/// calibration images, their inputs computed without ADCs.
std::unique_ptr<CrossbarProduct> program_crossbars(const QuantizedNetwork& network, const std::vector<LayerMask>& masks,
                                                   const std::vector<CrossbarParameters>& parameters,
                                                   const DeviceParameters& device, std::span<const float> calibration,
                                                   int count, ThreadPool& pool);

/// The arrays of a chip that a task is learned on.
std::unique_ptr<LearningChip> learning_chip(std::unique_ptr<CrossbarProduct> product);

/// Do ADC ranges come from calibration images?
bool calibrates(const std::vector<CrossbarParameters>& parameters);
/// The same arrays and masks, nothing rounded, clipped or lost in wires.
std::vector<CrossbarParameters> without_adc(std::vector<CrossbarParameters> parameters);

}  // namespace remask
