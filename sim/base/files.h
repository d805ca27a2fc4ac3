// Files that appear whole or not at all, and small text helpers.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace remask {

/// Reads a whole file; throws InputError (missing, a directory, unreadable).
std::string read_file(const std::filesystem::path& path);

/// Writes under a temporary name in the same folder, then renames; throws RunError, and leaves no temporary file
/// behind, unless the process is killed.
void write_file(const std::filesystem::path& path, std::string_view content);

/// Removes the temporary files of write_file() that killed processes left in `folder` (none below it) more than an hour
/// ago; writing takes seconds. What can't be removed stays.
void remove_left_temporaries(const std::filesystem::path& folder);

/// The word of `candidates` nearest to `word` by edit distance if it is near enough to be a slip, else empty.
std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates);

/// " (did you mean 'x'?)" or empty.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

/// Empty, or why `name` can't name a task, a method or an experiment: names become folders, groups of files and table
/// cells, so they are UTF-8 without '/', '\\' and control characters, at most 100 bytes, and neither empty, "." nor
/// "..".
std::string fault_in_name(std::string_view name);

}  // namespace remask
