#include "mapping/pe_cells.h"

#include "mapping/array_cells.h"
#include "mapping/write_tally.h"

namespace remask {

PeCellReader::PeCellReader(const Mapping& mapping, const Hardware& hardware, const WearCounter& wear,
                           std::span<const SlotWeights> at_end)
    : mapping_(mapping), hardware_(hardware), wear_(wear), parts_(static_cast<std::size_t>(mapping.pes)) {
    for (std::size_t s = 0; s < mapping.slots.size(); ++s) {
        const MappedSlot& slot = mapping.slots[s];
        levels_.emplace_back(hardware.crossbar, slot.geometry, at_end[s]);
        for (std::int64_t i = 0; i < slot.total_arrays(); ++i) {
            const std::size_t array = static_cast<std::size_t>(i) % slot.arrays.size();
            const auto pe = static_cast<std::size_t>(mapping.placement.place(slot.first_pe, i).pe);
            parts_[pe].push_back({s, array, i % hardware.chip.arrays_per_pe});
        }
    }
}

PeCells PeCellReader::read(std::int64_t pe) const {
    const auto array_cells = static_cast<std::size_t>(cells_of_array(hardware_.crossbar));
    PeCells cells;
    cells.levels.assign(static_cast<std::size_t>(hardware_.chip.arrays_per_pe) * array_cells, -1);
    cells.writes.assign(cells.levels.size(), 0);
    for (const Part& part : parts_[static_cast<std::size_t>(pe)]) {
        const MappedSlot& slot = mapping_.slots[part.slot];
        const std::size_t first = static_cast<std::size_t>(part.place) * array_cells;
        for (std::int64_t row = 0; row < slot.arrays[part.array].rows; ++row) {
            for_each_cell(hardware_.crossbar, slot, slot.arrays[part.array], row, levels_[part.slot],
                          [&](const ArrayCell& cell) {
                              cells.levels[first + cell.index] = static_cast<std::int16_t>(cell.level);
                              cells.writes[first + cell.index] = wear_.writes(part.slot, cell.weight, cell.part);
                          });
        }
    }
    return cells;
}

SwitchPlan PeCellReader::move(std::int64_t pe, const std::vector<std::int16_t>& found, const PulseCount& pulses) const {
    const auto array_cells = static_cast<std::size_t>(cells_of_array(hardware_.crossbar));
    WriteTally tally(hardware_, pulses);
    for (const Part& part : parts_[static_cast<std::size_t>(pe)]) {
        const MappedSlot& slot = mapping_.slots[part.slot];
        const MappedArray& array = slot.arrays[part.array];
        const std::size_t first = static_cast<std::size_t>(part.place) * array_cells;
        tally.begin_array();
        for (std::int64_t row = 0; row < array.rows; ++row) {
            std::size_t last_weight = static_cast<std::size_t>(-1);
            for_each_cell(hardware_.crossbar, slot, array, row, levels_[part.slot], [&](const ArrayCell& cell) {
                const int old = found.empty() || found[first + cell.index] < 0 ? 0 : found[first + cell.index];
                if (old == cell.level) return;
                tally.add({static_cast<std::int64_t>(part.slot), array.group, cell.k, cell.column,
                           static_cast<int>(cell.part), old, cell.level});
                if (cell.weight != last_weight) tally.add_weight();
                last_weight = cell.weight;
            });
            tally.end_row();
        }
    }
    return tally.finish({});
}

}  // namespace remask
