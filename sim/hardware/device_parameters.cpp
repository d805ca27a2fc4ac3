#include "sim/hardware/device_parameters.h"

namespace remask {

bool DeviceParameters::changes_cells() const {
    const bool error = programming_error && programming_error->strength > 0.0;
    return error || stuck_on > 0.0 || stuck_off > 0.0;
}

void describe(Fields& fields, ProgrammingError& e) {
    fields.field("model", e.model,
                 {.doc = "the error's standard deviation is a share of Gmax - Gmin (constant) or of the conductance "
                         "asked for (proportional)"});
    fields.field("strength", e.strength, {.doc = "that share; 0 = off", .min = 0, .max = 1});
}

void describe(Fields& fields, DeviceParameters& d) {
    fields.field("conductance_fraction_bits", d.conductance_fraction_bits,
                 {.doc = "with device effects on, conductances are multiples of 2^-bits level units",
                  .optional = true,
                  .min = 0,
                  .max = 20});
    fields.field("programming_error", d.programming_error,
                 {.doc = "Gaussian error of the conductance after programming", .optional = true});
    fields.field("stuck_on", d.stuck_on, {.doc = "share of cells stuck at Gmax", .optional = true, .min = 0, .max = 1});
    fields.field("stuck_off", d.stuck_off,
                 {.doc = "share of cells stuck at Gmin", .optional = true, .min = 0, .max = 1});
    fields.require(d.stuck_on + d.stuck_off <= 1.0, "stuck_on", "stuck_on and stuck_off are more than all cells");
}

}  // namespace remask
