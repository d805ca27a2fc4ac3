// Do sweeps run their grid, record a failed point, learn nothing twice, and survive being killed?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "program.h"
#include "sim/base/files.h"
#include "small_experiment.h"

namespace remask::test {
namespace {

namespace fs = std::filesystem;

const char* const cost_axes = R"(axes:
  - {path: hardware.write.pulses_per_write, values: [1, 2]}
  - {path: schedule.inferences_per_switch, values: [1, 1000]}
)";

/// An environment variable as long as it lives; programs that are run see it.
class ScopedVariable {
public:
    ScopedVariable(const char* name, const std::string& value) : name_(name) {
        if (const char* before = std::getenv(name)) before_ = before;
        setenv(name, value.c_str(), 1);
    }
    ~ScopedVariable() {
        if (before_) {
            setenv(name_, before_->c_str(), 1);
        } else {
            unsetenv(name_);
        }
    }
    ScopedVariable(const ScopedVariable&) = delete;
    ScopedVariable& operator=(const ScopedVariable&) = delete;

private:
    const char* name_;
    std::optional<std::string> before_;
};

class SweepRun : public testing::Test {
protected:
    std::string write_sweep(const std::string& axes) {
        scratch_.write("base.yaml", small_experiment("[{method: piggyback, epochs: 1, mask_learning_rate: 1.0e-3}]"));
        return scratch_.write("sweep.yaml", "name: s\nexperiment: base.yaml\n" + axes);
    }
    /// The table without the column of wall times, the last but one.
    static std::string table(const fs::path& out) {
        std::istringstream csv(read_file(out / "sweep.csv"));
        std::string line, text;
        while (std::getline(csv, line)) {
            const std::size_t last = line.rfind(',');
            const std::size_t wall = line.rfind(',', last - 1);
            if (text.empty()) {
                EXPECT_EQ(line.substr(wall, last - wall), ",training_wall_s");
            }
            text += line.substr(0, wall) + line.substr(last) + "\n";
        }
        return text;
    }
    ScratchFolder scratch_;
};

TEST_F(SweepRun, LearnsNothingTwiceWhereOnlyCostDiffers) {
    const std::string yaml = write_sweep(cost_axes);
    const fs::path out = scratch_.path() / "out";
    const ProgramRun run = run_program({"sweep", yaml, "--out", out.string(), "--jobs", "2"});
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    const auto files = files_below(out / "store");
    const auto learned = std::count_if(files.begin(), files.end(), [](const std::string& f) {
        return f.starts_with("learned-") && f.ends_with(".h5");
    });
    EXPECT_EQ(learned, 2);  // two tasks, one method, four points
    std::istringstream csv(read_file(out / "sweep.csv"));
    std::string line;
    int lines = 0;
    while (std::getline(csv, line)) ++lines;
    EXPECT_EQ(lines, 1 + 4 * 2);
}

/// Which columns share an array, and so a PE of xma2's, follows from the cells a weight takes; xma's columns do not.
TEST_F(SweepRun, LearnsAnewWhatDependsOnTheArrays) {
    const std::string yaml = write_sweep("axes:\n  - {path: hardware.crossbar.cell_bits, values: [2, 4]}\n");
    scratch_.write("base.yaml", small_experiment("[{method: xma, epochs: 1}, {method: xma2, epochs: 2}]"));
    const fs::path out = scratch_.path() / "out";
    const ProgramRun run = run_program({"sweep", yaml, "--out", out.string(), "--quiet"});
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    const auto files = files_below(out / "store");
    EXPECT_EQ(std::count_if(files.begin(), files.end(),
                            [](const std::string& f) { return f.starts_with("learned-") && f.ends_with(".h5"); }),
              2 + 2 * 2);  // two tasks: once with xma, once for each layout with xma2
}

TEST_F(SweepRun, APointIsRunAgainWhereAFileThatItExtendsHasChanged) {
    scratch_.write("chip.yaml", "extends: isaac.yaml\nname: first\n");
    const std::string yaml = write_sweep(cost_axes);
    std::string base = read_file(scratch_.path() / "base.yaml");
    const std::size_t at = base.find("extends:");
    ASSERT_NE(at, std::string::npos);
    base.replace(at, base.find('\n', at) - at, "extends: chip.yaml");
    scratch_.write("base.yaml", base);
    const fs::path out = scratch_.path() / "out";
    ASSERT_EQ(run_program({"sweep", yaml, "--out", out.string(), "--quiet"}).exit_code, 0);
    const auto again = [&] {
        return run_program({"sweep", yaml, "--out", out.string(), "--resume", "--json"}).standard_output;
    };
    EXPECT_EQ(nlohmann::json::parse(again())["reused"], 4);
    scratch_.write("chip.yaml", "extends: isaac.yaml\nname: second\n");
    const auto changed = nlohmann::json::parse(again());
    EXPECT_EQ(changed["reused"], 0);
    EXPECT_EQ(changed["done"], 4);
    EXPECT_NE(read_file(out / "points" / "0000" / "results.json").find("\"second\""), std::string::npos);
}

TEST_F(SweepRun, KilledAndResumedGivesTheSameTable) {
    const std::string yaml = write_sweep(cost_axes);
    const fs::path whole = scratch_.path() / "whole", broken = scratch_.path() / "broken";
    ASSERT_EQ(run_program({"sweep", yaml, "--out", whole.string(), "--quiet"}).exit_code, 0);
    ASSERT_TRUE(run_and_kill({"sweep", yaml, "--out", broken.string()}, broken / "points" / "0001", SIGKILL));
    EXPECT_FALSE(fs::exists(broken / "sweep.csv"));
    const ProgramRun again = run_program({"sweep", yaml, "--out", broken.string(), "--quiet"});
    EXPECT_EQ(again.exit_code, 2);
    EXPECT_NE(again.standard_error.find("--resume"), std::string::npos);
    ASSERT_EQ(run_program({"sweep", yaml, "--out", broken.string(), "--resume", "--quiet"}).exit_code, 0);
    EXPECT_EQ(table(whole), table(broken));
}

TEST_F(SweepRun, AWrongAxisIsFoundBeforeAnythingRuns) {
    const std::string yaml = write_sweep("axes:\n  - {path: hardware.crossbar.adc_bit, values: [6]}\n");
    const fs::path out = scratch_.path() / "out";
    const ProgramRun run = run_program({"sweep", yaml, "--out", out.string()});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_NE(run.standard_error.find("adc_bits"), std::string::npos) << run.standard_error;
    EXPECT_FALSE(fs::exists(out));
}

TEST_F(SweepRun, RefusesAxesThatOverlap) {
    for (const char* axes : {"axes:\n  - {path: seed, values: [1, 1]}\n",
                             "axes:\n  - {path: seed, values: [1]}\n  - {path: seed, values: [2]}\n",
                             "axes:\n  - {path: seed, also: [seed], values: [1]}\n"}) {
        const ProgramRun run = run_program({"sweep", write_sweep(axes), "--out", (scratch_.path() / "o").string()});
        EXPECT_EQ(run.exit_code, 2) << axes;
        EXPECT_NE(run.standard_error.find("seed"), std::string::npos) << run.standard_error;
    }
}

TEST_F(SweepRun, ADamagedPointIsRunAgain) {
    const std::string yaml = write_sweep(cost_axes);
    const fs::path out = scratch_.path() / "out";
    ASSERT_EQ(run_program({"sweep", yaml, "--out", out.string(), "--quiet"}).exit_code, 0);
    const std::string before = table(out);
    write_file(out / "points" / "0001" / "tasks.csv", "{}");
    ASSERT_EQ(run_program({"sweep", yaml, "--out", out.string(), "--resume", "--quiet"}).exit_code, 0);
    EXPECT_EQ(table(out), before);
}

TEST_F(SweepRun, AFailedPointIsRecordedAndStopsNoOther) {
    // Four tiles of one array hold nothing like this network: the point fails when the network is mapped.
    const std::string yaml = write_sweep(
        "axes:\n  - {path: hardware.chip.tiles, values: [1, 168]}\n"
        "  - {path: hardware.chip.arrays_per_pe, values: [1]}\n"
        "  - {path: hardware.chip.pes_per_tile, values: [1]}\n");
    const fs::path out = scratch_.path() / "out";
    const ProgramRun run = run_program({"sweep", yaml, "--out", out.string(), "--quiet"});
    EXPECT_EQ(run.exit_code, 1);
    const std::string csv = read_file(out / "sweep.csv");
    EXPECT_NE(csv.find("failed: "), std::string::npos) << csv;
    EXPECT_NE(csv.find("done"), std::string::npos) << csv;
}

TEST_F(SweepRun, ShardsTogetherAreTheWhole) {
    const std::string yaml = write_sweep(cost_axes);
    const fs::path out = scratch_.path() / "out";
    ASSERT_EQ(run_program({"sweep", yaml, "--out", out.string(), "--shard", "1/2", "--quiet"}).exit_code, 0);
    EXPECT_NE(read_file(out / "sweep.csv").find("not run"), std::string::npos);
    ASSERT_EQ(run_program({"sweep", yaml, "--out", out.string(), "--shard", "2/2", "--resume", "--quiet"}).exit_code,
              0);
    EXPECT_EQ(read_file(out / "sweep.csv").find("not run"), std::string::npos);
    EXPECT_EQ(run_program({"sweep", yaml, "--out", out.string(), "--shard", "3/2", "--resume"}).exit_code, 2);
}

/// With an sbatch of our own, which runs the array's tasks at once, one beside the other, as a cluster would.
TEST_F(SweepRun, SlurmsTasksTogetherAreTheWhole) {
    const std::string yaml = write_sweep(cost_axes);
    const fs::path out = scratch_.path() / "it's 50 % \"done\"";
    fs::create_directories(scratch_.path() / "bin");
    const std::string sbatch = scratch_.write("bin/sbatch", R"(#!/bin/sh
printf '%s\n' "$@" > "$FAKE_SBATCH_WORDS"
[ "$FAKE_SBATCH_REFUSES" = 1 ] && { echo "no such partition" >&2; exit 1; }
for word; do case $word in --array=1-*) tasks=${word#--array=1-};; esac; script=$word; done
for task in $(seq $tasks); do SLURM_ARRAY_TASK_ID=$task sh "$script" & done
wait
echo "4711;cluster"
)");
    fs::permissions(sbatch, fs::perms::owner_all);
    const ScopedVariable path("PATH", (scratch_.path() / "bin").string() + ":" + std::getenv("PATH"));
    const ScopedVariable words("FAKE_SBATCH_WORDS", (scratch_.path() / "words").string());
    const std::vector<std::string> command{"sweep",  yaml, "--out",  out.string(), "--executor",  "slurm",
                                           "--jobs", "3",  "--json", "--set",      "name=o'clock"};
    {
        const ScopedVariable refuses("FAKE_SBATCH_REFUSES", "1");
        const ProgramRun refused = run_program(command);
        EXPECT_EQ(refused.exit_code, 1);
        EXPECT_NE(refused.standard_error.find("no such partition"), std::string::npos) << refused.standard_error;
    }
    const ProgramRun run = run_program(command);
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    const auto said = nlohmann::json::parse(run.standard_output);
    EXPECT_EQ(said.at("job"), "4711;cluster");
    EXPECT_EQ(said.at("tasks"), 3);
    const std::string given = read_file(scratch_.path() / "words");
    EXPECT_NE(given.find("--array=1-3\n--cpus-per-task=1\n"), std::string::npos) << given;
    EXPECT_NE(given.find("50 %% \"done\"/slurm-%a.txt"), std::string::npos) << given;

    const fs::path here = scratch_.path() / "here";
    ASSERT_EQ(run_program({"sweep", yaml, "--out", here.string(), "--quiet", "--set", "name=o'clock"}).exit_code, 0);
    EXPECT_EQ(table(out), table(here));

    fs::remove_all(out / "points");  // as before the first task has begun
    const ProgramRun again = run_program(command);
    EXPECT_EQ(again.exit_code, 2);
    EXPECT_NE(again.standard_error.find("submitted already"), std::string::npos) << again.standard_error;
    const ProgramRun shard = run_program({"sweep", yaml, "--executor", "slurm", "--shard", "1/2"});
    EXPECT_EQ(shard.exit_code, 2);
    EXPECT_NE(shard.standard_error.find("--shard"), std::string::npos) << shard.standard_error;
}

/// An ADC's energy does not follow adc_bits: both points say so.
TEST_F(SweepRun, SaysWhatItsPointsWarnOf) {
    const std::string yaml = write_sweep("axes:\n  - {path: hardware.crossbar.adc_bits, values: [7, 6]}\n");
    const fs::path out = scratch_.path() / "out";
    const ProgramRun run = run_program({"sweep", yaml, "--out", out.string()});
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    const auto warning = nlohmann::json::parse(read_file(out / "points/0000/results.json")).at("warnings").at(0);
    EXPECT_THAT(run.standard_output, testing::HasSubstr("warning: " + warning.get<std::string>() + " ("));
    const ProgramRun again = run_program({"sweep", yaml, "--out", out.string(), "--resume", "--json"});
    const auto found = nlohmann::json::parse(again.standard_output).at("warnings");
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found.at(0).at("warning"), warning);
    EXPECT_GE(found.at(0).at("points").get<int>(), 1);
}

TEST_F(SweepRun, SaysWhatAnExecutorNeeds) {
    const std::string yaml = write_sweep(cost_axes);
    const ProgramRun unknown = run_program({"sweep", yaml, "--executor", "slrum"});
    EXPECT_EQ(unknown.exit_code, 2);
    EXPECT_NE(unknown.standard_error.find("did you mean 'slurm'"), std::string::npos) << unknown.standard_error;
    const ScopedVariable path("PATH", scratch_.path().string());
    const ProgramRun without =
        run_program({"sweep", yaml, "--executor", "slurm", "--out", (scratch_.path() / "out").string()});
    EXPECT_EQ(without.exit_code, 1);
    EXPECT_NE(without.standard_error.find("sbatch can't be started"), std::string::npos) << without.standard_error;
}

std::vector<std::vector<std::string>> cells_of(const fs::path& file) {
    std::istringstream csv(read_file(file));
    std::vector<std::vector<std::string>> rows;
    for (std::string line; std::getline(csv, line);) {
        std::istringstream row(line.substr(0, line.find('\r')));
        rows.emplace_back();
        for (std::string cell; std::getline(row, cell, ',');) rows.back().push_back(cell);
    }
    return rows;
}

/// Grids follow each other; a path that a point does not set is an empty cell; without tasks the accuracies are the
/// backbone's, as in results.json.
TEST_F(SweepRun, GridsFollowEachOther) {
    const std::string with_tasks = small_experiment("[]");
    scratch_.write("base.yaml", with_tasks.substr(0, with_tasks.find("tasks:")));
    const std::string yaml = scratch_.write("sweep.yaml", R"(name: s
experiment: base.yaml
grids:
  - axes:
      - {path: hardware.crossbar.adc_range, values: [full]}
      - {path: hardware.crossbar.adc_bits, values: [8, 3]}
  - axes: [{path: hardware.device.stuck_on, also: [hardware.device.stuck_off], values: [0.2]}]
)");
    EXPECT_EQ(run_program({"check", yaml}).exit_code, 0);
    std::string wrong = read_file(yaml);
    wrong.replace(wrong.find("[8, 3]"), 6, "[8, 40]");
    const ProgramRun refused = run_program({"check", scratch_.write("wrong.yaml", wrong)});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_NE(refused.standard_error.find("axis hardware.crossbar.adc_bits, value 40"), std::string::npos)
        << refused.standard_error;
    const fs::path out = scratch_.path() / "out";
    const ProgramRun run = run_program({"sweep", yaml, "--out", out.string(), "--quiet"});
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    const auto rows = cells_of(out / "sweep.csv");
    ASSERT_EQ(rows.size(), 4U);
    const std::vector<std::string> head{"point",
                                        "hardware.crossbar.adc_range",
                                        "hardware.crossbar.adc_bits",
                                        "hardware.device.stuck_on",
                                        "hardware.device.stuck_off",
                                        "status",
                                        "backbone_accuracy_float",
                                        "backbone_accuracy_crossbar",
                                        "backbone_test_images"};
    const std::vector<std::vector<std::string>> starts{{"0000", "full", "8", "", "", "done"},
                                                       {"0001", "full", "3", "", "", "done"},
                                                       {"0002", "", "", "0.2", "0.2", "done"}};
    EXPECT_TRUE(std::equal(head.begin(), head.end(), rows[0].begin()));
    for (std::size_t i = 0; i < starts.size(); ++i) {
        const auto& row = rows[i + 1];
        ASSERT_GE(row.size(), head.size());
        EXPECT_TRUE(std::equal(starts[i].begin(), starts[i].end(), row.begin())) << "point " << i;
        const auto results = nlohmann::json::parse(read_file(out / "points" / row[0] / "results.json"));
        const auto& backbone = results["backbone"];
        EXPECT_EQ(std::stod(row[6]), backbone["accuracy"]["float"].get<double>());
        EXPECT_EQ(std::stod(row[7]), backbone["accuracy"]["crossbar"].get<double>());
        EXPECT_EQ(std::stoi(row[8]), backbone["test_images"].get<int>());
    }
}

TEST_F(SweepRun, RefusesGridsBesideAxesAndEmptyOnes) {
    const std::string grids = "grids:\n  - axes: [{path: seed, values: [1]}]\n";
    for (const std::string& faulty :
         {"axes: [{path: seed, values: [2]}]\n" + grids, std::string("grids: []\n"),
          std::string("grids:\n  - axes: []\n"),
          std::string("grids:\n  - axes: [{path: seed, values: [1]}, {path: seed, values: [2]}]\n"),
          grids + "  - axes: [{path: hardware.crossbar.adc_bit, values: [6]}]\n"}) {
        const fs::path out = scratch_.path() / "out";
        EXPECT_EQ(run_program({"sweep", write_sweep(faulty), "--out", out.string()}).exit_code, 2) << faulty;
        EXPECT_FALSE(fs::exists(out)) << faulty;
    }
}

/// The mean and deviation of two numbers are their half sum and their difference over the root of two.
TEST_F(SweepRun, SumsSeedsUp) {
    const std::string yaml = write_sweep("axes:\n  - {path: seed, values: [1, 2]}\n");
    const fs::path out = scratch_.path() / "out";
    ASSERT_EQ(run_program({"sweep", yaml, "--out", out.string(), "--quiet"}).exit_code, 0);
    const auto accuracy = [&](const char* point, std::size_t task) {
        const auto results = nlohmann::json::parse(read_file(out / "points" / point / "results.json"));
        return results["tasks"][task]["accuracy"]["crossbar"].get<double>();
    };
    std::istringstream csv(read_file(out / "seeds.csv"));
    std::string line;
    std::getline(csv, line);
    for (const char* task : {"low", "high", "*"}) {
        ASSERT_TRUE(std::getline(csv, line));
        std::vector<std::string> cells;
        std::istringstream row(line);
        for (std::string cell; std::getline(row, cell, ',');) cells.push_back(cell);
        ASSERT_GE(cells.size(), 7U);
        EXPECT_EQ(cells[0], "piggyback");
        EXPECT_EQ(cells[1], task);
        EXPECT_EQ(cells[2], "2");
        const auto of_seed = [&](const char* point) {
            if (std::string(task) == "*") return (accuracy(point, 0) + accuracy(point, 1)) / 2;
            return accuracy(point, std::string(task) == "low" ? 0 : 1);
        };
        const double a = of_seed("0000"), b = of_seed("0001");
        EXPECT_NEAR(std::stod(cells[5]), (a + b) / 2, 1e-12);
        EXPECT_NEAR(std::stod(cells[6]), std::fabs(a - b) / std::sqrt(2.0), 1e-12);
    }
    EXPECT_FALSE(std::getline(csv, line));
}

}  // namespace
}  // namespace remask::test
