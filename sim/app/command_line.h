// The command line's common ground: what every command takes, how it answers, and how it ends.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/data/dataset.h"
#include "sim/base/progress.h"

namespace remask {

enum class ExitCode { done = 0, run_failed = 1, config_wrong = 2, input_wrong = 3, interrupted = 130 };

/// One option of a command beyond --help, --quiet and --json.
struct OptionSpec {
    std::string name;      ///< "out"
    std::string argument;  ///< "DIR"; empty = a switch
    std::string help;
    bool repeated = false;
};

/// A command's arguments after parsing.
class Arguments {
public:
    bool has(const std::string& option) const;
    std::optional<std::string> value(const std::string& option) const;
    std::vector<std::string> values(const std::string& option) const;
    /// A whole number in [min, max], or ConfigError.
    std::int64_t whole(const std::string& option, std::int64_t fallback, std::int64_t min, std::int64_t max) const;
    /// --set path=value, split.
    std::vector<std::pair<std::string, std::string>> overrides() const;
    const std::vector<std::string>& positional() const { return positional_; }
    bool quiet() const { return has("quiet"); }
    bool json() const { return has("json"); }

private:
    friend struct CommandLineParser;
    std::vector<std::pair<std::string, std::string>> options_;
    std::vector<std::string> positional_;
};

struct Command {
    std::string name;
    std::string usage;    ///< "run EXPERIMENT.yaml [options]"
    std::string summary;  ///< one line
    int positional_min = 0;
    int positional_max = 0;
    std::vector<OptionSpec> options;
    int (*execute)(const Arguments&) = nullptr;
};

/// The table of all commands.
const std::vector<Command>& commands();

/// Parses and runs; returns the process's exit code. All errors are printed here, once.
int run_command_line(int argc, char** argv);

/// Progress on standard error: a bar where it is a terminal, a line per piece of work otherwise; silent with --quiet.
std::unique_ptr<Progress> console_progress(bool quiet);

/// Where the data sets are: --data, else REMASK_DATA, then what comes with remask.
DataFolders data_folders(const Arguments& arguments);

/// Files that come with remask (hw_configs, experiments/data): REMASK_HOME, the installed share folder, or the source
/// tree.
std::filesystem::path shipped_files();

/// --threads, default all available.
int thread_count(const Arguments& arguments);

}  // namespace remask
