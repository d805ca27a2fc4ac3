#include "mapping/break_even.h"

namespace remask {

BreakEven break_even(const MethodCost& a, const MethodCost& b) {
    const Energy extra_switch = a.switch_energy - b.switch_energy;
    const Energy saved = b.inference_energy - a.inference_energy;
    BreakEven result;
    if (extra_switch.si() * saved.si() > 0.0) {
        result.inferences = extra_switch / saved;
        result.above = saved.si() > 0.0;
        return result;
    }
    const bool better = extra_switch.si() < 0.0 || saved.si() > 0.0;  // in one, and not worse in the other
    result.words = better ? "always" : "never";
    return result;
}

Energy energy_per_inference(const MethodCost& cost, double inferences) {
    return cost.switch_energy / inferences + cost.inference_energy;
}

}  // namespace remask
