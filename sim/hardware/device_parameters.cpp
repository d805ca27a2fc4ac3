#include "sim/hardware/device_parameters.h"

#include <string>

namespace remask {

bool DeviceParameters::has_drift() const {
    return drift && drift->time != drift->reference_time && (drift->exponent != 0.0 || drift->exponent_spread != 0.0);
}

bool DeviceParameters::changes_cells() const {
    return has_programming_error() || has_drift() || stuck_on > 0.0 || stuck_off > 0.0;
}

bool DeviceParameters::has_telegraph_noise() const {
    return telegraph_noise && telegraph_noise->share > 0.0 && telegraph_noise->amplitude > 0.0 &&
           telegraph_noise->captured > 0.0;
}

void describe(Fields& fields, LevelError& e) {
    fields.field("mean", e.mean, {.doc = "mean error, a share of Gmax - Gmin", .min = -1, .max = 1});
    fields.field("deviation", e.deviation, {.doc = "standard deviation, a share of Gmax - Gmin", .min = 0, .max = 1});
}

void describe(Fields& fields, ProgrammingError& e) {
    fields.field("model", e.model,
                 {.doc = "the error's standard deviation is a share of Gmax - Gmin (constant), of the conductance "
                         "asked for (proportional), or given for each level (table)"});
    fields.field("strength", e.strength,
                 {.doc = "that share; of a table the factor on its entries, 1 = as given; 0 = off",
                  .min = 0,
                  .max = e.model == ErrorModel::table ? 100.0 : 1.0});
    fields.field("levels", e.levels, {.doc = "model: table: the errors of levels 0, 1, ...", .optional = true});
    fields.field("levels_file", e.levels_file,
                 {.doc = "model: table: a CSV file instead, with the columns level,mean,deviation", .optional = true});
    const bool table = e.model == ErrorModel::table;
    fields.require(!table || e.levels.empty() != e.levels_file.empty(), "model",
                   "table needs either levels or levels_file");
    fields.require(table || e.levels.empty(), "levels", "is for model: table");
    fields.require(table || e.levels_file.empty(), "levels_file", "is for model: table");
}

void describe(Fields& fields, WriteVerify& w) {
    fields.field(
        "tolerance", w.tolerance,
        {.doc = "a verify read accepts a cell this near to its target, a share of Gmax - Gmin", .min = 0, .max = 1});
    fields.field("most_pulses", w.most_pulses,
                 {.doc = "pulses after which a cell is left as it is", .min = 1, .max = 100000});
}

void describe(Fields& fields, Drift& d) {
    fields.field("time", d.time, {.doc = "time since programming [t]", .min = 0});
    fields.field("reference_time", d.reference_time,
                 {.doc = "when the programmed conductance was measured [t0]", .min = 0});
    fields.field("exponent", d.exponent, {.doc = "nu of G(t) = G(t0) (t/t0)^-nu; 0 = off", .min = -1, .max = 1});
    fields.field("exponent_spread", d.exponent_spread,
                 {.doc = "standard deviation of nu from cell to cell", .optional = true, .min = 0, .max = 1});
    fields.require(d.reference_time.si() > 0.0, "reference_time", "must be above 0");
    fields.require(d.time >= d.reference_time, "time", "must not be before reference_time");
}

void describe(Fields& fields, ReadNoise& n) {
    fields.field("model", n.model,
                 {.doc = "the noise's standard deviation is a share of Gmax - Gmin (constant) or of the cell's "
                         "conductance (proportional)"});
    fields.field("strength", n.strength, {.doc = "that share; 0 = off", .min = 0, .max = 1});
}

void describe(Fields& fields, TelegraphNoise& n) {
    fields.field("share", n.share, {.doc = "share of cells that have a trap; 0 = off", .min = 0, .max = 1});
    fields.field("amplitude", n.amplitude,
                 {.doc = "share of its conductance that a cell loses while its trap is captured", .min = 0, .max = 1});
    fields.field("captured", n.captured,
                 {.doc = "probability that a trap is captured at a read", .optional = true, .min = 0, .max = 1});
}

void describe(Fields& fields, DeviceParameters& d) {
    fields.field("seed", d.seed,
                 {.doc = "names the chip: the same seed has the same faults and errors; default: the experiment's seed",
                  .optional = true,
                  .min = 0});
    fields.field("conductance_fraction_bits", d.conductance_fraction_bits,
                 {.doc = "with device effects on, conductances are multiples of 2^-bits level units",
                  .optional = true,
                  .min = 0,
                  .max = 20});
    fields.field("programming_error", d.programming_error,
                 {.doc = "Gaussian error of the conductance after programming", .optional = true});
    fields.field("write_verify", d.write_verify,
                 {.doc = "programming repeats until a read finds the cell near its target; pulses are counted",
                  .optional = true});
    fields.field("stuck_on", d.stuck_on, {.doc = "share of cells stuck at Gmax", .optional = true, .min = 0, .max = 1});
    fields.field("stuck_off", d.stuck_off,
                 {.doc = "share of cells stuck at Gmin", .optional = true, .min = 0, .max = 1});
    fields.field("drift", d.drift, {.doc = "conductances change with time", .optional = true});
    fields.field("read_noise", d.read_noise, {.doc = "Gaussian noise of each read of each cell", .optional = true});
    fields.field("telegraph_noise", d.telegraph_noise,
                 {.doc = "random telegraph noise: cells whose conductance jumps between two values", .optional = true});
    fields.field("adc_errors", d.adc_errors,
                 {.doc = "offset, gain error and nonlinearity of the ADCs, drawn for each", .optional = true});
    fields.field("dac_errors", d.dac_errors,
                 {.doc = "levels, gain error and nonlinearity of the rows' DACs", .optional = true});
    fields.require(d.stuck_on + d.stuck_off <= 1.0, "stuck_on", "stuck_on and stuck_off are more than all cells");
    fields.require(!d.write_verify || d.programming_error, "write_verify",
                   "needs programming_error: without one the first pulse always hits");
}

void check_levels(Fields& fields, const DeviceParameters& device, int cell_bits) {
    if (!device.programming_error || device.programming_error->levels.empty() || cell_bits < 1 || cell_bits > 8) return;
    const std::size_t levels = std::size_t{1} << cell_bits;
    fields.require(device.programming_error->levels.size() == levels, "device.programming_error.levels",
                   "has " + std::to_string(device.programming_error->levels.size()) + " entries, but a cell of " +
                       std::to_string(cell_bits) + " bits (crossbar.cell_bits) has " + std::to_string(levels) +
                       " levels");
}

}  // namespace remask
