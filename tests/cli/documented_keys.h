// docs/interface.md against what runs write: the page's block for results.json is read as a list of keys, by place.
#pragma once

#include <string>
#include <vector>

#include "results.h"

namespace remask::test {

/// Paths of `results` ("/tasks/arrays") that the page has no key for.
std::vector<std::string> undocumented_keys(const Json& results);

/// Data sets of the HDF5 file `results` that the page names no path for.
std::vector<std::string> undocumented_data(const std::filesystem::path& results);

}  // namespace remask::test
