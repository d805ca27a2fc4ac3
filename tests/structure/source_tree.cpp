#include "tests/structure/source_tree.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>

namespace remask::structure {
namespace {

namespace fs = std::filesystem;

bool is_skipped_folder(const fs::path& folder) {
    const std::string name = folder.filename().string();
    return name == "build" || name == "runs" || name == "__pycache__" || (name.starts_with(".") && name != ".github");
}

bool is_text(const fs::path& file) {
    static constexpr std::array<std::string_view, 11> extensions{".h",   ".cpp", ".txt",  ".cmake", ".md", ".yaml",
                                                                 ".yml", ".py",  ".json", ".in",    ".sh"};
    const std::string extension = file.extension().string();
    if (extension.empty()) return file.parent_path().filename() == "scripts";
    return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
}

}  // namespace

std::vector<SourceFile> read_source_tree(const fs::path& root) {
    std::vector<SourceFile> files;
    for (auto entry = fs::recursive_directory_iterator(root); entry != fs::recursive_directory_iterator(); ++entry) {
        if (entry->is_directory()) {
            if (is_skipped_folder(entry->path())) entry.disable_recursion_pending();
            continue;
        }
        if (!entry->is_regular_file() || !is_text(entry->path())) continue;
        std::ifstream stream(entry->path(), std::ios::binary);
        std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
        const fs::path relative = entry->path().lexically_relative(root);
        files.push_back({relative.generic_string(), relative.parent_path().generic_string(), std::move(text)});
    }
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    return files;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

}  // namespace remask::structure
