// Time where nothing contends: the closed form of docs/cost.md.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mapping/inference_cost.h"
#include "mapping/mapping.h"
#include "sim/schedule/digital_units.h"

namespace remask {

struct SlotTime {
    int slot = 0;
    std::int64_t adc_conversions = 0;  ///< q: one after another at the busiest ADC, one row group and phase
    Time phase;                        ///< one row group, one phase
    Time product;                      ///< t_mvm: one matrix-vector product
    Time fill;                         ///< what one pass through the stages adds
    Time busy;                         ///< ceil(M/replicas)·t_mvm
    Time digital;                      ///< of the digital units, which work on the results as they come
    Time latency;                      ///< the longer of the two + fill
};

struct ImageTime {
    std::vector<SlotTime> slots;
    Time digital;          ///< of the stages that are no arrays (additions, digital convolutions and classifiers, ...)
    Time latency;          ///< one image layer by layer: the sum
    Time interval;         ///< between images when pipelined over the layers: of the busiest layer or digital unit
    Frequency throughput;  ///< 1/interval; 0 without layers
    DigitalPlan units;     ///< what the digital units do
};

/// `masks`: per slot or empty; they matter with gating_saves_time only. `digital`: plan_digital()'s; without it the
/// digital units take no time.
ImageTime closed_form(const Mapping& mapping, const Hardware& hardware, std::span<const SlotMask> masks = {},
                      DigitalPlan digital = {});

}  // namespace remask
