// The families of components: each file turns a description that has all its kind's fields into figures.
#pragma once

#include "sim/components/component.h"

namespace remask {

Figures memory_figures(const Component& component);
Figures dac_figures(const Component& component);
Figures wire_figures(const Component& component);
/// register, adder, multiplier, comparator, shift_add, sigmoid
Figures logic_figures(const Component& component);

/// Inclusive, in metres: what the tables of memories and wires hold.
inline constexpr double sram_finest_m = 22e-9, edram_finest_m = 32e-9, wire_finest_m = 22e-9, cacti_coarsest_m = 90e-9;

}  // namespace remask
