#include "sim/events/action_counts.h"

namespace remask {

namespace {

constexpr std::array<std::string_view, action_count> names{
    "row_drive",    "cell_read",  "sample_hold",   "adc_conversion", "shift_add",   "input_register", "output_register",
    "mask_gate",    "mask_shift", "mask_multiply", "input_sum",      "mask_read",   "tile_add",       "buffer_read",
    "buffer_write", "bus",        "router",        "digital_mac",    "digital_add", "activation",     "pool",
    "cell_set",     "cell_reset", "verify_read",   "row_select",     "memory_load"};

constexpr std::array<Action, action_count> make_actions() {
    std::array<Action, action_count> actions{};
    for (std::size_t i = 0; i < action_count; ++i) actions[i] = static_cast<Action>(i);
    return actions;
}

constexpr std::array<Action, action_count> actions = make_actions();
static_assert(static_cast<std::size_t>(Action::memory_load) + 1 == action_count);

}  // namespace

std::string_view action_name(Action action) {
    return names[static_cast<std::size_t>(action)];
}

const std::array<Action, action_count>& all_actions() {
    return actions;
}

ActionCounts& ActionCounts::operator+=(const ActionCounts& other) {
    for (std::size_t i = 0; i < action_count; ++i) counts_[i] += other.counts_[i];
    read_conductance += other.read_conductance;
    return *this;
}

ActionCounts total(std::span<const ActionCounts> counts) {
    ActionCounts sum;
    for (const ActionCounts& layer : counts) sum += layer;
    return sum;
}

}  // namespace remask
