// A network larger than the chip takes it in rounds: a part of the layers is programmed and a batch of images passes
// through it, then the next part. Section "Rounds" of docs/cost.md.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mapping/mapping.h"
#include "mapping/task_switch.h"

namespace remask {

/// The round in which each layer of the network is computed: a mapped layer's own, else the latest of its inputs'.
std::vector<int> layer_rounds(const Mapping& mapping, const Network& network);

/// What programming costs for one batch of images, once every round has had its turn.
struct RoundsPlan {
    std::vector<SwitchPlan> rounds;  ///< each from what the rounds before left on the chip
    std::int64_t writes_max = 0;     ///< of the most-written cell, in all rounds of a batch together
};

/// `weights`: per slot. Cells that a round does not use keep their levels. Every slot has one replica.
RoundsPlan plan_rounds(const Mapping& mapping, const Hardware& hardware, std::span<const SlotWeights> weights,
                       const PulseCount& pulses = {});

/// Bits of one image that leave the chip after a round because a later one needs them, and come back.
struct RoundTraffic {
    std::int64_t written = 0;  ///< outputs (chip.output_bits each), once
    std::int64_t read = 0;     ///< once for each later round that needs them
};

/// Per round.
std::vector<RoundTraffic> round_traffic(const Mapping& mapping, const Network& network, const Hardware& hardware);

}  // namespace remask
