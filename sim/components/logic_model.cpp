// Digital blocks: Aladdin's at 40 nm (Shao et al., ISCA 2014, as Accelergy's library has them) and ISAAC's at 32 nm,
// by width and node.
#include <array>

#include "sim/base/diagnostics.h"
#include "sim/base/units.h"
#include "sim/components/families.h"
#include "sim/components/technology.h"

namespace remask {

namespace {

struct LogicBlock {
    ComponentKind kind;
    std::string_view source;
    double nanometres;
    int bits;  ///< that the figures are of; 0: has no width
    double picojoules, square_micrometres, leakage_uw;
};
constexpr std::array<LogicBlock, 6> blocks{
    {{ComponentKind::register_file, "Aladdin's flip-flop", 40, 1, 0.009, 5.98, 0.0},
     {ComponentKind::adder, "Aladdin's 32-bit adder", 40, 32, 0.21, 278, 2.4},
     {ComponentKind::multiplier, "Aladdin's 32 × 32-bit multiplier", 40, 32, 12.68, 6350, 80.0},
     {ComponentKind::comparator, "Aladdin's 32-bit comparator", 40, 32, 0.02947, 71, 0.0251},
     {ComponentKind::shift_add, "ISAAC's 16-bit shift-and-add", 32, 16, 0.2 / 10.24, 60, 0.0},
     {ComponentKind::sigmoid, "ISAAC's sigmoid unit", 32, 0, 0.26 / 0.48, 300, 0.0}}};

const LogicBlock& block_of(ComponentKind kind) {
    for (const LogicBlock& block : blocks) {
        if (block.kind == kind) return block;
    }
    throw InternalError("a kind of component that is no logic");
}

}  // namespace

Figures logic_figures(const Component& component) {
    const LogicBlock& block = block_of(component.kind);
    const Length known = Length::from_si(block.nanometres * 1e-9);
    double size = 1.0;
    if (block.bits > 0) size = static_cast<double>(component.bits.value()) / block.bits;
    if (component.kind == ComponentKind::multiplier) size *= size;
    const double energy = energy_scale(known, component.node, component.voltage);
    Figures figures;
    figures.operation = Energy::from_si(block.picojoules * 1e-12 * size * energy);
    if (component.kind == ComponentKind::register_file) {
        figures.read = EnergyPerBit::from_si(block.picojoules * 1e-12 * energy);
        figures.write = figures.read;
    }
    figures.area = Area::from_si(block.square_micrometres * 1e-12 * size * area_scale(known, component.node));
    figures.leakage = Power::from_si(block.leakage_uw * 1e-6 * size * energy);
    figures.source = std::string(block.source) + " (" + to_string(known) + " [C])";
    if (block.bits > 0) figures.source += ", " + std::to_string(component.bits.value()) + " bits";
    figures.source += ", " + to_string(component.node);
    if (component.voltage) figures.source += " at " + to_string(*component.voltage);
    return figures;
}

}  // namespace remask
