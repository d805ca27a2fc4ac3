// schedule.visits: the sums over a cycle of tasks, wear and life; a task that does not exist.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "program.h"
#include "results.h"
#include "sim/base/files.h"
#include "small_experiment.h"

namespace remask::test {
namespace {

using testing::HasSubstr;

const char* const visits =
    "schedule:\n"
    "  visits:\n"
    "    - {task: low, inferences: 100}\n"
    "    - {task: high, inferences: 20}\n"
    "  cycles_per_day: 5\n"
    "  days: 10\n";

TEST(TaskSchedule, SumsACycleAndItsDays) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write(
        "e.yaml",
        small_experiment("[{method: piggyback, epochs: 2, mask_learning_rate: 1.0e-2}, {method: xbm, epochs: 1}]",
                         visits));
    const ProgramRun run = run_program({"run", yaml, "--out", (scratch.path() / "out").string(), "--json"});
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    const Json results = results_in(run.standard_output);
    ASSERT_EQ(results["task_schedule"].size(), 2u);
    const auto task = [&](const char* name, const char* method) {
        for (const Json& entry : results["tasks"]) {
            if (entry["task"] == name && entry["method"] == method) return entry;
        }
        return Json();
    };
    for (const Json& schedule : results["task_schedule"]) {
        const std::string method = schedule["method"];
        SCOPED_TRACE(method);
        EXPECT_EQ(schedule["switches_per_cycle"], 2);
        EXPECT_EQ(schedule["inferences_per_cycle"], 120.0);
        const double inference = 100 * task("low", method.c_str())["inference"]["energy_j"].get<double>() +
                                 20 * task("high", method.c_str())["inference"]["energy_j"].get<double>();
        EXPECT_NEAR(schedule["inference_energy_per_cycle_j"].get<double>(), inference, 1e-12 * inference);
        const double cycle = inference + schedule["switch_energy_per_cycle_j"].get<double>();
        EXPECT_NEAR(schedule["energy_j"].get<double>(), 50 * cycle, 1e-12 * 50 * cycle);
        EXPECT_GT(schedule["switch_energy_per_cycle_j"].get<double>(),
                  task("high", method.c_str())["switch"]["energy_j"].get<double>());
    }
    // Piggyback: the cells in which the two tasks differ are written once by each of the two switches.
    const Json& piggyback = results["task_schedule"][0];
    EXPECT_EQ(piggyback["writes_per_cycle_max"], 2);
    const auto cells = piggyback["cells_by_writes_per_cycle"].get<std::vector<std::int64_t>>();
    ASSERT_EQ(cells.size(), 3u);
    EXPECT_EQ(cells[1], 0);
    EXPECT_EQ(cells[2], task("high", "piggyback")["switch"]["cells_written"].get<std::int64_t>());
    EXPECT_EQ(piggyback["life_switches"], 1.0e6);        // endurance; each cell is written once a switch
    EXPECT_EQ(piggyback["life_days"], 1.0e6 / (2 * 5));  // two switches a cycle, five cycles a day
    const Json& xbm = results["task_schedule"][1];       // its mask lies at the periphery
    EXPECT_EQ(xbm["writes_per_cycle_max"], 0);
    EXPECT_TRUE(xbm["life_days"].is_null());
}

TEST(TaskSchedule, AnUnknownTaskIsNamedWhereItStands) {
    const ScratchFolder scratch;
    std::string text = small_experiment("[{method: xbm}]", visits);
    text.replace(text.find("task: high"), 10, "task: hihg");
    const std::string yaml = scratch.write("e.yaml", text);
    const std::size_t before = text.find("task: hihg");
    const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(before), '\n') + 1;
    const ProgramRun run = run_program({"estimate", yaml, "--out", (scratch.path() / "out").string()});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_THAT(run.standard_error, HasSubstr("e.yaml:" + std::to_string(line) + ":14: error: schedule.visits.1.task"));
    EXPECT_THAT(run.standard_error, HasSubstr("there is no task 'hihg' in 'tasks' (did you mean 'high'?)"));
}

/// From the backbone a share p of the weights becomes 0; from one task to the next those change whose two draws differ,
/// 2p(1 − p).
TEST(TaskSchedule, AnEstimateDrawsEachTaskAMaskOfItsOwn) {
    const ScratchFolder scratch;
    const std::string yaml =
        scratch.write("e.yaml", small_experiment("[{method: piggyback}]", "assume: {masked_share: 0.3}\n"));
    const ProgramRun run = run_program({"estimate", yaml, "--out", (scratch.path() / "out").string(), "--json"});
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    const Json tasks = results_in(run.standard_output)["tasks"];
    const double first = tasks[0]["switch"]["cells_written"].get<double>();
    ASSERT_GT(first, 5000.0);
    EXPECT_NEAR(tasks[1]["switch"]["cells_written"].get<double>() / first, 2 * (1 - 0.3), 0.1);
}

TEST(TaskSchedule, AnEstimateRefusesSparePesThatTheChipLacks) {
    const ScratchFolder scratch;
    std::string text = small_experiment("[{method: xbm}]", visits);
    text += "  wear_levelling: {spare_pes: 1000000}\nassume: {masked_share: 0.3}\n";
    const std::string yaml = scratch.write("e.yaml", text);
    const ProgramRun run = run_program({"estimate", yaml, "--out", (scratch.path() / "out").string()});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_THAT(run.standard_error, HasSubstr("e.yaml:22:31: error: schedule.wear_levelling.spare_pes: "));
    EXPECT_FALSE(std::filesystem::exists(scratch.path() / "out"));
}

}  // namespace
}  // namespace remask::test
