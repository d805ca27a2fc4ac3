// How a task's mask meets the hardware: what one mask entry covers, where it is applied, and what the periphery needs
// for it.
#pragma once

#include <array>
#include <string_view>

#include "sim/base/fields.h"

namespace remask {

/// What one mask entry covers.
enum class Granularity {
    none,    ///< no mask
    weight,  ///< one weight
    kernel,  ///< one kernel: kernel height × width weights of one filter and one input channel
    column,  ///< one filter × one row tile, or coarser
};
template <>
struct EnumWords<Granularity> {
    static constexpr std::array<std::string_view, 4> words{"none", "weight", "kernel", "column"};
};

/// Where a mask is applied.
enum class Realisation {
    periphery,   ///< to every row tile's result: no cell is written
    row_groups,  ///< to every row group's result, driven one after another: no cell is written
    reprogram,   ///< folded into the cells, which are rewritten at a task switch
};
template <>
struct EnumWords<Realisation> {
    static constexpr std::array<std::string_view, 3> words{"periphery", "row_groups", "reprogram"};
};

/// What the periphery does with one tile (row group) result; its action is `mask_gate`, `mask_shift` or
/// `mask_multiply`.
enum class MaskUnit {
    none,
    gate,      ///< factors 0 and 1
    shift,     ///< factors 0 and ±2^k
    multiply,  ///< any factor
};
template <>
struct EnumWords<MaskUnit> {
    static constexpr std::array<std::string_view, 4> words{"none", "gate", "shift", "multiply"};
};

}  // namespace remask
