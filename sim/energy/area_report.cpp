#include "sim/base/diagnostics.h"
#include "sim/energy/energy_report.h"

namespace remask {

namespace {

/// How many of a part there are, with `tiles` tiles.
double parts_in(const Part& part, const ChipStructure& chip, double tiles) {
    switch (part.per) {
        case PartLevel::array:
            return part.count * chip.arrays_per_pe * chip.pes_per_tile * tiles;
        case PartLevel::pe:
            return part.count * chip.pes_per_tile * tiles;
        case PartLevel::tile:
            return part.count * tiles;
        case PartLevel::chip:
            return part.count;
    }
    throw InternalError("a part that belongs nowhere");
}

}  // namespace

Power leakage_power(const Hardware& hardware, std::int64_t tiles_in_use) {
    const auto tiles =
        hardware.chip.gate_unused_tiles ? static_cast<double>(tiles_in_use) : static_cast<double>(hardware.chip.tiles);
    Power power;
    for (const auto& entry : hardware.parts)
        power += entry.second.leakage * parts_in(entry.second, hardware.chip, tiles);
    return power;
}

std::map<std::string, Power> uncounted_power(const Hardware& hardware) {
    std::map<std::string, Power> by_part;
    for (const auto& [name, part] : hardware.parts) {
        if (part.uncounted_power.si() <= 0.0) continue;
        by_part[name] = part.uncounted_power * parts_in(part, hardware.chip, hardware.chip.tiles);
    }
    return by_part;
}

AreaReport chip_area(const Hardware& hardware) {
    AreaReport report;
    for (const auto& entry : hardware.parts) {
        const Area area = entry.second.area * parts_in(entry.second, hardware.chip, hardware.chip.tiles);
        report.by_part[entry.first] = area;
        report.total += area;
        if (entry.first == "mask_unit") report.mask_unit = area;
    }
    return report;
}

}  // namespace remask
