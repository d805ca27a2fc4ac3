// cpg with grow: what a wider network costs from run to report, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "program.h"
#include "results.h"
#include "small_experiment.h"

namespace remask::test {
namespace {

using testing::HasSubstr;

const char* const methods =
    "[{method: cpg, epochs: 4, grow: true, goal: GOAL, growth_step: 1.25, max_size: 2.25},\n"
    "          {method: cpg, label: fixed, epochs: 4, goal: GOAL}]";

const char* const visits =
    "schedule:\n"
    "  visits: [{task: low, inferences: 100}, {task: high, inferences: 20}]\n"
    "  cycles_per_day: 1\n";

std::string growing(const std::string& goal, const std::string& extra = "") {
    std::string text = methods;
    for (std::size_t at = text.find("GOAL"); at != std::string::npos; at = text.find("GOAL")) text.replace(at, 4, goal);
    return small_experiment(text, extra);
}

Json task_of(const Json& results, const std::string& task, const std::string& method) {
    for (const Json& entry : results["tasks"]) {
        if (entry["task"] == task && entry["method"] == method) return entry;
    }
    return {};
}

/// Both tasks, of which the first reaches 0.67 on its held-out images (6 of 7 right) on the backbone's width, and the
/// second does not (4 of 8).
class Growth : public testing::Test {
protected:
    static void SetUpTestSuite() {
        scratch_ = new ScratchFolder;
        yaml_ = scratch_->write("e.yaml", growing("0.67", visits));
        run_ = run_program({"run", yaml_, "--out", out().string()});
    }
    static void TearDownTestSuite() { delete scratch_; }
    void SetUp() override { ASSERT_EQ(run_.exit_code, 0) << run_.standard_error; }
    static std::filesystem::path out() { return scratch_->path() / "out"; }

    static inline ScratchFolder* scratch_ = nullptr;
    static inline std::string yaml_;
    static inline ProgramRun run_;
};

TEST_F(Growth, WidensTheNetworkOfTheTaskThatMissesItsGoal) {
    const Json results = results_of(out());
    const Json low = task_of(results, "low", "cpg"), high = task_of(results, "high", "cpg");
    ASSERT_EQ(low["growth"]["steps"], 0) << "the test's first task must reach its goal";
    ASSERT_EQ(high["growth"]["steps"], 1) << "and its second must miss it";
    EXPECT_EQ(high["growth"]["size"], 2.25);
    EXPECT_EQ(high["growth"]["width"], 1.5);
    EXPECT_FALSE(task_of(results, "low", "fixed").contains("growth"));
    EXPECT_THAT(run_.standard_output, HasSubstr("network size"));
    EXPECT_EQ(high["accuracy_of_tasks_so_far"][0], low["accuracy"]["float"]);  // nothing is forgotten
}

TEST_F(Growth, CostsATaskThatHasNotGrownWhatItCostsWithoutGrowth) {
    const Json results = results_of(out());
    const Json low = task_of(results, "low", "cpg"), fixed = task_of(results, "low", "fixed");
    for (const char* same : {"accuracy", "mask", "arrays", "inference", "switch", "adc_windows"}) {
        EXPECT_EQ(low[same], fixed[same]) << same;
    }
}

/// 1.5 times the channels: 12, 12, 12, 24, 24, 24, 48, 48, 48 filters in place of 8, …, 32.
TEST_F(Growth, CostsTheWiderNetworkAndItsProgramming) {
    const Json results = results_of(out());
    const Json low = task_of(results, "low", "cpg"), high = task_of(results, "high", "cpg"),
               fixed = task_of(results, "high", "fixed");
    const std::int64_t layers = results["mapping"]["layers"].size();
    EXPECT_EQ(layers, 9);
    // Every layer gets an array at least for its new filters, and but the first one for its new inputs.
    EXPECT_GE(high["arrays"].get<std::int64_t>(), low["arrays"].get<std::int64_t>() + 2 * layers - 1);
    EXPECT_EQ(high["adc_windows"].size(), 3 * layers - 1);
    EXPECT_GT(high["inference"]["energy_j"].get<double>(), fixed["inference"]["energy_j"].get<double>());
    EXPECT_GT(high["inference"]["counts"]["digital_add"].get<double>(),
              fixed["inference"]["counts"]["digital_add"].get<double>());
    EXPECT_GT(high["switch"]["cells_written"].get<double>(), fixed["switch"]["cells_written"].get<double>());
    EXPECT_GT(high["switch"]["bytes_loaded"].get<double>(), fixed["switch"]["bytes_loaded"].get<double>());
    // 8 → 12, 16 → 24, 32 → 48 channels: the new layers' weights, and of all weights two bits of owners, and the picks.
    const auto weights = [](std::int64_t c) {
        return c * 9 + 2 * c * c * 9 + (2 * c) * c * 9 + 4 * c * c * 9 + 2 * c * c + 8 * c * c * 9 + 16 * c * c * 9 +
               8 * c * c;
    };
    const double bits = high["mask"]["bits"];
    const auto added = static_cast<double>(weights(12) - weights(8));
    EXPECT_GE(bits, 8 * added + 2 * static_cast<double>(weights(12)));
    EXPECT_LE(bits, 8 * added + 2 * static_cast<double>(weights(12)) + static_cast<double>(weights(8)));
}

/// In turn with a task that does not use them the new arrays are written once, not at every switch.
TEST_F(Growth, LeavesTheNewArraysAloneInACycle) {
    const Json results = results_of(out());
    const Json schedule = results["task_schedule"][0], fixed = results["task_schedule"][1];
    ASSERT_EQ(schedule["method"], "cpg");
    const double first = task_of(results, "high", "cpg")["switch"]["cells_written"];
    const auto cells = schedule["cells_by_writes_per_cycle"].get<std::vector<double>>();
    ASSERT_EQ(cells.size(), 3U);
    EXPECT_EQ(cells[1], 0.0);
    EXPECT_GT(cells[2], 0.0);
    EXPECT_LT(cells[2], first);  // those in which the two differ on the arrays that both use
    double all = 0.0, without = 0.0;
    for (const double count : cells) all += count;
    for (const Json& count : fixed["cells_by_writes_per_cycle"]) without += count.get<double>();
    EXPECT_GT(all, without);
}

TEST_F(Growth, ResumesToTheSameFigures) {
    const std::filesystem::path again = scratch_->path() / "again";
    const std::vector<std::string> words{"run", yaml_, "--out", again.string(), "--quiet"};
    const auto learned = [&] {
        int count = 0;
        if (!std::filesystem::exists(again)) return false;
        for (const std::string& file : files_below(again)) count += file.find("learned-") != std::string::npos;
        return count >= 2;
    };
    ASSERT_TRUE(run_and_kill(words, learned, SIGKILL));
    std::vector<std::string> resumed = words;
    resumed.emplace_back("--resume");
    const ProgramRun run = run_program(resumed);
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    EXPECT_EQ(without_times(results_of(again)), without_times(results_of(out())));
}

TEST_F(Growth, IsEstimatedAndMappedAtTheLargestSize) {
    const std::string assumed = scratch_->write("assumed.yaml", growing("0.67", "assume: {masked_share: 0.3}\n"));
    const ProgramRun estimate =
        run_program({"estimate", assumed, "--out", (scratch_->path() / "estimate").string(), "--json"});
    ASSERT_EQ(estimate.exit_code, 0) << estimate.standard_error;
    const Json low = task_of(Json::parse(estimate.standard_output), "low", "cpg");
    EXPECT_EQ(low["growth"]["size"], 2.25);
    const Json high = task_of(results_of(out()), "high", "cpg");
    EXPECT_EQ(low["arrays"], high["arrays"]);
    const ProgramRun map = run_program({"map", yaml_, "--method", "cpg", "--json"});
    ASSERT_EQ(map.exit_code, 0) << map.standard_error;
    EXPECT_EQ(Json::parse(map.standard_output)["mapping"]["arrays"], high["arrays"]);
}

TEST_F(Growth, NeedsRoomForTheLargestSize) {
    const std::string tiles = std::to_string(results_of(out())["mapping"]["tiles"].get<int>());
    const auto run_on = [&](const std::string& yaml, const std::string& setting) {
        return run_program({"run", yaml, "--out", (scratch_->path() / "small").string(), "--quiet", "--set",
                            "hardware.chip.tiles=" + tiles, "--set", setting});
    };
    const std::string fixed = scratch_->write("fixed.yaml", small_experiment("[{method: cpg, epochs: 1, goal: 0.67}]"));
    EXPECT_EQ(run_on(fixed, "seed=3").exit_code, 0);
    const ProgramRun run = run_on(yaml_, "seed=3");
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_THAT(run.standard_error, HasSubstr("--set: error: hardware.chip.tiles: the network needs"));
    EXPECT_THAT(run.standard_error, HasSubstr("the chip has " + tiles));
    const ProgramRun rounds = run_on(yaml_, "mapping.images_per_round=4");
    EXPECT_EQ(rounds.exit_code, 2);
    EXPECT_THAT(rounds.standard_error, HasSubstr("mapping.images_per_round: method cpg can grow"));
}

void expect_refused(const std::string& method, const std::string& extra, const std::vector<std::string>& messages) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", small_experiment("[" + method + "]", extra));
    const ProgramRun run = run_program({"run", yaml, "--out", (scratch.path() / "out").string(), "--quiet"});
    EXPECT_EQ(run.exit_code, 2);
    for (const std::string& message : messages) EXPECT_THAT(run.standard_error, HasSubstr(message));
}

TEST(BadGrowth, SaysWhatItNeeds) {
    expect_refused("{method: cpg, grow: true}", "", {"e.yaml:15:", "methods.0.grow", "needs 'goal'"});
    expect_refused("{method: cpg, goal: 0.9, max_size: 2}", "",
                   {"e.yaml:15:", "methods.0.max_size", "means nothing without 'grow: true'"});
    expect_refused("{method: cpg, goal: 0.9, growth_step: 2}", "", {"methods.0.growth_step", "without 'grow: true'"});
    expect_refused("{method: cpg, goal: 0.9, grow: true, growth_step: 0.05}", "",
                   {"methods.0.growth_step", "more than 4 steps"});
    for (const char* step : {"0", "-1", "1e-300", ".inf", ".nan", "abc", "9"}) {
        expect_refused("{method: cpg, goal: 0.9, grow: true, growth_step: " + std::string(step) + "}", "",
                       {"e.yaml:15:", "methods.0.growth_step"});
    }
    expect_refused("{method: cpg, goal: 0.9, grow: true, max_size: 1.02, growth_step: 8}", "",
                   {"e.yaml:15:", "methods.0.max_size", "gives no layer a channel more; the least size that does is"});
    expect_refused("{method: cpg, goal: 0.9, grow: true, growth_step: 0.01, max_size: 1.03}", "",
                   {"methods.0.growth_step", "gives no layer a channel more"});
    expect_refused("{method: cpg, goal: 0, grow: true}", "", {"e.yaml:15:", "methods.0.goal", "none grows"});
    expect_refused("{method: cpg, goal: 0.9, grow: true}", "classifier: crossbar\n",
                   {"e.yaml:16:", "classifier", "write digital, or grow: false"});
}

}  // namespace
}  // namespace remask::test
