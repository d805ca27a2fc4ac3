// What the tests of runs ask of results.json.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/base/files.h"

namespace remask::test {

using Json = nlohmann::ordered_json;

inline Json results_of(const std::filesystem::path& folder) {
    return Json::parse(read_file(folder / "results.json"));
}

/// Without what a clock measured.
inline Json without_times(Json json) {
    json.erase("performance");
    for (Json& task : json["tasks"]) {
        task["training"].erase("wall_s");
        task["simulation"].erase("wall_s");
    }
    return json;
}

}  // namespace remask::test
