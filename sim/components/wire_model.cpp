// CACTI 7.0's global wires: repeaters placed for 30 % more than the least delay, transistors of low standby power.
#include <algorithm>
#include <array>
#include <cmath>

#include "sim/base/units.h"
#include "sim/components/families.h"
#include "sim/components/log_interpolation.h"

namespace remask {

namespace {

/// Energy to charge a millimetre and discharge it again, its leakage, and the pitch (width + spacing).
struct WireNode {
    double nanometres, picojoules, nanowatts, pitch_um;
};
constexpr std::array<WireNode, 5> wire_nodes{{{22, 0.187003, 8.42000, 0.044},
                                              {32, 0.293202, 1.93255, 0.064},
                                              {45, 0.375659, 0.91320, 0.090},
                                              {65, 0.497548, 1.88528, 0.130},
                                              {90, 0.624804, 0.66641, 0.180}}};

/// Linear in the logarithms between the nodes.
template <class Value>
double between(double nanometres, Value&& value) {
    std::array<double, wire_nodes.size()> nodes{};
    std::transform(wire_nodes.begin(), wire_nodes.end(), nodes.begin(), [](const WireNode& n) { return n.nanometres; });
    const LogPlace place = log_place(nodes, nanometres);
    return std::exp((1 - place.share) * std::log(value(wire_nodes[place.low])) +
                    place.share * std::log(value(wire_nodes[place.low + 1])));
}

}  // namespace

Figures wire_figures(const Component& component) {
    const double nanometres = component.node.si() * 1e9;
    const double millimetres = component.length->si() * 1e3;
    const double charged = between(nanometres, [](const WireNode& n) { return n.picojoules; });
    Figures figures;
    figures.read = EnergyPerBit::from_si(charged * 1e-12 * millimetres * component.activity.value());
    figures.write = figures.read;
    figures.leakage =
        Power::from_si(between(nanometres, [](const WireNode& n) { return n.nanowatts; }) * 1e-9 * millimetres);
    figures.area = Area::from_si(between(nanometres, [](const WireNode& n) { return n.pitch_um; }) * 1e-6 *
                                 component.length->si());
    figures.source = "CACTI 7.0: a global wire of " + to_string(component.length.value()) + ", " +
                     to_string(component.node) + " [C]";
    return figures;
}

}  // namespace remask
