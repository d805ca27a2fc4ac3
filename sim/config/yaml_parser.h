// YAML text as a Node tree. The only code that knows yaml-cpp.
#pragma once

#include <string>
#include <vector>

#include "sim/config/node.h"

namespace remask {

/// Parses one YAML document; `name` is the file name in all locations. An empty text is an empty map.
/// Faults are appended to `faults` (syntax, duplicate keys, merge keys `<<`, anchors, aliases, tags, keys that are no
/// text, a second document); what could be understood is returned. With a `first_line` of 0 locations have no line
/// (`--set`).
Node parse_yaml(const std::string& text, const std::string& name, std::vector<Diagnostic>& faults, int first_line = 1);

}  // namespace remask
