// What the hardware does, counted: one dense integer counter per action of docs/cost.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "sim/base/quantity.h"

namespace remask {

/// Names as in docs/cost.md and in result files.
enum class Action {
    row_drive,
    cell_read,
    sample_hold,
    adc_conversion,
    shift_add,
    input_register,   ///< bits
    output_register,  ///< codes
    mask_gate,
    mask_shift,
    mask_multiply,
    input_sum,
    mask_read,  ///< bits
    tile_add,
    buffer_read,   ///< bits
    buffer_write,  ///< bits
    bus,           ///< bits × hops
    router,        ///< bits × hops
    digital_mac,
    digital_add,
    activation,
    pool,
    cell_set,    ///< pulses
    cell_reset,  ///< pulses
    verify_read,
    row_select,
    memory_load,  ///< bits
};
inline constexpr std::size_t action_count = 26;

std::string_view action_name(Action action);
/// All actions in the order of the enum.
const std::array<Action, action_count>& all_actions();

/// Counts of one layer, one image or a whole run; zero at first.
class ActionCounts {
public:
    std::int64_t& operator[](Action action) { return counts_[static_cast<std::size_t>(action)]; }
    std::int64_t operator[](Action action) const { return counts_[static_cast<std::size_t>(action)]; }
    ActionCounts& operator+=(const ActionCounts& other);
    bool operator==(const ActionCounts&) const = default;

    /// Sum over all cell reads of G·(V/V_read)², where the cells' read energy is physics; else 0.
    Conductance read_conductance;

private:
    std::array<std::int64_t, action_count> counts_{};
};

ActionCounts total(std::span<const ActionCounts> counts);

}  // namespace remask
