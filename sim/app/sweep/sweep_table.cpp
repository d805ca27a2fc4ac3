#include "sim/app/sweep/sweep_table.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/base/diagnostics.h"
#include "sim/base/files.h"
#include "sim/report/writers.h"

namespace remask {

namespace {

/// ",float,crossbar,images" of the backbone: the cells that follow the status.
std::string backbone_cells(const std::filesystem::path& results) {
    try {
        const auto json = nlohmann::json::parse(read_file(results));
        const auto& backbone = json.at("backbone");
        const auto accuracy = backbone.value("accuracy", nlohmann::json::object());
        const auto cell = [](const nlohmann::json& object, const char* key) {
            return "," + (object.contains(key) ? object.at(key).dump() : std::string());
        };
        return cell(accuracy, "float") + cell(accuracy, "crossbar") + cell(backbone, "test_images");
    } catch (const nlohmann::json::exception& fault) {
        throw InputError(results.string() + ": not results of this remask (" + fault.what() + ")");
    }
}

/// The lines of a CSV file without their ends.
std::vector<std::string> lines_of(const std::filesystem::path& file) {
    std::istringstream csv(read_file(file));
    std::vector<std::string> lines;
    for (std::string line; std::getline(csv, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        lines.push_back(line);
    }
    return lines;
}

}  // namespace

std::vector<std::string> sweep_paths(const std::vector<Overrides>& points) {
    std::vector<std::string> paths;
    for (const Overrides& point : points) {
        for (const auto& entry : point) {
            if (std::find(paths.begin(), paths.end(), entry.first) == paths.end()) paths.push_back(entry.first);
        }
    }
    return paths;
}

Overrides on_paths(const Overrides& point, const std::vector<std::string>& paths) {
    Overrides values;
    for (const std::string& path : paths) {
        const auto found =
            std::find_if(point.begin(), point.end(), [&](const auto& entry) { return entry.first == path; });
        values.emplace_back(path, found == point.end() ? "" : found->second);
    }
    return values;
}

std::string sweep_table(const std::vector<SweepRow>& rows) {
    std::vector<Overrides> points;
    for (const SweepRow& row : rows) points.push_back(row.overrides);
    const std::vector<std::string> paths = sweep_paths(points);
    std::string head = "point";
    for (const std::string& path : paths) head += "," + csv_field(path);
    head += ",status";
    std::string columns, body;
    for (const SweepRow& row : rows) {
        std::string prefix = row.folder.filename().string();
        for (const auto& entry : on_paths(row.overrides, paths)) prefix += "," + csv_field(entry.second);
        prefix += "," + csv_field(row.status);
        if (row.status != "done") {
            body += prefix + "\r\n";
            continue;
        }
        prefix += backbone_cells(row.folder / "results.json");
        const std::vector<std::string> lines = lines_of(row.folder / "tasks.csv");
        if (lines.empty()) throw InputError((row.folder / "tasks.csv").string() + ": has no header line");
        columns = lines[0];
        const auto column_count = static_cast<std::size_t>(std::count(columns.begin(), columns.end(), ',')) + 1;
        for (std::size_t i = 1; i < lines.size(); ++i) body += prefix + "," + lines[i] + "\r\n";
        if (lines.size() == 1) body += prefix + std::string(column_count, ',') + "\r\n";
    }
    if (!columns.empty()) head += ",backbone_accuracy_float,backbone_accuracy_crossbar,backbone_test_images," + columns;
    return head + "\r\n" + body;
}

}  // namespace remask
