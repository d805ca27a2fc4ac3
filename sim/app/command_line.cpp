#include "sim/app/command_line.h"

#include <poll.h>
#include <unistd.h>
#include <algorithm>
#include <boost/program_options.hpp>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "sim/app/version.h"
#include "sim/base/diagnostics.h"
#include "sim/base/files.h"
#include "sim/base/parallel.h"
#include "sim/crossbar/kernels.h"

namespace remask {

namespace po = boost::program_options;

struct CommandLineParser {
    /// Throws ConfigError.
    static Arguments parse(const Command& command, const std::vector<std::string>& words) {
        Arguments arguments;
        po::options_description described = describe_options(command);
        described.add_options()("positional", po::value<std::vector<std::string>>());
        po::positional_options_description positional;
        positional.add("positional", -1);
        try {
            const po::parsed_options parsed =
                po::command_line_parser(words)
                    .options(described)
                    .positional(positional)
                    .style(po::command_line_style::unix_style & ~po::command_line_style::allow_guessing)
                    .run();
            po::variables_map checked;
            po::store(parsed, checked);
            for (const po::option& option : parsed.options) {
                if (option.string_key == "positional") {
                    arguments.positional_.insert(arguments.positional_.end(), option.value.begin(), option.value.end());
                } else {
                    arguments.options_.emplace_back(option.string_key, argument_of(option, command));
                }
            }
        } catch (const po::unknown_option& error) {
            std::string name = error.get_option_name();
            name.erase(0, name.find_first_not_of('-'));
            const std::string meant = nearest_word(name, option_names(command));
            throw ConfigError("unknown option --" + name + (meant.empty() ? "" : " (did you mean --" + meant + "?)") +
                              "; see 'remask " + command.name + " --help'");
        } catch (const po::error& error) {
            throw ConfigError(std::string(error.what()) + "; see 'remask " + command.name + " --help'");
        }
        return arguments;
    }

    static po::options_description describe_options(const Command& command) {
        po::options_description described("Options");
        for (const OptionSpec& option : command.options) {
            if (option.argument.empty()) {
                described.add_options()(option.name.c_str(), option.help.c_str());
            } else if (option.repeated) {
                described.add_options()(option.name.c_str(),
                                        po::value<std::vector<std::string>>()->value_name(option.argument),
                                        option.help.c_str());
            } else {
                described.add_options()(option.name.c_str(), po::value<std::string>()->value_name(option.argument),
                                        option.help.c_str());
            }
        }
        described.add_options()("help,h", "this text");
        described.add_options()("quiet,q", "no progress and no messages, errors apart");
        described.add_options()("json", "machine-readable result on standard output, nothing else there");
        return described;
    }

private:
    /// Of an option that takes none: nothing. An empty one is a variable of a script that was not set.
    static std::string argument_of(const po::option& option, const Command& command) {
        if (option.value.empty()) return "";
        if (option.value.front().empty()) {
            throw ConfigError("--" + option.string_key + " is given an empty text; see 'remask " + command.name +
                              " --help'");
        }
        return option.value.front();
    }

    static std::vector<std::string> option_names(const Command& command) {
        std::vector<std::string> names{"help", "quiet", "json"};
        for (const OptionSpec& option : command.options) names.push_back(option.name);
        return names;
    }
};

bool Arguments::has(const std::string& option) const {
    return value(option).has_value();
}

std::optional<std::string> Arguments::value(const std::string& option) const {
    for (const auto& entry : options_) {
        if (entry.first == option) return entry.second;
    }
    return std::nullopt;
}

std::vector<std::string> Arguments::values(const std::string& option) const {
    std::vector<std::string> found;
    for (const auto& entry : options_) {
        if (entry.first == option) found.push_back(entry.second);
    }
    return found;
}

std::int64_t Arguments::whole(const std::string& option, std::int64_t fallback, std::int64_t min,
                              std::int64_t max) const {
    const auto text = value(option);
    if (!text) return fallback;
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (fault != std::errc() || end != text->data() + text->size() || number < min || number > max) {
        throw ConfigError("--" + option + " takes a whole number from " + std::to_string(min) + " to " +
                          std::to_string(max) + ", not '" + *text + "'");
    }
    return number;
}

std::vector<std::pair<std::string, std::string>> Arguments::overrides() const {
    std::vector<std::pair<std::string, std::string>> split;
    for (const std::string& text : values("set")) {
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals == 0) {
            throw ConfigError("--set takes path=value, for example --set hardware.crossbar.adc_bits=6, not '" + text +
                              "'");
        }
        split.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    return split;
}

std::filesystem::path shipped_files() {
    if (const char* home = std::getenv("REMASK_HOME")) return home;
    std::error_code ignored;
    const auto executable = std::filesystem::read_symlink("/proc/self/exe", ignored);
    if (!executable.empty()) {
        const auto installed = executable.parent_path().parent_path() / "share" / "remask";
        if (std::filesystem::is_directory(installed / "hw_configs", ignored)) return installed;
    }
    return REMASK_SHIPPED_FILES;
}

DataFolders data_folders(const Arguments& arguments) {
    DataFolders folders;
    if (const auto given = arguments.value("data")) {
        folders.user = *given;
        if (!std::filesystem::is_directory(folders.user)) {
            throw InputError("--data " + *given + ": there is no such folder");
        }
    } else if (const char* environment = std::getenv("REMASK_DATA")) {
        folders.user = environment;
    }
    folders.embedded = shipped_files() / "experiments" / "data";
    return folders;
}

int thread_count(const Arguments& arguments) {
    return static_cast<int>(arguments.whole("threads", available_threads(), 1, 1024));
}

namespace {

void print_help(std::ostream& out) {
    out << "remask " << version()
        << ": ReRAM crossbar simulator for multi-task adaption\n\nusage: remask COMMAND [options]\n\n";
    for (const Command& command : commands()) {
        out << "  " << command.name << std::string(12 - command.name.size(), ' ') << command.summary << "\n";
    }
    out << "\n'remask COMMAND --help' describes a command.\n"
           "Exit codes: 0 done; 1 the run failed; 2 the command line or a config is wrong; 3 an input file is missing "
           "or\n"
           "damaged; 130 interrupted.\n";
}

void print_diagnostics(const Error& error) {
    for (const Diagnostic& diagnostic : error.diagnostics()) std::cerr << to_string(diagnostic) << "\n";
}

extern "C" void on_interrupt(int) {
    request_interrupt();
    std::signal(SIGINT, SIG_DFL);  // a second Ctrl-C ends at once
}

const Command& find_command(const std::string& name) {
    std::vector<std::string> names;
    for (const Command& command : commands()) {
        if (command.name == name) return command;
        names.push_back(command.name);
    }
    throw ConfigError("unknown command '" + name + "'" + did_you_mean(name, names) + "; 'remask --help' lists them");
}

int execute(const std::vector<std::string>& words) {
    if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
        print_help(words.empty() ? std::cerr : std::cout);
        return static_cast<int>(words.empty() ? ExitCode::config_wrong : ExitCode::done);
    }
    if (words[0] == "--version") {
        std::cout << "remask " << version() << "\n";
        return 0;
    }
    const Command& command = find_command(words[0]);
    const Arguments arguments = CommandLineParser::parse(command, {words.begin() + 1, words.end()});
    if (arguments.has("help")) {
        std::cout << "usage: remask " << command.usage << "\n\n"
                  << command.summary << "\n\n"
                  << CommandLineParser::describe_options(command);
        return 0;
    }
    const auto given = static_cast<int>(arguments.positional().size());
    if (given < command.positional_min || given > command.positional_max) {
        throw ConfigError("usage: remask " + command.usage);
    }
    return command.execute(arguments);
}

/// A reader that has gone away, such as `head`, has had what it wanted.
bool output_is_read() {
    pollfd output{STDOUT_FILENO, POLLOUT, 0};
    return poll(&output, 1, 0) < 1 || (output.revents & POLLERR) == 0;
}

/// Throws Error if what `execute` wrote to standard output did not arrive there.
int execute_and_flush(const std::vector<std::string>& words) {
    const int code = execute(words);
    std::cout.flush();
    if (!std::cout && output_is_read()) throw Error("standard output can't be written: is its disk full?");
    return code;
}

}  // namespace

int run_command_line(int argc, char** argv) {
    std::signal(SIGINT, on_interrupt);
    std::signal(SIGTERM, on_interrupt);
    std::signal(SIGPIPE, SIG_IGN);
    try {
        if (const char* kernel = std::getenv("REMASK_KERNEL")) force_crossbar_kernel(kernel);
        return execute_and_flush({argv + 1, argv + argc});
    } catch (const Interrupted&) {
        std::cerr << "interrupted\n";
        return static_cast<int>(ExitCode::interrupted);
    } catch (const ConfigError& error) {
        print_diagnostics(error);
        return static_cast<int>(ExitCode::config_wrong);
    } catch (const InputError& error) {
        print_diagnostics(error);
        return static_cast<int>(ExitCode::input_wrong);
    } catch (const Error& error) {
        print_diagnostics(error);
        return static_cast<int>(ExitCode::run_failed);
    } catch (const std::filesystem::filesystem_error& error) {
        std::cerr << "error: " << error.what() << "\n";
        return static_cast<int>(ExitCode::run_failed);
    } catch (const std::bad_alloc&) {
        std::cerr << "error: not enough memory\n";
        return static_cast<int>(ExitCode::run_failed);
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return static_cast<int>(ExitCode::run_failed);
    }
}

}  // namespace remask
