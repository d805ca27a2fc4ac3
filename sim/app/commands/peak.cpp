// remask peak: a chip's power, area and throughput at full utilisation.
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "sim/app/commands/commands.h"
#include "sim/app/commands/print_json.h"
#include "sim/app/peak.h"
#include "sim/app/settings/load_config.h"
#include "sim/base/diagnostics.h"
#include "sim/base/units.h"
#include "sim/hardware/library.h"
#include "sim/report/writers.h"

namespace remask {

namespace {

using Json = nlohmann::ordered_json;
using Sources = std::map<std::string, std::string>;

std::string source_of(const Sources& sources, const std::string& path) {
    const auto found = sources.find(path);
    return found == sources.end() ? "" : found->second;
}

std::string text_of(double value, const char* format) {
    char buffer[48];
    std::snprintf(buffer, sizeof buffer, format, value);
    return buffer;
}

/// Count, energy each and power of every action; the sources as the hardware file gives them.
std::string action_table(const PeakReport& peak, const Sources& sources) {
    std::vector<std::vector<std::string>> rows{{"action", "count", "energy each", "power", "source"}};
    for (const ActionEnergy& line : peak.energy.by_action) {
        const std::string name(action_name(line.action));
        rows.push_back({name, std::to_string(line.count), to_string(line.each), to_string(line.total / peak.interval),
                        source_of(sources, "energy." + name)});
    }
    if (const auto leakage = peak.by_component.find("leakage"); leakage != peak.by_component.end()) {
        rows.push_back({"leakage", "", "", to_string(leakage->second), "parts"});
    }
    for (const auto& [part, power] : peak.uncounted) {
        rows.push_back({part, "", "uncounted", to_string(power), peak.hardware.parts.at(part).source});
    }
    return text_table(rows);
}

std::string area_table(const PeakReport& peak) {
    std::vector<std::vector<std::string>> rows{{"part", "area", "source"}};
    for (const auto& [part, area] : peak.area.by_part) {
        rows.push_back({part, text_of(area.si() * 1e6, "%.4f mm2"), peak.hardware.parts.at(part).source});
    }
    return text_table(rows);
}

Json to_json(const PeakReport& peak, const Sources& sources) {
    Json actions = Json::array(), areas = Json::array();
    Json components = Json::object(), uncounted = Json::object();
    for (const ActionEnergy& line : peak.energy.by_action) {
        const std::string name(action_name(line.action));
        actions.push_back({{"action", name},
                           {"count", line.count},
                           {"energy_per_action_j", line.each.si()},
                           {"energy_j", line.total.si()},
                           {"source", source_of(sources, "energy." + name)}});
    }
    for (const auto& [component, power] : peak.by_component) components[component] = power.si();
    for (const auto& [part, power] : peak.uncounted) uncounted[part] = power.si();
    for (const auto& [part, area] : peak.area.by_part) {
        areas.push_back({{"part", part}, {"area_m2", area.si()}, {"source", peak.hardware.parts.at(part).source}});
    }
    return {{"hardware", peak.hardware.name},
            {"weight_bits", peak.hardware.crossbar.weight_bits},
            {"input_bits", peak.hardware.crossbar.input_bits},
            {"interval_s", peak.interval.si()},
            {"arrays_interval_s", peak.arrays_interval.si()},
            {"slower_digital_unit", peak.pace},
            {"operations_per_s", peak.operations_per_s},
            {"operations_per_j", peak.operations_per_joule()},
            {"operations_per_s_m2", peak.operations_per_s_m2()},
            {"power_w", peak.power.si()},
            {"power_by_component_w", components},
            {"uncounted_power_w", uncounted},
            {"area_m2", peak.area.total.si()},
            {"mask_unit_area_m2", peak.area.mask_unit.si()},
            {"actions", actions},
            {"areas", areas},
            {"warnings", cost_warnings(peak.hardware)}};
}

}  // namespace

int execute_peak(const Arguments& arguments) {
    const std::string& name = arguments.positional()[0];
    ConfigFile file(name, arguments.overrides());
    if (file.document().has("cell") && !file.document().has("crossbar")) {
        throw ConfigError(name +
                          ": is a device file, no whole chip; lay it over one in a file of your own: extends: "
                          "[isaac.yaml, " +
                          name + "]");
    }
    const PeakReport report = with_places(file, [&] { return peak(file.read<Hardware>()); });
    Sources sources = file.document().sources();
    for (const auto& [path, source] : library_sources(report.hardware)) sources[path] = source;
    if (arguments.json()) {
        print_json(to_json(report, sources));
        return 0;
    }
    const CrossbarParameters& crossbar = report.hardware.crossbar;
    std::cout << report.hardware.name << " at full utilisation, " << crossbar.weight_bits << "-bit weights and "
              << crossbar.input_bits << "-bit inputs: " << text_of(report.operations_per_s * 1e-12, "%.4g TOPS, ")
              << to_string(report.power) << ", " << text_of(report.area.total.si() * 1e6, "%.4g mm2 (mask units ")
              << text_of(report.area.mask_unit.si() * 1e6, "%.3g mm2); ")
              << text_of(report.operations_per_joule() * 1e-12, "%.4g TOPS/W")
              << (report.area.total.si() > 0.0 ? text_of(report.operations_per_s_m2() * 1e-18, ", %.4g TOPS/mm2\n")
                                               : "; the parts have no area\n");
    if (!report.pace.empty()) {
        std::cout << "digital units set the pace (" << report.pace << "): an image every " << to_string(report.interval)
                  << "; the arrays alone would take " << to_string(report.arrays_interval) << "\n";
    }
    for (const std::string& warning : cost_warnings(report.hardware)) std::cout << "warning: " << warning << "\n";
    if (!arguments.quiet()) std::cout << "\n" << action_table(report, sources) << "\n" << area_table(report);
    return 0;
}

}  // namespace remask
