#include "mapping/inference_cost.h"

#include <algorithm>
#include <cmath>

#include "mapping/digital_cost.h"
#include "mapping/gated_columns.h"
#include "mapping/input_traffic.h"
#include "sim/base/diagnostics.h"
#include "sim/hardware/config_fault.h"

namespace remask {

namespace {

/// Sums over a slot's arrays for one vector and one phase.
struct ArraySums {
    std::int64_t rows = 0;         ///< Σ Rw
    std::int64_t cells = 0;        ///< Σ Rw·Cp, less what gating leaves unread
    std::int64_t held = 0;         ///< Σ G·Cv, less what gating leaves unread
    std::int64_t conversions = 0;  ///< Σ G·Cv, less what gating leaves unconverted
};

ArraySums sum_arrays(const MappedSlot& slot, const Hardware& hardware, const SlotMask& mask) {
    const CrossbarGeometry& geometry = slot.geometry;
    const Gating gating = hardware.periphery.gating;
    ArraySums sums;
    for (const MappedArray& array : slot.arrays) {
        sums.rows += array.rows;
        for (std::int64_t group = 0; group < array.row_groups; ++group) {
            const std::int64_t rows =
                std::min<std::int64_t>(geometry.active_rows, array.rows - group * geometry.active_rows);
            const std::int64_t gated = gating == Gating::none ? 0 : gated_columns(slot, array, mask, group);
            const std::int64_t converted = array.logical_columns - gated;
            const std::int64_t read = gating == Gating::source_line ? converted : array.logical_columns;
            sums.cells += rows * physical_columns(geometry, read);
            sums.held += converted_columns(hardware.crossbar, geometry, read);
            sums.conversions += converted_columns(hardware.crossbar, geometry, converted);
        }
    }
    return sums;
}

void count_arrays(ActionCounts& counts, const MappedSlot& slot, const Hardware& hardware, const SlotMask& mask,
                  const SlotActivity& activity) {
    const ArraySums sums = sum_arrays(slot, hardware, mask);
    const std::int64_t reads = slot.vectors * slot.geometry.phases;
    counts[Action::row_drive] = reads * sums.rows;
    if (hardware.periphery.skip_zero_inputs) {
        counts[Action::row_drive] =
            std::llround(static_cast<double>(counts[Action::row_drive]) * activity.nonzero_digits);
    }
    counts[Action::input_register] = slot.vectors * sums.rows * hardware.crossbar.input_bits;
    counts[Action::cell_read] = reads * sums.cells;
    counts[Action::sample_hold] = reads * sums.held;
    counts[Action::adc_conversion] = reads * sums.conversions;
    counts[Action::shift_add] = counts[Action::adc_conversion];
    counts[Action::output_register] = counts[Action::adc_conversion];
    if (hardware.cell.read_model == CellReadModel::physics) {
        const double off = 1.0 / hardware.cell.off_resistance.value().si();
        const double on = 1.0 / hardware.cell.on_resistance.value().si();
        const auto cells = static_cast<double>(counts[Action::cell_read]);
        const ReadSums assumed{cells * activity.mean_square_digit,
                               cells * activity.mean_square_digit * activity.mean_level};
        const ReadSums cells_read = activity.reads.value_or(assumed);
        counts.read_conductance =
            Conductance::from_si(cells_read.squares * off + cells_read.level_squares * (on - off));
    }
}

void count_mask(ActionCounts& counts, const MappedSlot& slot, const Hardware& hardware, const SlotMask& mask) {
    if (mask.unit == MaskUnit::none) return;
    const CrossbarGeometry& geometry = slot.geometry;
    const std::int64_t entries =
        (mask.per_row_group ? geometry.row_groups : geometry.row_tiles) * geometry.columns * slot.groups;
    const std::int64_t results = slot.vectors * entries;
    switch (mask.unit) {
        case MaskUnit::gate:
            counts[Action::mask_gate] = results;
            break;
        case MaskUnit::shift:
            counts[Action::mask_shift] = results;
            break;
        case MaskUnit::multiply:
            counts[Action::mask_multiply] = results;
            break;
        case MaskUnit::none:
            break;
    }
    counts[Action::mask_read] = (hardware.periphery.mask_registers ? entries : results) * mask.bits_per_entry;
}

/// The slot with the vectors only that no gate skips.
MappedSlot computed_part(const MappedSlot& slot, const SlotMask& mask) {
    MappedSlot part = slot;
    part.vectors = std::llround(static_cast<double>(slot.vectors) * mask.computed_share);
    return part;
}

ActionCounts slot_counts(const Mapping& mapping, const Network& network, const Hardware& hardware,
                         const MappedSlot& slot, const SlotMask& mask, const SlotActivity& activity,
                         std::int64_t source) {
    check_mask(slot, hardware, mask);
    const CrossbarGeometry& geometry = slot.geometry;
    const std::int64_t outputs = slot.vectors * geometry.columns * slot.groups;
    ActionCounts counts;
    count_arrays(counts, slot, hardware, mask, activity);
    count_mask(counts, slot, hardware, mask);
    if (hardware.crossbar.encoding == Encoding::offset || hardware.crossbar.column_flip) {
        counts[Action::input_sum] = slot.vectors * geometry.rows * slot.groups;
    }
    counts[Action::tile_add] = outputs * (geometry.row_tiles - 1);
    counts[Action::buffer_read] = input_bits_fetched(network, slot, hardware);
    counts[Action::buffer_write] = outputs * hardware.chip.output_bits;
    counts[Action::bus] = counts[Action::buffer_read] + counts[Action::buffer_write];
    counts[Action::router] = routed_bits(mapping, network, slot, hardware, source);
    return counts;
}

void check_given(const Mapping& mapping, const Hardware& hardware, std::size_t masks, std::size_t activities) {
    if (masks != 0 && masks != mapping.slots.size()) throw InternalError("there must be a mask for each slot, or none");
    if (activities != 0 && activities != mapping.slots.size()) {
        throw InternalError("there must be an activity for each slot, or none");
    }
    if (activities != 0) return;
    if (hardware.periphery.skip_zero_inputs) {
        refuse_config(
            "hardware.periphery.skip_zero_inputs",
            "needs the share of input digits that are not 0: from images, or `assume: {input_one_density: ...}`");
    }
    if (hardware.cell.read_model == CellReadModel::physics) {
        refuse_config("hardware.cell.read_model",
                      "physics needs weights and inputs: from a model, or `assume: {input_one_density: ...}`");
    }
}

}  // namespace

std::vector<ActionCounts> inference_counts(const Mapping& mapping, const Network& network, const Hardware& hardware,
                                           std::span<const SlotMask> masks, std::span<const SlotActivity> activities) {
    check_given(mapping, hardware, masks.size(), activities.size());
    const InputSources sources(mapping, network);
    std::vector<ActionCounts> counts(network.layers.size());
    std::vector<bool> mapped(network.layers.size());
    for (std::size_t s = 0; s < mapping.slots.size(); ++s) {
        const MappedSlot& slot = mapping.slots[s];
        const auto layer = static_cast<std::size_t>(slot.layer);
        const std::int64_t source = sources.source(network.layers[layer].inputs.at(0), slot.layer);
        mapped[layer] = true;
        const SlotMask mask = masks.empty() ? SlotMask{} : masks[s];
        const MappedSlot part = computed_part(slot, mask);
        SlotActivity activity = activities.empty() ? SlotActivity{} : activities[s];
        if (activity.reads && part.vectors != slot.vectors) {  // those that gates skip are taken to be like the others
            const double share = static_cast<double>(part.vectors) / static_cast<double>(slot.vectors);
            activity.reads->squares *= share;
            activity.reads->level_squares *= share;
        }
        counts[layer] = slot_counts(mapping, network, hardware, part, mask, activity, source);
    }
    for (std::size_t layer = 0; layer < counts.size(); ++layer) {
        if (mapped[layer]) continue;
        counts[layer] = digital_counts(mapping, network, hardware, static_cast<int>(layer), sources);
    }
    return counts;
}

}  // namespace remask
