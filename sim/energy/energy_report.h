// Energy = sum of count × energy per action + leakage × time; area = sum of count × area.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/events/action_counts.h"
#include "sim/hardware/hardware.h"

namespace remask {

/// The component that an action's energy is booked on: adc, dac, array, sample_hold, shift_add, registers, mask_unit,
/// mask_memory, buffer, bus, router, digital, write, memory.
std::string_view component_of(Action action);

/// One line of a report: count × energy per action.
struct ActionEnergy {
    Action action{};
    std::int64_t count = 0;
    Energy each;  ///< of one action, or of one bit; the mean where cells are read by physics
    Energy total;
};

struct EnergyReport {
    std::map<std::string, Energy> by_component;  ///< only components that are used; "leakage" among them
    std::vector<ActionEnergy> by_action;         ///< counted actions in the enum's order; leakage is not among them
    Energy total;
    CellReadModel cell_read = CellReadModel::average;  ///< where the cells' read energy comes from
};

/// Prices `counts`. Throws ConfigError that names every counted action without an entry in the hardware's tables.
/// Programming pulses and memory_load are priced by plan_switch() and refused here (InternalError).
EnergyReport price(const ActionCounts& counts, const Hardware& hardware);

/// The same, and leakage_power(hardware, tiles_in_use) × time.
EnergyReport price(const ActionCounts& counts, const Hardware& hardware, Time time, std::int64_t tiles_in_use);

/// Of all tiles, or of those in use with chip.gate_unused_tiles; parts of the chip always leak.
Power leakage_power(const Hardware& hardware, std::int64_t tiles_in_use);

/// Of the parts whose use no action counts (Part::uncounted_power), all in use; by part.
std::map<std::string, Power> uncounted_power(const Hardware& hardware);

struct AreaReport {
    std::map<std::string, Area> by_part;  ///< of the whole chip
    Area total;
    Area mask_unit;  ///< the part "mask_unit"; 0 where the chip has none
};

AreaReport chip_area(const Hardware& hardware);

}  // namespace remask
