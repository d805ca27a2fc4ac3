// Time where nothing contends: the closed form of docs/cost.md.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mapping/inference_cost.h"
#include "mapping/mapping.h"

namespace remask {

struct SlotTime {
    int slot = 0;
    std::int64_t adc_conversions = 0;  ///< q: one after another at the busiest ADC, one row group and phase
    Time phase;                        ///< one row group, one phase
    Time product;                      ///< t_mvm: one matrix-vector product
    Time fill;                         ///< what one pass through the stages adds
    Time busy;                         ///< ceil(M/replicas)·t_mvm
    Time latency;                      ///< busy + fill
};

struct ImageTime {
    std::vector<SlotTime> slots;
    Time digital;   ///< of the side layers that the digital unit computes
    Time latency;   ///< one image layer by layer: the sum (the backbone's digital layers take no time of their own)
    Time interval;  ///< between images when pipelined over the layers: max over the layers of busy, and digital
    Frequency throughput;  ///< 1/interval; 0 without layers
};

/// `masks`: per slot or empty; they matter with gating_saves_time only. `digital_macs`: of the side layers that the
/// digital unit computes for an image, after one another; throws ConfigError where there are some and the hardware does
/// not say how long they take (timing.digital_mac_rate).
ImageTime closed_form(const Mapping& mapping, const Hardware& hardware, std::span<const SlotMask> masks = {},
                      std::int64_t digital_macs = 0);

}  // namespace remask
