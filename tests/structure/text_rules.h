// Rules for the text of one file: each returns complaints "path:line: …", none if the file keeps the rule.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/structure/source_tree.h"

namespace remask::structure {

using Complaints = std::vector<std::string>;

inline constexpr int long_file = 400;      ///< lines: worth splitting
inline constexpr int too_long_file = 500;  ///< lines: refused
inline constexpr int long_readme = 40;     ///< lines of a code folder's README: refused above

/// Headers and sources of at most too_long_file lines.
Complaints check_length(const SourceFile& file);

/// Headers: first line a comment that says what this is; `#pragma once`; no `using namespace`.
Complaints check_header(const SourceFile& file);

/// Paths of one developer's machine.
Complaints check_machine_paths(const SourceFile& file);

/// Library code must not print, exit or abort. To be asked of code outside sim/app.
Complaints check_library_is_silent(const SourceFile& file);

/// CMake files must not choose the build machine's instruction set or inexact arithmetic.
Complaints check_compiler_flags(const SourceFile& file);

/// Relative links of a Markdown file that lead to nothing; `exists` answers for a path from the repository's root.
template <class Exists>
Complaints check_links(const SourceFile& file, Exists exists);

/// Types defined at the outermost level of a header: name -> line number.
std::map<std::string, int> types_defined_in(const SourceFile& file);

/// A link of a Markdown file as a path from the repository's root, and its line.
struct Link {
    std::string path;
    int line = 0;
};
std::vector<Link> relative_links(const SourceFile& file);

template <class Exists>
Complaints check_links(const SourceFile& file, Exists exists) {
    Complaints complaints;
    for (const Link& link : relative_links(file)) {
        if (!exists(link.path)) {
            complaints.push_back(file.path + ":" + std::to_string(link.line) + ": link leads to nothing: " + link.path);
        }
    }
    return complaints;
}

}  // namespace remask::structure
