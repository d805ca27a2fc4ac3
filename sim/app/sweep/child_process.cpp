#include "sim/app/sweep/child_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

extern "C" char** environ;

namespace remask {

int start_process(const char* program, std::vector<std::string> words, const std::filesystem::path& output,
                  const std::filesystem::path& errors, pid_t& child) {
    constexpr int fresh = O_WRONLY | O_CREAT | O_TRUNC;
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(), fresh, 0666);
    if (!errors.empty()) posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors.c_str(), fresh, 0666);
    const int fault = posix_spawnp(&child, program, &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    return fault;
}

}  // namespace remask
