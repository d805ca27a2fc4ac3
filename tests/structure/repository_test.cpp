// The rules of dependency_rules and text_rules over the whole repository.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/structure/dependency_rules.h"
#include "tests/structure/text_rules.h"

namespace remask::structure {
namespace {

namespace fs = std::filesystem;

const fs::path root = REMASK_SOURCE_DIR;

const std::vector<SourceFile>& files() {
    static const std::vector<SourceFile> all = read_source_tree(root);
    return all;
}

template <class Rule, class Applies>
void expect_no_complaints(Rule rule, Applies applies) {
    int looked_at = 0;
    for (const SourceFile& file : files()) {
        if (!applies(file)) continue;
        ++looked_at;
        for (const std::string& complaint : rule(file)) ADD_FAILURE() << complaint;
    }
    EXPECT_GT(looked_at, 0) << "the rule found no file to look at";
}

bool is_source(const SourceFile& file) {
    return file.is_header() || file.is_cpp();
}
bool is_product_source(const SourceFile& file) {
    return is_source(file) && !code_folder_of(file.path).empty();
}

TEST(Repository, FoldersIncludeOnlyWhatTheyMayKnow) {
    expect_no_complaints(check_includes, is_source);
}

TEST(Repository, AllowedDependenciesHaveNoCircle) {
    EXPECT_EQ(find_circle(allowed_dependencies()), "");
}

TEST(Repository, EverySourceLiesInAFolderThatTheTableKnows) {
    for (const SourceFile& file : files()) {
        const bool code =
            file.path.starts_with("sim/") || file.path.starts_with("models/") || file.path.starts_with("mapping/");
        if (!code || !is_source(file)) continue;
        EXPECT_NE(code_folder_of(file.path), "") << file.path << " is in a folder without rules";
    }
}

TEST(Repository, FilesAreShort) {
    expect_no_complaints(check_length, is_source);
    for (const SourceFile& file : files()) {
        const auto lines = static_cast<int>(lines_of(file.text).size());
        if (is_source(file) && lines > long_file) std::cout << "long: " << file.path << ", " << lines << " lines\n";
    }
}

TEST(Repository, HeadersSayWhatTheyAre) {
    expect_no_complaints(check_header, [](const SourceFile& file) { return file.is_header(); });
}

TEST(Repository, NoPathOfOneMachine) {
    expect_no_complaints(check_machine_paths, [](const SourceFile&) { return true; });
}

TEST(Repository, LibraryCodeNeitherPrintsNorExits) {
    expect_no_complaints(check_library_is_silent, [](const SourceFile& file) {
        return is_product_source(file) && code_folder_of(file.path) != "sim/app";
    });
}

TEST(Repository, NoFlagThatChangesResultsFromMachineToMachine) {
    expect_no_complaints(check_compiler_flags, [](const SourceFile& file) {
        return file.path.ends_with("CMakeLists.txt") || file.path.ends_with(".cmake") ||
               file.path == "CMakePresets.json";
    });
}

TEST(Repository, LinksOfDocumentsLeadSomewhere) {
    const auto rule = [](const SourceFile& file) {
        return check_links(file, [](const std::string& path) { return fs::exists(root / path); });
    };
    expect_no_complaints(rule, [](const SourceFile& file) { return file.path.ends_with(".md"); });
}

TEST(Repository, NoTwoHeadersDefineOneType) {
    std::map<std::string, std::string> defined_at;
    for (const SourceFile& file : files()) {
        if (!file.is_header() || !is_product_source(file)) continue;
        for (const auto& [type, line] : types_defined_in(file)) {
            const std::string here = file.path + ":" + std::to_string(line);
            const auto [first, is_new] = defined_at.emplace(type, here);
            if (!is_new) ADD_FAILURE() << here << ": " << type << " is already defined at " << first->second;
        }
    }
    EXPECT_GT(defined_at.size(), 0U);
}

TEST(Repository, EverySourceIsBuilt) {
    std::map<std::string, std::string> cmake_of;  // folder -> text of its CMake files
    for (const SourceFile& file : files()) {
        if (file.path.ends_with("CMakeLists.txt") || file.path.ends_with(".cmake")) cmake_of[file.folder] += file.text;
    }
    for (const SourceFile& file : files()) {
        if (!file.is_cpp() || file.path.starts_with("docs/")) continue;
        // A file may be named by a CMake file of its own folder or of one above it.
        bool built = false;
        for (fs::path folder = file.folder; !built; folder = folder.parent_path()) {
            const std::string name = fs::path(file.path).lexically_relative(folder).generic_string();
            built = cmake_of[folder.generic_string()].find(name) != std::string::npos;
            if (folder.empty()) break;
        }
        if (!built) ADD_FAILURE() << file.path << " is in no CMake file: build it or delete it";
    }
}

TEST(Repository, EveryCodeFolderHasAShortReadme) {
    std::set<std::string> code_folders;
    for (const SourceFile& file : files()) {
        if (is_product_source(file)) code_folders.insert(code_folder_of(file.path));
    }
    for (const std::string& folder : code_folders) {
        const auto readme = std::find_if(files().begin(), files().end(),
                                         [&](const auto& file) { return file.path == folder + "/README.md"; });
        if (readme == files().end()) {
            ADD_FAILURE() << folder << " has no README.md";
            continue;
        }
        EXPECT_LE(static_cast<int>(lines_of(readme->text).size()), long_readme) << readme->path;
    }
    EXPECT_GT(code_folders.size(), 0U);
}

}  // namespace
}  // namespace remask::structure
