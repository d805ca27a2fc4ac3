// How often each layer is put on the chip, so that a pipeline of layers is balanced.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mapping/mapping.h"
#include "sim/schedule/closed_form.h"

namespace remask {

/// What may be taken up in all.
struct ReplicationBudget {
    std::optional<std::int64_t> arrays;  ///< absent: as many as there are
    std::int64_t pes = 0;                ///< a PE holds arrays of one layer only
};

/// Replicas of each slot for the shortest interval between images, max over slots of ceil(M/replicas)·t_mvm, that the
/// budget allows, and of all those choices the one with the fewest replicas of every slot. `times`: of the slots
/// (product is used). All 1 where not even the slowest slots can be helped.
std::vector<int> balanced_replicas(const Mapping& mapping, const std::vector<SlotTime>& times,
                                   const ReplicationBudget& budget);

}  // namespace remask
