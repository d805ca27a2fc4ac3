// Programs that a sweep starts.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace remask {

/// Starts `program`, sought on PATH unless it has a slash, with `words` as its arguments, its own name the first. Its
/// standard output and, where `errors` is not empty, its messages go to these files. Returns 0, or an errno.
int start_process(const char* program, std::vector<std::string> words, const std::filesystem::path& output,
                  const std::filesystem::path& errors, pid_t& child);

}  // namespace remask
