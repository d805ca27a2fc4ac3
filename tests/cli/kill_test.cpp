// Does a run that is killed at any moment, again and again, end with the figures of one that was left alone?
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>

#include "results.h"
#include "sim/base/random.h"
#include "small_experiment.h"

namespace remask::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kills = 20;

std::vector<std::string> run_words(const std::string& yaml, const std::filesystem::path& out) {
    std::vector<std::string> words{"run", yaml, "--out", out.string(), "--quiet"};
    if (std::filesystem::exists(out)) words.emplace_back("--resume");
    return words;
}

/// Tasks that build on each other among them. Each kill comes at a random moment of what a whole run takes, a finished
/// run is compared and the next one begins in a folder of its own.
TEST(Kill, AtTwentyRandomMomentsChangesNoFigure) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write(
        "e.yaml", small_experiment("[{method: xbm, epochs: 2}, {method: packnet, epochs: 3, learning_rate: 1.0e-2}, "
                                   "{method: sparcl, epochs: 2}, {method: da3, epochs: 2}]"));
    const std::filesystem::path whole = scratch.path() / "whole";
    const Clock::time_point begin = Clock::now();
    ASSERT_EQ(run_program(run_words(yaml, whole)).exit_code, 0);
    const Clock::duration taken = Clock::now() - begin;
    const Json expected = without_times(results_of(whole));

    RandomStream random(1, "kills");
    int killed = 0, finished = 0;
    const auto broken = [&] { return scratch.path() / ("broken" + std::to_string(finished)); };
    while (killed < kills) {
        const auto wait = std::chrono::duration_cast<Clock::duration>(random.uniform() * taken);
        const Clock::time_point start = Clock::now();
        if (run_and_kill(
                run_words(yaml, broken()), [&] { return Clock::now() - start > wait; }, SIGKILL)) {
            ++killed;
        } else {
            EXPECT_EQ(without_times(results_of(broken())), expected)
                << "run " << finished << " after " << killed << " kills";
            ++finished;
        }
    }
    const ProgramRun last = run_program(run_words(yaml, broken()));
    ASSERT_EQ(last.exit_code, 0) << last.standard_error;
    EXPECT_EQ(without_times(results_of(broken())), expected);
}

}  // namespace
}  // namespace remask::test
