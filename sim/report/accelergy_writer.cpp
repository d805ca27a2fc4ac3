#include "sim/report/accelergy_writer.h"

#include <cstdio>
#include <utility>
#include <vector>

#include "sim/base/diagnostics.h"
#include "sim/energy/energy_report.h"

namespace remask {

namespace {

/// Digits that read back to the same double.
std::string exact(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.17g", value);
    return text;
}

struct Line {
    std::string action;
    std::int64_t count = 0;
    double picojoules = 0.0;
};

/// By component, in the order of first use; leakage last.
std::vector<std::pair<std::string, std::vector<Line>>> by_component(const InferenceResult& inference) {
    std::vector<std::pair<std::string, std::vector<Line>>> components;
    const auto add = [&](const std::string& component, Line line) {
        for (auto& entry : components) {
            if (entry.first != component) continue;
            entry.second.push_back(std::move(line));
            return;
        }
        components.push_back({component, {std::move(line)}});
    };
    for (const ActionLine& line : inference.actions) {
        for (const Action action : all_actions()) {
            if (action_name(action) != line.action) continue;
            add(std::string(component_of(action)), {line.action, line.count, line.each.si() * 1e12});
        }
    }
    const auto leakage = inference.energy_by_component.find("leakage");
    if (leakage != inference.energy_by_component.end()) add("leakage", {"leak", 1, leakage->second.si() * 1e12});
    return components;
}

}  // namespace

std::string accelergy_action_counts(const InferenceResult& inference) {
    std::string text = "action_counts:\n  version: 0.4\n  local:\n";
    for (const auto& [component, lines] : by_component(inference)) {
        text += "    - name: chip." + component + "\n      action_counts:\n";
        for (const Line& line : lines) {
            text += "        - {name: " + line.action + ", counts: " + std::to_string(line.count) + "}\n";
        }
    }
    return text;
}

std::string accelergy_energy_table(const InferenceResult& inference) {
    std::string text = "ERT:\n  version: 0.4\n  tables:\n";
    for (const auto& [component, lines] : by_component(inference)) {
        text += "    - name: chip." + component + "\n      actions:\n";
        for (const Line& line : lines) {
            text += "        - {name: " + line.action + ", arguments: {}, energy: " + exact(line.picojoules) + "}\n";
        }
    }
    return text;
}

std::string accelergy_area_table(const Results& results) {
    std::string text = "ART:\n  version: 0.4\n  tables:\n";
    for (const PartLine& line : results.parts) {
        text += "    - {name: chip." + line.part + ", area: " + exact(line.area.si() * 1e12) + "}\n";
    }
    return text;
}

std::map<std::string, std::string> accelergy_files(const Results& results) {
    std::map<std::string, std::string> files{{"ART.yaml", accelergy_area_table(results)}};
    const auto add = [&](const std::string& folder, const InferenceResult& inference) {
        files[folder + "/ERT.yaml"] = accelergy_energy_table(inference);
        files[folder + "/action_counts.yaml"] = accelergy_action_counts(inference);
    };
    add("backbone", results.backbone_inference);
    for (const TaskResult& task : results.tasks) add(task.task + "." + task.method, task.inference);
    return files;
}

}  // namespace remask
