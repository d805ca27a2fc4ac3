#include "sim/app/sweep/slurm.h"

#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "sim/app/sweep/child_process.h"
#include "sim/base/diagnostics.h"
#include "sim/base/files.h"

namespace remask {

namespace fs = std::filesystem;

namespace {

/// One word of a shell's command line, whatever is in it.
std::string quoted(const std::string& word) {
    std::string result = "'";
    for (const char c : word) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

std::string replaced(std::string text, char from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, 1, to);
    }
    return text;
}

std::string script(const fs::path& file, const SweepOptions& options) {
    std::vector<std::string> words{fs::read_symlink("/proc/self/exe").string(),
                                   "sweep",
                                   fs::absolute(file).string(),
                                   "--out",
                                   fs::absolute(options.out).string(),
                                   "--threads",
                                   std::to_string(options.threads),
                                   "--resume",
                                   "--quiet"};
    if (!options.data.empty()) words.insert(words.end(), {"--data", fs::absolute(options.data).string()});
    for (const auto& [path, value] : options.overrides) words.insert(words.end(), {"--set", path + "=" + value});
    std::string text =
        "#!/bin/sh\n# Made by remask sweep --executor slurm: one task of the job array runs its share of the points.\n"
        "cd " +
        quoted(fs::current_path().string()) + " && exec";
    for (const std::string& word : words) text += " " + quoted(word);
    return text + " --shard \"$SLURM_ARRAY_TASK_ID/" + std::to_string(options.shards) + "\"\n";
}

/// sbatch's standard output goes to `output`; its messages are the user's to see.
void run_sbatch(std::vector<std::string> words, const fs::path& output) {
    pid_t child = 0;
    const int fault = start_process("sbatch", std::move(words), output, {}, child);
    if (fault != 0) {
        const char* remedy = fault == ENOENT ? "; --executor slurm needs Slurm's commands on PATH (--shard I/N runs a "
                                               "share of a sweep by hand)"
                                             : "";
        throw RunError(std::string("sbatch can't be started: ") + std::strerror(fault) + remedy);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (interrupt_requested()) throw Interrupted();
    if (WIFSIGNALED(status)) throw RunError("sbatch was ended by signal " + std::to_string(WTERMSIG(status)));
    if (WEXITSTATUS(status) != 0) throw RunError("sbatch has refused the job; its message is above");
}

}  // namespace

SlurmJob submit_to_slurm(const fs::path& file, const Sweep& sweep, const SweepOptions& options) {
    prepare_sweep(options);
    const fs::path out = fs::absolute(options.out), id_file = out / "slurm-job.txt";
    std::error_code ignored;
    if (!options.resume && fs::exists(id_file, ignored) && !read_file(id_file).empty()) {
        throw ConfigError(
            options.out.string() +
            ": a job for it was submitted already; once that has ended, --resume submits what is not done");
    }
    SlurmJob job;
    job.script = out / "slurm.sh";
    write_file(job.script, script(file, options));
    run_sbatch({"sbatch", "--parsable", "--job-name=remask-" + sweep.name,
                "--array=1-" + std::to_string(options.shards), "--cpus-per-task=" + std::to_string(options.threads),
                "--output=" + replaced(out.string(), '%', "%%") + "/slurm-%a.txt", job.script.string()},
               id_file);
    job.id = read_file(id_file);
    job.id.resize(job.id.find_last_not_of("\r\n ") + 1);
    return job;
}

}  // namespace remask
