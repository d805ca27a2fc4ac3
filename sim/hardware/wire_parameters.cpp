#include "sim/hardware/wire_parameters.h"

namespace remask {

namespace {

void describe_supply(Fields& fields, WireParameters& w) {
    const bool from_inputs = w.layout == WireLayout::input_line;
    fields.field("row_segment", w.row_segment,
                 {.doc = "resistance of a row line between neighbouring columns; needed with layout: input_line",
                  .optional = true,
                  .min = 0});
    fields.field("row_driver", w.row_driver,
                 {.doc = "resistance in series at the driven end of a row line (layout: input_line)",
                  .optional = true,
                  .min = 0});
    fields.field("source_segment", w.source_segment,
                 {.doc = "resistance of a source line between neighbouring rows; needed with layout: source_line",
                  .optional = true,
                  .min = 0});
    fields.field("source_driver", w.source_driver,
                 {.doc = "resistance in series at the fed end of a source line, opposite to the sensed end of the "
                         "column (layout: source_line)",
                  .optional = true,
                  .min = 0});
    fields.field("input_density", w.input_density,
                 {.doc = "share of rows with an input of 1 at which a column's losses are taken; needed with layout: "
                         "source_line, whose losses depend on the inputs",
                  .optional = true,
                  .min = 0,
                  .max = 1});
    fields.require(!from_inputs || w.row_segment.has_value(), "row_segment", "layout: input_line needs it");
    fields.require(from_inputs || w.source_segment.has_value(), "source_segment", "layout: source_line needs it");
    fields.require(from_inputs || w.input_density > 0.0, "input_density",
                   "layout: source_line needs it, above 0: its losses depend on how many rows are driven");
    const bool row_current = w.row_segment.has_value() || w.row_driver.si() > 0.0;
    fields.require(from_inputs || !row_current, "row_segment",
                   "row lines carry no current with layout: source_line: remove row_segment and row_driver");
    const bool source = w.source_segment.has_value() || w.source_driver.si() > 0.0 || w.input_density > 0.0;
    fields.require(!from_inputs || !source, "source_segment",
                   "there is no source line with layout: input_line: remove source_segment, source_driver and "
                   "input_density");
}

}  // namespace

Resistance WireParameters::supply_segment() const {
    const std::optional<Resistance>& segment = layout == WireLayout::input_line ? row_segment : source_segment;
    return segment.value_or(Resistance());
}

Resistance WireParameters::supply_driver() const {
    return layout == WireLayout::input_line ? row_driver : source_driver;
}

bool WireParameters::ideal() const {
    return supply_segment().si() == 0.0 && supply_driver().si() == 0.0 && column_segment.si() == 0.0 &&
           column_sense.si() == 0.0;
}

void describe(Fields& fields, WireParameters& w) {
    fields.field("layout", w.layout,
                 {.doc = "what supplies the cells' current: the row line that carries the input (input_line), or a "
                         "line beside each column to which the input joins the cell (source_line)"});
    fields.field("interleaved", w.interleaved,
                 {.doc = "the two cells of a differential pair lie side by side on one column and are supplied with "
                         "opposite voltages; needs subtract: analog",
                  .optional = true});
    fields.field("row_placement", w.row_placement,
                 {.doc = "where the rows in use lie if a matrix does not fill the array: far from the columns' sensed "
                         "end, or near it",
                  .optional = true});
    fields.field("on_resistance", w.on_resistance, {.doc = "resistance of a cell at its highest level", .min = 1e-3});
    describe_supply(fields, w);
    fields.field("column_segment", w.column_segment,
                 {.doc = "resistance of a column line between neighbouring rows", .min = 0});
    fields.field("column_sense", w.column_sense,
                 {.doc = "resistance in series at the sensed end of a column", .optional = true, .min = 0});
}

}  // namespace remask
