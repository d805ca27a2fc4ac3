// What is wrong with a sweep's values, found before anything runs.
#pragma once

#include "sim/app/sweep/sweep.h"

namespace remask {

/// Reads the base experiment, with `common` set, for each value of each axis, the grid's other axes at their first
/// values. Throws ConfigError with the faults of all of them, each with its axis and value.
void check_axes(const Sweep& sweep, const Overrides& common);

}  // namespace remask
