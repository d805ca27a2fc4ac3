// A YAML file with everything that it extends, as a tree whose every value knows where it was written.
//
// YAML as remask takes it: scalars, lists and maps with unique text keys. Merge keys (<<), anchors, aliases and tags
// are refused, so that a value is written in one place. A value may be
// written {value: 2 pJ, source: "paper, table 1"}. `extends: FILE` (or a list of files, a later one wins) in any
// map puts that file's map under it: maps are merged, lists and single values are replaced. A FILE is looked for in the
// folder of the file that names it, then in the search folders.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/config/node.h"

namespace remask {

class Document {
public:
    using Folders = std::vector<std::filesystem::path>;

    /// Reads a file. Throws InputError if it cannot be read, ConfigError with all faults of form (see above).
    static Document load(const std::filesystem::path& file, Folders search = {});

    /// The same from a text that acts as file `name`.
    static Document parse(const std::string& text, const std::string& name, Folders search = {});

    /// Replaces, or adds, the value at a dotted path; `value` is YAML, a list's element is named by its number from 0:
    /// set("hardware.crossbar.rows", "64"), set("tasks.0.name", "digits"). Throws ConfigError: the value is not YAML,
    /// or the path leads through something that is neither map nor list, or past a list's end. Whether a key exists is
    /// found by the reader.
    void set(std::string_view path, const std::string& value);
    /// `assignment` is "path=value", as on the command line.
    void set(std::string_view assignment);

    /// Keeps of the list at a dotted path only these elements, by their numbers from 0, in this order. Throws
    /// InternalError: no list there, or no such element.
    void keep_items(std::string_view path, const std::vector<std::size_t>& numbers);

    /// The part of the document at a dotted path, e.g. "crossbar" or "hardware.crossbar"; messages keep the whole path.
    /// Throws ConfigError if it is not there.
    Document section(std::string_view path) const;
    bool has(std::string_view path) const;

    /// The sources of all values written as {value: ..., source: ...}, by dotted path. A value that replaces another
    /// (by `extends:` or set()) does not inherit its source.
    std::map<std::string, std::string> sources() const;

    const Node& root() const { return root_; }
    /// Dotted path of root() in the file; empty unless this is a section().
    const std::string& path() const { return path_; }
    /// Every file read, the loaded one first.
    const std::vector<std::filesystem::path>& files() const { return files_; }

private:
    Node root_;
    std::string path_;
    std::vector<std::filesystem::path> files_;
    Folders search_;
};

/// Where the values of `--set` are said to come from.
inline constexpr std::string_view set_origin = "--set";

/// The folder that a relative path written at `location` starts from.
std::filesystem::path folder_of(const SourceLocation& location);

/// By file, line and column; equal places keep their order.
void sort_by_location(std::vector<Diagnostic>& diagnostics);

}  // namespace remask
