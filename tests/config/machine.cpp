#include "machine.h"

namespace remask {

void describe(Fields& fields, Adc& adc) {
    fields.field("bits", adc.bits, {.doc = "resolution", .min = 1, .max = 16});
    fields.field("energy", adc.energy, {.doc = "energy per conversion", .min = 0});
    fields.field("clock", adc.clock, {.doc = "its own clock", .optional = true});
}

void describe(Fields& fields, Stage& stage) {
    fields.field("name", stage.name, {.doc = "its name"});
    fields.field("gain", stage.gain, {.doc = "its gain", .optional = true, .min = 0, .max = 100});
}

void describe(Fields& fields, Machine& machine) {
    fields.field("rows", machine.rows, {.doc = "rows of an array", .min = 1, .max = 1024});
    fields.field("active_rows", machine.active_rows, {.doc = "rows driven at once", .optional = true, .min = 0});
    fields.field("seed", machine.seed, {.doc = "of all random numbers", .optional = true});
    fields.field("verbose", machine.verbose, {.doc = "talk more", .optional = true});
    fields.field("scale", machine.scale, {.doc = "a share", .optional = true, .min = 0, .max = 1});
    fields.field("pulse", machine.pulse, {.doc = "length of a read", .min = 1e-12, .max = 1e-3});
    fields.field("mode", machine.mode, {.doc = "how to compute"});
    fields.field("label", machine.label, {.doc = "a name", .optional = true});
    fields.field("weights", machine.weights, {.doc = "a file", .optional = true});
    fields.field("levels", machine.levels, {.doc = "gains to choose from", .optional = true, .max = 8});
    fields.field("table", machine.table, {.doc = "energies by action", .optional = true, .min = 0});
    fields.field("adc", machine.adc, {.doc = "the converter"});
    fields.field("spare", machine.spare, {.doc = "a second converter"});
    fields.field("stages", machine.stages, {.doc = "what follows", .optional = true});
    fields.require(machine.active_rows <= machine.rows, "active_rows", "more rows are driven than there are (rows)");
}

}  // namespace remask
