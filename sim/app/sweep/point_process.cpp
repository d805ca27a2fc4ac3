#include "sim/app/sweep/point_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sstream>
#include <vector>

#include "sim/base/diagnostics.h"
#include "sim/base/files.h"

extern "C" char** environ;

namespace remask {

pid_t start_point(const Sweep& sweep, const SweepOptions& options, const SweepPoint& point) {
    std::vector<std::string> words{"remask",
                                   "run",
                                   sweep.experiment.string(),
                                   "--quiet",
                                   "--out",
                                   point.folder.string(),
                                   "--store",
                                   (options.out / "store").string(),
                                   "--threads",
                                   std::to_string(options.threads)};
    if (!options.data.empty()) words.insert(words.end(), {"--data", options.data});
    for (const Overrides* overrides : {&options.overrides, &point.overrides}) {
        for (const auto& [path, value] : *overrides) words.insert(words.end(), {"--set", path + "=" + value});
    }
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);

    const std::string errors = (point.folder / "stderr.txt").string();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    pid_t child = 0;
    const int fault = posix_spawn(&child, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (fault != 0) throw RunError(std::string("a point's process can't be started: ") + std::strerror(fault));
    return child;
}

pid_t wait_for_one(int& status) {
    while (true) {
        const pid_t ended = waitpid(-1, &status, WNOHANG);
        if (ended > 0) return ended;
        if (ended < 0 && errno != EINTR) throw InternalError("waitpid failed");
        if (interrupt_requested()) return 0;
        usleep(20'000);
    }
}

RunningPoints::~RunningPoints() {
    for (const auto& entry : *this) kill(entry.first, SIGTERM);
    for (const auto& entry : *this) waitpid(entry.first, nullptr, 0);
}

std::string first_message(const SweepPoint& point) {
    std::string line;
    try {
        std::istringstream text(read_file(point.folder / "stderr.txt"));
        std::getline(text, line);
    } catch (const InputError&) {  // not there
    }
    return line;
}

}  // namespace remask
