// Which code folder may include which, and where each heavy library may appear (docs/architecture.md).
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/structure/source_tree.h"

namespace remask::structure {

/// Code folder -> the other code folders whose headers it may include.
const std::map<std::string, std::set<std::string>>& allowed_dependencies();

/// The code folder that holds `path` ("sim/app" for "sim/app/commands/run.cpp"), or empty: not code of the product.
std::string code_folder_of(const std::string& path);

/// Complaints "path:line: …" about what `file` includes.
std::vector<std::string> check_includes(const SourceFile& file);

/// A circle in `dependencies` as "a -> b -> a", or empty.
std::string find_circle(const std::map<std::string, std::set<std::string>>& dependencies);

}  // namespace remask::structure
