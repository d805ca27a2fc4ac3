#include "sim/energy/energy_report.h"

#include <optional>
#include <vector>

#include "sim/base/diagnostics.h"
#include "sim/hardware/config_fault.h"

namespace remask {

namespace {

/// Mean over the slices, which are converted equally often.
std::optional<double> joules_of_conversion(const Hardware& hardware) {
    const auto& by_bits = hardware.energy.adc_conversion_by_bits;
    const CrossbarParameters& p = hardware.crossbar;
    const auto& model = hardware.energy.adc;
    if (p.adc_bits == 0 || (by_bits.empty() && !model)) {
        if (!hardware.energy.adc_conversion) return std::nullopt;
        return hardware.energy.adc_conversion->si();
    }
    std::vector<int> bits = p.adc_slice_bits;
    if (bits.empty()) bits.push_back(p.adc_bits);
    double sum = 0.0;
    for (const int of_slice : bits) {
        if (model) {
            sum += conversion_energy(*model, of_slice).si();
            continue;
        }
        const auto entry = by_bits.find(std::to_string(of_slice));
        if (entry == by_bits.end()) return std::nullopt;
        sum += entry->second.si();
    }
    return sum / static_cast<double>(bits.size());
}

/// Energy of one, or of one bit where the action counts bits.
std::optional<double> joules_of(const Hardware& hardware, Action action) {
    const EnergyTable& table = hardware.energy;
    const auto si = [](const auto& entry) -> std::optional<double> {
        if (!entry) return std::nullopt;
        return entry->si();
    };
    switch (action) {
        case Action::row_drive:
            return si(table.row_drive);
        case Action::cell_read:
            return si(table.cell_read);
        case Action::sample_hold:
            return si(table.sample_hold);
        case Action::adc_conversion:
            return joules_of_conversion(hardware);
        case Action::shift_add:
            return si(table.shift_add);
        case Action::input_register:
            return si(table.input_register);
        case Action::output_register:
            return si(table.output_register);
        case Action::mask_gate:
            return si(table.mask_gate);
        case Action::mask_shift:
            return si(table.mask_shift);
        case Action::mask_multiply:
            return si(table.mask_multiply);
        case Action::input_sum:
            return si(table.input_sum);
        case Action::mask_read:
            return hardware.memory.mask.energy.si();
        case Action::tile_add:
            return si(table.tile_add);
        case Action::buffer_read:
            return si(table.buffer_read);
        case Action::buffer_write:
            return si(table.buffer_write);
        case Action::bus:
            return si(table.bus);
        case Action::router:
            return si(table.router);
        case Action::digital_mac:
            return si(table.digital_mac);
        case Action::digital_add:
            return si(table.digital_add);
        case Action::activation:
            return si(table.activation);
        case Action::pool:
            return si(table.pool);
        case Action::verify_read:
            return si(table.verify_read);
        case Action::row_select:
            return si(table.row_select);
        case Action::cell_set:
        case Action::cell_reset:
        case Action::memory_load:
            break;
    }
    throw InternalError("the energy of " + std::string(action_name(action)) + " is known to plan_switch() only");
}

Energy physical_read(const ActionCounts& counts, const CellPhysics& cell) {
    if (!cell.read_voltage || !cell.read_pulse) {
        refuse_config("hardware.cell", "read_model: physics needs read_voltage and read_pulse");
    }
    if (counts[Action::cell_read] > 0 && counts.read_conductance.si() <= 0.0) {
        throw InternalError("cell reads are to be priced by physics, but their conductances were not summed");
    }
    return *cell.read_voltage * *cell.read_voltage * counts.read_conductance * *cell.read_pulse;
}

void book(EnergyReport& report, std::string_view component, Energy energy) {
    report.by_component[std::string(component)] += energy;
    report.total += energy;
}

}  // namespace

std::string_view component_of(Action action) {
    switch (action) {
        case Action::row_drive:
            return "dac";
        case Action::cell_read:
            return "array";
        case Action::sample_hold:
            return "sample_hold";
        case Action::adc_conversion:
            return "adc";
        case Action::shift_add:
            return "shift_add";
        case Action::input_register:
        case Action::output_register:
            return "registers";
        case Action::mask_gate:
        case Action::mask_shift:
        case Action::mask_multiply:
            return "mask_unit";
        case Action::mask_read:
            return "mask_memory";
        case Action::buffer_read:
        case Action::buffer_write:
            return "buffer";
        case Action::bus:
            return "bus";
        case Action::router:
            return "router";
        case Action::input_sum:
        case Action::tile_add:
        case Action::digital_mac:
        case Action::digital_add:
        case Action::activation:
        case Action::pool:
            return "digital";
        case Action::cell_set:
        case Action::cell_reset:
        case Action::verify_read:
        case Action::row_select:
            return "write";
        case Action::memory_load:
            return "memory";
    }
    throw InternalError("an action without a component");
}

EnergyReport price(const ActionCounts& counts, const Hardware& hardware) {
    EnergyReport report;
    report.cell_read = hardware.cell.read_model;
    std::vector<Diagnostic> missing;
    for (const Action action : all_actions()) {
        const std::int64_t count = counts[action];
        if (count == 0) continue;
        if (action == Action::cell_read && hardware.cell.read_model == CellReadModel::physics) {
            const Energy reads = physical_read(counts, hardware.cell);
            report.by_action.push_back({action, count, reads / static_cast<double>(count), reads});
            book(report, component_of(action), reads);
            continue;
        }
        const std::optional<double> joules = joules_of(hardware, action);
        if (!joules) {
            const std::string name(action_name(action));
            missing.push_back(fault_at("hardware.energy." + name, "is missing, but this action was counted " +
                                                                      std::to_string(count) +
                                                                      " times: give its energy (0 if it costs none)"));
            continue;
        }
        const Energy energy = Energy::from_si(static_cast<double>(count) * *joules);
        report.by_action.push_back({action, count, Energy::from_si(*joules), energy});
        book(report, component_of(action), energy);
    }
    if (!missing.empty()) throw ConfigError(missing);
    return report;
}

EnergyReport price(const ActionCounts& counts, const Hardware& hardware, Time time, std::int64_t tiles_in_use) {
    EnergyReport report = price(counts, hardware);
    const Energy leaked = leakage_power(hardware, tiles_in_use) * time;
    if (leaked.si() > 0.0) book(report, "leakage", leaked);
    return report;
}

}  // namespace remask
