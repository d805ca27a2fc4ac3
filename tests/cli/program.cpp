#include "program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

namespace remask::test {

namespace fs = std::filesystem;

namespace {

pid_t start(const std::vector<std::string>& words, const fs::path& out, const fs::path& err) {
    const pid_t child = fork();
    if (child != 0) return child;
    const int in = open("/dev/null", O_RDONLY);
    const int output = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int errors = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(in, 0);
    dup2(output, 1);
    dup2(errors, 2);
    unsetenv("REMASK_DATA");
    std::vector<std::string> copies{"remask"};
    copies.insert(copies.end(), words.begin(), words.end());
    std::vector<char*> argv;
    for (std::string& word : copies) argv.push_back(word.data());
    argv.push_back(nullptr);
    execv(REMASK_PROGRAM, argv.data());
    _exit(127);
}

std::string content(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

}  // namespace

ProgramRun run_program(const std::vector<std::string>& words) {
    const ScratchFolder scratch;
    ProgramRun run = run_program_into(scratch.path() / "out", words);
    run.standard_output = content(scratch.path() / "out");
    return run;
}

ProgramRun run_program_into(const fs::path& output, const std::vector<std::string>& words) {
    const ScratchFolder scratch;
    const pid_t child = start(words, output, scratch.path() / "err");
    int status = 0;
    waitpid(child, &status, 0);
    ProgramRun run;
    run.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    run.standard_error = content(scratch.path() / "err");
    return run;
}

bool run_and_kill(const std::vector<std::string>& words, const fs::path& file, int signal) {
    return run_and_kill(
        words, [&] { return fs::exists(file); }, signal);
}

bool run_and_kill(const std::vector<std::string>& words, const std::function<bool()>& when, int signal) {
    const ScratchFolder scratch;
    const pid_t child = start(words, scratch.path() / "out", scratch.path() / "err");
    int status = 0;
    while (!when()) {
        if (waitpid(child, &status, WNOHANG) == child) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    kill(child, signal);
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) == 130);
}

ScratchFolder::ScratchFolder() {
    std::string pattern = (fs::temp_directory_path() / "remask-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

std::string ScratchFolder::write(const std::string& name, const std::string& text) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
}

std::vector<std::string> files_below(const fs::path& folder) {
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) files.push_back(fs::relative(entry.path(), folder).string());
    }
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace remask::test
