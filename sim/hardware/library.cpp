#include "sim/hardware/library.h"

#include <set>
#include <type_traits>

#include "sim/base/files.h"

namespace remask {

namespace {

/// Why a component's figures can't be had, or empty.
std::string fault_of(const Component& component, const CrossbarParameters& crossbar) {
    if (component.kind != ComponentKind::adc) return fault_in(component);
    return crossbar.adc_bits == 0 ? "is an ADC, but crossbar.adc_bits is 0: the arrays have none"
                                  : fault_in(component.adc, crossbar.adc_bits);
}

class Resolver {
public:
    Resolver(Fields& fields, Hardware& hardware) : fields_(fields), hardware_(hardware) {}

    void energies() {
        EnergyTable& table = hardware_.energy;
        each_energy(table, [&](std::string_view action, auto& value, std::string_view) {
            const auto named = table.from.find(std::string(action));
            if (named == table.from.end()) return;
            const std::string path = "energy." + named->first;
            const Component* component = find(named->second, path);
            if (component == nullptr) return;
            if (component->kind == ComponentKind::adc && action == "adc_conversion") {
                table.adc = component->adc;  // its bits may differ by slice
                return;
            }
            take(value, *component, named->second, path, action == "buffer_write");
        });
    }

    void memory(MemoryParameters& memory, const std::string& path) {
        if (memory.energy_from.empty()) return;
        std::optional<EnergyPerBit> energy;
        const Component* component = find(memory.energy_from, path);
        if (component != nullptr) take(energy, *component, memory.energy_from, path, false);
        if (energy) memory.energy = *energy;
    }

    void part(const std::string& name, Part& part) {
        if (part.from.empty()) return;
        const std::string path = "parts." + name + ".from";
        const Component* component = find(part.from, path);
        if (component == nullptr) return;
        const Figures figures = figures_of(*component, hardware_.crossbar.adc_bits);
        fields_.require(figures.area.has_value(), path,
                        "its source gives '" + part.from + "' no area: give 'area' in place of 'from'");
        if (!figures.area) return;
        part.area = *figures.area;
        part.leakage = figures.leakage;
        part.source = figures.source;
    }

private:
    /// Null: it is not there or not whole, which was reported.
    const Component* find(const std::string& name, const std::string& path) {
        const auto found = hardware_.library.find(name);
        if (found == hardware_.library.end()) {
            std::vector<std::string> names;
            for (const auto& entry : hardware_.library) names.push_back(entry.first);
            fields_.require(false, path, "section 'library' has no '" + name + "'" + did_you_mean(name, names));
            return nullptr;
        }
        const std::string fault = fault_of(found->second, hardware_.crossbar);
        fields_.require(fault.empty(), path, fault);
        return fault.empty() ? &found->second : nullptr;
    }

    template <class Entry>
    void take(std::optional<Entry>& value, const Component& component, const std::string& name, const std::string& path,
              bool write) {
        const Figures figures = figures_of(component, hardware_.crossbar.adc_bits);
        if constexpr (std::is_same_v<Entry, EnergyPerBit>) {
            value = write ? figures.write : figures.read;
        } else {
            value = figures.operation;
        }
        const std::string wanted = std::is_same_v<Entry, EnergyPerBit> ? "bit" : "use";
        fields_.require(value.has_value(), path,
                        "'" + name + "' is of kind '" + std::string(word_of(component.kind)) +
                            "', which has no energy per " + wanted);
    }

    Fields& fields_;
    Hardware& hardware_;
};

/// Names of the components in use, by the path that names them.
std::map<std::string, std::string> uses(const Hardware& hardware) {
    std::map<std::string, std::string> by_path;
    for (const auto& [action, name] : hardware.energy.from) by_path["energy." + action] = name;
    const Memories& m = hardware.memory;
    by_path["memory.mask.energy"] = m.mask.energy_from;
    by_path["memory.weight.energy"] = m.weight.energy_from;
    by_path["memory.constants.energy"] = m.constants.energy_from;
    for (const auto& [part, entry] : hardware.parts) by_path["parts." + part] = entry.from;
    std::erase_if(by_path, [](const auto& entry) { return entry.second.empty(); });
    return by_path;
}

/// Says that conversions are charged as of another resolution than the arrays'; empty where they are not.
std::string foreign_conversion(const Hardware& hardware) {
    const EnergyTable& energy = hardware.energy;
    const int used = hardware.crossbar.adc_bits;
    const bool by_resolution = energy.adc || !energy.adc_conversion_by_bits.empty();
    if (by_resolution || !energy.adc_conversion || energy.adc_conversion_bits.value_or(used) == used) return {};
    const std::string own = std::to_string(*energy.adc_conversion_bits);
    return "crossbar.adc_bits is " + std::to_string(used) + (used == 0 ? " (ideal)" : "") +
           ", but conversions are charged as of " + own +
           " bits, whose energy energy.adc_conversion is: give its energy and energy.adc_conversion_bits, or a model, "
           "energy.adc: {source: isaac}";
}

}  // namespace

void resolve_library(Fields& fields, Hardware& hardware) {
    Resolver resolver(fields, hardware);
    resolver.energies();
    resolver.memory(hardware.memory.mask, "memory.mask.energy");
    resolver.memory(hardware.memory.weight, "memory.weight.energy");
    resolver.memory(hardware.memory.constants, "memory.constants.energy");
    for (auto& [name, part] : hardware.parts) resolver.part(name, part);
}

std::string_view describe_cell_read(CellReadModel model) {
    return model == CellReadModel::average ? "average of a published design (energy.cell_read)"
                                           : "physics: G·V²·read_pulse with the device's own read pulse";
}

std::map<std::string, std::string> library_sources(const Hardware& hardware) {
    std::map<std::string, std::string> sources;
    for (const auto& [path, name] : uses(hardware)) {
        sources[path] = name + ": " + figures_of(hardware.library.at(name), hardware.crossbar.adc_bits).source;
    }
    if (hardware.energy.adc && hardware.energy.from.count("adc_conversion") == 0) {
        sources["energy.adc_conversion"] = describe_source(*hardware.energy.adc);
    }
    if (hardware.cell.read_model == CellReadModel::physics) {
        sources["energy.cell_read"] = describe_cell_read(CellReadModel::physics);
    }
    return sources;
}

std::vector<std::string> cost_warnings(const Hardware& hardware) {
    std::set<std::string> names;
    for (const auto& use : uses(hardware)) names.insert(use.second);
    std::vector<std::string> warnings;
    for (const std::string& name : names) {
        const Figures figures = figures_of(hardware.library.at(name), hardware.crossbar.adc_bits);
        for (const std::string& warning : figures.warnings) {
            warnings.push_back("library." + name + ": " + warning);
        }
    }
    const std::string foreign = foreign_conversion(hardware);
    if (!foreign.empty()) warnings.push_back(foreign);
    return warnings;
}

}  // namespace remask
