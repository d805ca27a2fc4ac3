// What one image makes the hardware do, counted layer by layer: the table of docs/cost.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "mapping/mapping.h"
#include "sim/events/action_counts.h"
#include "sim/hardware/mask_unit.h"

namespace remask {

/// A task's mask at the periphery of one slot. unit none = the periphery does nothing for this slot.
struct SlotMask {
    MaskUnit unit = MaskUnit::none;
    int bits_per_entry = 0;      ///< mask bits read for one tile (row group) result
    bool per_row_group = false;  ///< realisation `row_groups`
    /// [groups][T (or row groups over all tiles), N] row-major; 0 gates the column. Empty = no column is gated.
    std::vector<double> factors;
    /// Share of the input vectors that are computed: gates beside the arrays skip the others, and nothing of theirs is
    /// counted. Rounded to whole vectors.
    double computed_share = 1.0;
};

/// Sums over all cell reads of an image: v = the row's voltage relative to a full digit's, g = the cell's conductance
/// above an erased one's relative to that of the highest level.
struct ReadSums {
    double squares = 0.0;        ///< Σ v²
    double level_squares = 0.0;  ///< Σ g·v²
};

/// What a slot's data are like, where the hardware's energy depends on it.
struct SlotActivity {
    double nonzero_digits = 1.0;  ///< share of the input digits that are not 0 (skip_zero_inputs)
    /// With cell.read_model: physics, measured: of the columns that gating leaves to be read. Else follows from means.
    std::optional<ReadSums> reads;
    double mean_square_digit = 1.0;  ///< assumed: mean of (digit/(2^d−1))² over input digits
    double mean_level = 1.0;         ///< assumed: mean of level/(L−1) over the used cells
};

/// Counts per layer of the network (index = layer; layers that do nothing have zeros) for one image.
/// `masks` and `activities`: per slot, or empty. Throws ConfigError where a mask cannot be realised: per_row_group
/// without row_packing: kernel and active_rows = kernel size; where the hardware needs activities that are not given.
std::vector<ActionCounts> inference_counts(const Mapping& mapping, const Network& network, const Hardware& hardware,
                                           std::span<const SlotMask> masks = {},
                                           std::span<const SlotActivity> activities = {});

/// Throws ConfigError, naming slot and remedy, where a mask of this granularity cannot be realised so on this mapping:
/// weight or kernel granularity at the periphery, row groups that are no kernels.
void check_realisation(const Mapping& mapping, const Hardware& hardware, Granularity granularity,
                       Realisation realisation);

/// q: the most converted columns that any one ADC of the slot's arrays serves; gated ones do not count with
/// gating_saves_time.
std::int64_t conversions_per_adc(const MappedSlot& slot, const Hardware& hardware, const SlotMask& mask = {});

}  // namespace remask
