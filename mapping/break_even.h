// After how many inferences between switches one method costs less than another.
#pragma once

#include <optional>
#include <string>

#include "sim/base/quantity.h"

namespace remask {

/// A method's cost: (switch_energy + n·inference_energy)/n per inference.
struct MethodCost {
    Energy switch_energy;
    Energy inference_energy;
};

struct BreakEven {
    std::optional<double> inferences;  ///< n*, where it is positive
    bool above = true;                 ///< method a costs less above n* (else below it)
    std::string words;                 ///< "never" or "always" where there is no n*: does a cost less than b?
};

/// Method a against b; equal costs are "never" (a is not better).
BreakEven break_even(const MethodCost& a, const MethodCost& b);

/// Energy per inference at `inferences` between two switches.
Energy energy_per_inference(const MethodCost& cost, double inferences);

}  // namespace remask
