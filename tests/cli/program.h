// Runs the built program as a user would: a process, its exit code, and what it printed.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace remask::test {

struct ProgramRun {
    int exit_code = -1;
    std::string standard_output;
    std::string standard_error;
};

/// `words` without the program's name; REMASK_DATA is unset. Standard input is empty.
ProgramRun run_program(const std::vector<std::string>& words);
/// The same with standard output going to a file, such as /dev/full; `standard_output` stays empty.
ProgramRun run_program_into(const std::filesystem::path& output, const std::vector<std::string>& words);

/// Starts it and sends it `signal` as soon as `when` is true (asked every two milliseconds); true if that ended it.
bool run_and_kill(const std::vector<std::string>& words, const std::function<bool()>& when, int signal);
/// The same as soon as `file` exists.
bool run_and_kill(const std::vector<std::string>& words, const std::filesystem::path& file, int signal);

/// A fresh folder, removed with the object.
class ScratchFolder {
public:
    ScratchFolder();
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }
    /// Writes a file and returns its path.
    std::string write(const std::string& name, const std::string& content) const;

private:
    std::filesystem::path path_;
};

/// Names of all files below a folder, sorted.
std::vector<std::string> files_below(const std::filesystem::path& folder);

}  // namespace remask::test
