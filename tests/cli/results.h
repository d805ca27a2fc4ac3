// What the tests of runs ask of results.json.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace remask::test {

using Json = nlohmann::ordered_json;

/// The text of a results.json. Its keys are held against docs/interface.md, so that no run of any test has one that the
/// page does not name.
Json results_in(const std::string& text);

/// The folder's.
Json results_of(const std::filesystem::path& folder);

/// Without what a clock measured.
Json without_times(Json json);

}  // namespace remask::test
