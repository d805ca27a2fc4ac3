#include <algorithm>
#include <limits>

#include "mapping/cell_levels.h"
#include "mapping/slot_levels.h"
#include "mapping/slot_weights.h"
#include "mapping/task_switch.h"
#include "sim/base/diagnostics.h"

namespace remask {

WearCounter::WearCounter(const Mapping& mapping, const Hardware& hardware) : parameters_(hardware.crossbar) {
    const int cells = cells_per_weight(parameters_);
    for (const MappedSlot& slot : mapping.slots) {
        const std::int64_t weights = slot.weights();
        slots_.push_back({slot.replicas, weights, slot.geometry,
                          std::vector<std::uint16_t>(static_cast<std::size_t>(weights * cells))});
    }
}

void WearCounter::add(std::span<const SlotWeights> from, std::span<const SlotWeights> to) {
    std::vector<std::int64_t> sizes;
    for (const Slot& slot : slots_) sizes.push_back(slot.weights);
    check_weights(sizes, from);
    check_weights(sizes, to);
    const auto cells = static_cast<std::size_t>(cells_per_weight(parameters_));
    std::vector<std::int32_t> before(cells);
    std::vector<std::int32_t> after(cells);
    for (std::size_t s = 0; s < slots_.size(); ++s) {
        if (same_weights(from[s], to[s])) continue;
        const SlotLevels from_levels(parameters_, slots_[s].geometry, from[s]);
        const SlotLevels to_levels(parameters_, slots_[s].geometry, to[s]);
        for (std::size_t i = 0; i < static_cast<std::size_t>(slots_[s].weights); ++i) {
            from_levels.read(i, before);
            to_levels.read(i, after);
            for (std::size_t cell = 0; cell < cells; ++cell) {
                if (before[cell] == after[cell]) continue;
                std::uint16_t& writes = slots_[s].writes[i * cells + cell];
                if (writes == std::numeric_limits<std::uint16_t>::max()) {
                    throw InternalError("more than 65535 switches are counted for wear");
                }
                ++writes;
            }
        }
    }
}

std::int64_t WearCounter::max_writes() const {
    std::int64_t most = 0;
    for (const Slot& slot : slots_) {
        for (const std::uint16_t writes : slot.writes) most = std::max<std::int64_t>(most, writes);
    }
    return most;
}

std::uint16_t WearCounter::writes(std::size_t slot, std::size_t weight, std::size_t part) const {
    return slots_[slot].writes[weight * static_cast<std::size_t>(cells_per_weight(parameters_)) + part];
}

std::vector<std::int64_t> WearCounter::histogram() const {
    std::vector<std::int64_t> cells(static_cast<std::size_t>(max_writes()) + 1);
    for (const Slot& slot : slots_) {
        for (const std::uint16_t writes : slot.writes) cells[writes] += slot.replicas;
    }
    return cells;
}

double life_days(double endurance, double writes_per_switch_max, double switches_per_day) {
    const double writes_per_day = writes_per_switch_max * switches_per_day;
    return writes_per_day > 0.0 ? endurance / writes_per_day : std::numeric_limits<double>::infinity();
}

}  // namespace remask
