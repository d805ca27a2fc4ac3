#include "tests/structure/dependency_rules.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <regex>
#include <string_view>

namespace remask::structure {
namespace {

struct HeavyLibrary {
    std::string name;
    std::regex include;
    std::set<std::string> folders;          ///< where its headers may be included at all
    std::set<std::string> private_headers;  ///< headers that may include it: used inside their folder only
};

const std::vector<HeavyLibrary>& heavy_libraries() {
    static const std::vector<HeavyLibrary> libraries{
        {"Eigen", std::regex("^(unsupported/)?Eigen/"), {"sim/circuit", "models/network"}, {}},
        {"yaml-cpp", std::regex("^yaml-cpp/"), {"sim/config"}, {}},
        {"HDF5", std::regex("^(hdf5|H5[A-Za-z]*)\\.h$"), {"sim/storage"}, {"sim/storage/hdf5_handle.h"}},
        {"Boost", std::regex("^boost/"), {"sim/app"}, {}},
        {"nlohmann-json", std::regex("^nlohmann/"), {"sim/report", "sim/app", "models/network"}, {}},
        {"OpenBLAS", std::regex("^(cblas|lapacke|openblas_config)\\.h$"), {"sim/linalg"}, {}},
        {"oneDNN", std::regex("^(oneapi/)?dnnl"), {"sim/linalg"}, {}},
        {"ONNX", std::regex("^(onnx|google)/"), {"models/onnx"}, {}},
        {"libjpeg", std::regex("^(jpeglib|jerror)\\.h$"), {"models/data"}, {}},
        {"zlib", std::regex("^(zlib|zconf)\\.h$"), {"models/data"}, {}},
        {"xxHash", std::regex("^xxh"), {"sim/app"}, {}},
        {"libpng", std::regex("^png\\.h$"), {"models/data"}, {}},
    };
    return libraries;
}

/// For `remask info`: asks every library for its version.
constexpr const char* names_all_libraries = "sim/app/library_versions.cpp";

/// The rooms of sim/app; each may use those before it, and what lies in sim/app itself may use none.
constexpr std::string_view app_rooms[] = {"sim/app/settings/", "sim/app/costing/", "sim/app/run/", "sim/app/sweep/",
                                          "sim/app/commands/"};

std::ptrdiff_t rank_in_app(const std::string& path) {
    const auto room = std::find_if(std::begin(app_rooms), std::end(app_rooms),
                                   [&](std::string_view name) { return path.starts_with(name); });
    return room == std::end(app_rooms) ? 0 : room - std::begin(app_rooms) + 1;
}

bool contains(const std::set<std::string>& set, const std::string& value) {
    return set.find(value) != set.end();
}

}  // namespace

const std::map<std::string, std::set<std::string>>& allowed_dependencies() {
    static const std::map<std::string, std::set<std::string>> table = [] {
        std::map<std::string, std::set<std::string>> folders{
            {"sim/base", {}},
            {"sim/config", {"sim/base"}},
            {"sim/linalg", {"sim/base"}},
            {"sim/storage", {"sim/base"}},
            {"sim/events", {"sim/base"}},
            {"sim/components", {"sim/base"}},
            {"sim/hardware", {"sim/base", "sim/components"}},
            {"sim/device", {"sim/base", "sim/hardware"}},
            {"sim/circuit", {"sim/base"}},
            {"sim/crossbar", {"sim/base", "sim/hardware", "sim/device", "sim/circuit", "sim/linalg"}},
            {"sim/energy", {"sim/base", "sim/hardware", "sim/events"}},
            {"sim/schedule", {"sim/base", "sim/hardware", "sim/events", "models/network", "mapping"}},
            {"models/network", {"sim/base", "sim/storage", "sim/linalg"}},
            {"models/onnx", {"sim/base", "models/network"}},
            {"models/data", {"sim/base", "models/network"}},
            {"models/methods",
             {"sim/base", "sim/hardware", "sim/storage", "sim/linalg", "models/network", "models/data", "mapping"}},
            {"mapping", {"sim/base", "sim/hardware", "sim/events", "models/network"}},
        };
        // Only the application joins the functional side with energy; the report prints what the application found.
        std::set<std::string> everything;
        for (const auto& entry : folders) everything.insert(entry.first);
        folders["sim/report"] = everything;
        everything.insert("sim/report");
        folders["sim/app"] = everything;
        return folders;
    }();
    return table;
}

std::string code_folder_of(const std::string& path) {
    for (const auto& entry : allowed_dependencies()) {
        if (path.starts_with(entry.first + "/")) return entry.first;
    }
    return {};
}

std::vector<std::string> check_includes(const SourceFile& file) {
    static const std::regex include_line("^\\s*#\\s*include\\s*([<\"])([^>\"]+)[>\"].*$");
    std::vector<std::string> complaints;
    const std::string from = code_folder_of(file.path);
    int number = 0;
    for (const std::string& line : lines_of(file.text)) {
        ++number;
        std::smatch match;
        if (!std::regex_match(line, match, include_line)) continue;
        const bool quoted = match[1] == "\"";
        const std::string target = match[2];
        const auto complain = [&](const std::string& what) {
            complaints.push_back(file.path + ":" + std::to_string(number) + ": " + what);
        };
        const std::string to = code_folder_of(target);
        const bool own_test_helper = file.path.starts_with("tests/") && target.find('/') == std::string::npos;
        if (quoted && to.empty() && !target.starts_with("tests/") && !own_test_helper) {
            complain("\"" + target + "\" is not a path from the repository's root into a folder of code");
        }
        if (!quoted && !to.empty()) complain("<" + target + "> is ours: use quotes");
        if (from.empty()) continue;  // tests may include everything
        if (!to.empty() && to != from && !contains(allowed_dependencies().at(from), to)) {
            complain(from + " must not use " + to);
        }
        if (rank_in_app(target) > rank_in_app(file.path)) complain("the rooms of sim/app must not use later ones");
        if (target.starts_with("tests/")) complain("code must not use a test's header");
        for (const HeavyLibrary& library : heavy_libraries()) {
            if (!std::regex_search(target, library.include) || file.path == names_all_libraries) continue;
            if (!contains(library.folders, from)) complain(library.name + " must not be used in " + from);
            if (file.is_header() && !contains(library.private_headers, file.path)) {
                complain(library.name + " must stay out of headers");
            }
        }
    }
    return complaints;
}

std::string find_circle(const std::map<std::string, std::set<std::string>>& dependencies) {
    std::set<std::string> done;
    std::vector<std::string> way;
    const std::function<std::string(const std::string&)> visit = [&](const std::string& folder) -> std::string {
        const auto met_before = std::find(way.begin(), way.end(), folder);
        if (met_before != way.end()) {
            std::string circle;
            for (auto step = met_before; step != way.end(); ++step) circle += *step + " -> ";
            return circle + folder;
        }
        way.push_back(folder);
        const auto entry = dependencies.find(folder);
        if (entry != dependencies.end() && !contains(done, folder)) {
            for (const std::string& next : entry->second) {
                std::string circle = visit(next);
                if (!circle.empty()) return circle;
            }
        }
        done.insert(folder);
        way.pop_back();
        return {};
    };
    for (const auto& entry : dependencies) {
        std::string circle = visit(entry.first);
        if (!circle.empty()) return circle;
    }
    return {};
}

}  // namespace remask::structure
