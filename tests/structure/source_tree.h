// The repository's text files, for tests that look at the sources.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace remask::structure {

struct SourceFile {
    std::string path;    ///< from the repository's root, with '/'
    std::string folder;  ///< "sim/base"; of files in the root: empty
    std::string text;
    bool is_header() const { return path.ends_with(".h"); }
    bool is_cpp() const { return path.ends_with(".cpp"); }
};

/// All text files below the root but those of build folders, runs, hidden folders and data; sorted by path.
std::vector<SourceFile> read_source_tree(const std::filesystem::path& root);

std::vector<std::string> lines_of(const std::string& text);

}  // namespace remask::structure
