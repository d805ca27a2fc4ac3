#include "sim/components/component.h"

#include <algorithm>
#include <utility>

#include "sim/base/diagnostics.h"
#include "sim/base/units.h"
#include "sim/components/families.h"
#include "sim/components/technology.h"

namespace remask {

namespace {

struct GivenField {
    std::string_view name;
    bool given;
};

std::vector<GivenField> given_fields(const Component& c) {
    return {{"capacity", c.capacity.has_value()}, {"access_bits", c.access_bits.has_value()},
            {"bits", c.bits.has_value()},         {"pulse", c.pulse.has_value()},
            {"length", c.length.has_value()},     {"activity", c.activity.has_value()}};
}

/// What a kind needs of the fields above.
std::vector<std::string_view> needed_fields(ComponentKind kind) {
    switch (kind) {
        case ComponentKind::sram:
        case ComponentKind::edram:
            return {"capacity", "access_bits"};
        case ComponentKind::dac:
            return {"bits", "pulse"};
        case ComponentKind::wire:
            return {"length", "activity"};
        case ComponentKind::register_file:
        case ComponentKind::adder:
        case ComponentKind::multiplier:
        case ComponentKind::comparator:
        case ComponentKind::shift_add:
            return {"bits"};
        case ComponentKind::adc:
        case ComponentKind::sigmoid:
            return {};
    }
    throw InternalError("a kind of component without a name");
}

bool is_logic(ComponentKind kind) {
    return kind == ComponentKind::register_file || kind == ComponentKind::adder || kind == ComponentKind::multiplier ||
           kind == ComponentKind::comparator || kind == ComponentKind::shift_add || kind == ComponentKind::sigmoid;
}

bool contains(const std::vector<std::string_view>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

Figures adc_figures(const Component& component, int bits) {
    Figures figures;
    figures.operation = conversion_energy(component.adc, bits);
    figures.area = adc_area(component.adc, bits);
    figures.source = describe_source(component.adc) + ", " + std::to_string(bits) + " bits";
    return figures;
}

}  // namespace

void describe(Fields& fields, Component& c) {
    fields.field(
        "kind", c.kind,
        {.doc = "what it is; an adc has the fields of energy.adc, the others need those below that name them"});
    if (c.kind == ComponentKind::adc) {
        describe(fields, c.adc);
        return;
    }
    fields.field("node", c.node, {.doc = "technology node, 32 nm", .min = finest_node_m, .max = coarsest_node_m});
    fields.field("capacity", c.capacity,
                 {.doc = "sram, edram: of one bank", .optional = true, .min = 8.0 * 1024, .max = 8.0 * 4096 * 1024});
    fields.field("access_bits", c.access_bits,
                 {.doc = "sram, edram: bits of an access, 64 or 256", .optional = true, .min = 64, .max = 256});
    fields.field("bits", c.bits,
                 {.doc = "dac (1 to 8), register, adder, multiplier (of each factor), comparator, shift_add",
                  .optional = true,
                  .min = 1,
                  .max = 128});
    fields.field("pulse", c.pulse,
                 {.doc = "dac: how long a row is driven", .optional = true, .min = 1e-12, .max = 1e-3});
    fields.field("length", c.length, {.doc = "wire: 2 mm", .optional = true, .min = 1e-6, .max = 0.1});
    fields.field(
        "activity", c.activity,
        {.doc = "wire: share of the bits that charge it, 0.25 for random ones", .optional = true, .min = 0, .max = 1});
    fields.field(
        "voltage", c.voltage,
        {.doc = "register to sigmoid: supply; absent = nominal of the node", .optional = true, .min = 0.5, .max = 2});
    const std::string fault = fault_in(c);
    fields.require(fault.empty(), "kind", fault);
}

std::string fault_in(const Component& c) {
    const std::string kind(word_of(c.kind));
    if (c.kind == ComponentKind::adc) return {};
    const std::vector<std::string_view> needed = needed_fields(c.kind);
    for (const GivenField& field : given_fields(c)) {
        const std::string name(field.name);
        if (field.given && !contains(needed, field.name)) return "'" + kind + "' takes no '" + name + "'";
        if (!field.given && contains(needed, field.name)) return "'" + kind + "' needs '" + name + "'";
    }
    if (c.voltage && !is_logic(c.kind)) return "'" + kind + "' takes no 'voltage'";
    if (c.access_bits && *c.access_bits != 64 && *c.access_bits != 256) {
        return "accesses of 64 and of 256 bits are known, not of " + std::to_string(*c.access_bits);
    }
    if (c.kind == ComponentKind::dac && *c.bits > 8) return "DACs of 1 to 8 bits are known";
    const bool wire = c.kind == ComponentKind::wire;
    if (wire && (c.node.si() < 0.999 * wire_finest_m || c.node.si() > 1.001 * cacti_coarsest_m)) {
        return "wires are known at 22 to 90 nm, not at " + to_string(c.node);
    }
    return {};
}

Figures figures_of(const Component& component, int adc_bits) {
    if (!fault_in(component).empty()) throw InternalError("figures of a component that is not whole");
    switch (component.kind) {
        case ComponentKind::sram:
        case ComponentKind::edram:
            return memory_figures(component);
        case ComponentKind::adc:
            return adc_figures(component, adc_bits);
        case ComponentKind::dac:
            return dac_figures(component);
        case ComponentKind::wire:
            return wire_figures(component);
        default:
            return logic_figures(component);
    }
}

}  // namespace remask
