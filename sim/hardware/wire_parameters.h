// The resistance of an array's wires (docs/wires.md). Off unless given.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "sim/base/fields.h"
#include "sim/base/quantity.h"

namespace remask {

/// Where the current of the cells comes from.
enum class WireLayout {
    input_line,   ///< the row line that carries the input: cell voltages are inputs, linear in them
    source_line,  ///< a line beside each column; the input joins the cell to it or parts it (1T1R)
};
template <>
struct EnumWords<WireLayout> {
    static constexpr std::array<std::string_view, 2> words{"input_line", "source_line"};
};

/// Which rows hold a matrix that has fewer rows than the array.
enum class RowPlacement {
    far,   ///< those farthest from the sensed end of the columns
    near,  ///< those next to it
};
template <>
struct EnumWords<RowPlacement> {
    static constexpr std::array<std::string_view, 2> words{"far", "near"};
};

/// YAML section `crossbar.wires:`. A segment is the piece of a line between neighbouring cells.
struct WireParameters {
    WireLayout layout = WireLayout::input_line;
    bool interleaved = false;  ///< the two cells of a pair share a column (analog subtraction)
    RowPlacement row_placement = RowPlacement::far;
    Resistance on_resistance;                  ///< of a cell at its highest level
    std::optional<Resistance> row_segment;     ///< input_line: needed
    Resistance row_driver;                     ///< input_line: in series at the driven end of a row line
    std::optional<Resistance> source_segment;  ///< source_line: needed
    Resistance source_driver;                  ///< source_line: in series at the fed end, far from the sensed one
    Resistance column_segment;
    Resistance column_sense;     ///< in series at the sensed end of a column
    double input_density = 0.0;  ///< source_line: share of driven rows at which the columns are made linear

    /// The line that supplies the cells: row line or source line.
    Resistance supply_segment() const;
    Resistance supply_driver() const;
    /// Every resistance is 0: the same as no section `wires:`.
    bool ideal() const;
};

void describe(Fields& fields, WireParameters& wires);

}  // namespace remask
