// Files that a command writes where its user says: found unfit before the work, not after it.
#pragma once

#include <filesystem>
#include <string>

namespace remask {

/// What a run leaves in its folder.
constexpr const char* result_files[] = {"results.json",  "results.h5",  "tasks.csv", "converters.csv",
                                        "resolved.yaml", "report.html", "run.log",   "store"};

/// Throws RunError, which names `what`, where files can't be made in `folder`.
void require_writable(const std::filesystem::path& folder, const std::string& what);

/// Throws ConfigError or RunError where `value`, given for `option`, would not be a file of its own: a folder, what is
/// printed, a link to nothing, one of the result files of the run in `results`.
void check_output_file(const std::string& option, const std::string& value, const std::filesystem::path& results);

}  // namespace remask
