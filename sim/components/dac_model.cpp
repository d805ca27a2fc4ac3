// ISAAC's row drivers (32 nm): 4 mW and 170 um2 for 8 × 128 of one bit. Each further bit doubles both, as in MNSIM's
// table of DACs made from them.
#include <cmath>

#include "sim/base/units.h"
#include "sim/components/families.h"
#include "sim/components/technology.h"

namespace remask {

Figures dac_figures(const Component& component) {
    const Length known = Length::from_si(32e-9);
    constexpr double watts = 4e-3 / 1024, square_metres = 170e-12 / 1024;
    const double doublings = std::exp2(component.bits.value() - 1);
    Figures figures;
    figures.operation =
        Energy::from_si(watts * component.pulse->si() * doublings * energy_scale(known, component.node));
    figures.area = Area::from_si(square_metres * doublings * area_scale(known, component.node));
    figures.source = "ISAAC's row driver (32 nm [C]), " + std::to_string(component.bits.value()) + " bits, " +
                     to_string(component.pulse.value()) + ", " + to_string(component.node);
    if (component.node.si() != known.si()) {
        figures.warnings.push_back("a circuit of 32 nm, carried to " + to_string(component.node) +
                                   " by factors for logic (Stillmaker and Baas 2017)");
    }
    return figures;
}

}  // namespace remask
