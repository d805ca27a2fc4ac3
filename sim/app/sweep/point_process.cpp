#include "sim/app/sweep/point_process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sstream>
#include <utility>
#include <vector>

#include "sim/app/sweep/child_process.h"
#include "sim/base/diagnostics.h"
#include "sim/base/files.h"

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
    pid_t child = 0;
    const int fault =
        start_process("/proc/self/exe", std::move(words), "/dev/null", point.folder / "stderr.txt", child);
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
