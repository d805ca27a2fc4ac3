// The cells of the PEs as a schedule of tasks uses them, for wear_levelling.h.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mapping/slot_levels.h"
#include "mapping/task_switch.h"
#include "mapping/wear_levelling.h"

namespace remask {

class PeCellReader {
public:
    /// `wear`: of one cycle; `at_end`: per slot, what lies on the arrays when a cycle ends. Keeps references to all.
    PeCellReader(const Mapping& mapping, const Hardware& hardware, const WearCounter& wear,
                 std::span<const SlotWeights> at_end);

    PeCells read(std::int64_t pe) const;
    /// Writing what lies on `pe` over the levels that are found elsewhere.
    SwitchPlan move(std::int64_t pe, const std::vector<std::int16_t>& found, const PulseCount& pulses) const;

private:
    struct Part {
        std::size_t slot = 0, array = 0;
        std::int64_t place = 0;  ///< among the PE's arrays
    };

    const Mapping& mapping_;
    const Hardware& hardware_;
    const WearCounter& wear_;
    std::vector<SlotLevels> levels_;        ///< per slot
    std::vector<std::vector<Part>> parts_;  ///< by PE
};

}  // namespace remask
