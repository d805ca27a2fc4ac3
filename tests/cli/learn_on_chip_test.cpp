// Learning through the arrays: of this chip and no other, the same for any number of threads, refused early where it
// can't be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "program.h"
#include "results.h"
#include "sim/base/files.h"
#include "sim/storage/hdf5_file.h"
#include "small_experiment.h"

namespace remask::test {
namespace {

using testing::HasSubstr;

constexpr const char* methods =
    "[{method: xma, epochs: 2, learn: {on: crossbar}}, {method: ksm, epochs: 1, learn: {on: crossbar}}, "
    "{method: classifier, epochs: 1, learn: {on: crossbar}}]";

class LearnOnChip : public testing::Test {
protected:
    ProgramRun run(const std::string& yaml, const std::string& name, const std::string& chip,
                   const std::string& threads = "2") {
        return run_program({"run", scratch_.write(name + ".yaml", yaml), "--out", (scratch_.path() / name).string(),
                            "--quiet", "--threads", threads, "--set", "hardware.crossbar.adc_bits=6", "--set",
                            "hardware.device={programming_error: {model: proportional, strength: 0.2}, stuck_on: 0.01, "
                            "seed: " +
                                chip + "}"});
    }
    /// Every learned number of the run, by the path of its array.
    std::vector<float> learned(const std::string& name) const {
        const Hdf5Reader reader(scratch_.path() / name / "results.h5");
        std::vector<float> all;
        for (const std::string& task : reader.members("/tasks")) {
            for (const std::string& method : reader.members("/tasks/" + task)) {
                const std::string group = "/tasks/" + task + "/" + method + "/learned/effective/";
                for (const std::string& parameter : reader.members(group)) {
                    const std::vector<float> values = reader.read<float>(group + parameter);
                    all.insert(all.end(), values.begin(), values.end());
                }
            }
        }
        return all;
    }

    ScratchFolder scratch_;
};

TEST_F(LearnOnChip, DependsOnTheChipAndNotOnTheThreads) {
    const std::string yaml = small_experiment(methods);
    for (const auto& [name, chip, threads] :
         {std::array{"one", "1", "1"}, std::array{"two", "1", "2"}, std::array{"other", "2", "2"}}) {
        const ProgramRun program = run(yaml, name, chip, threads);
        ASSERT_EQ(program.exit_code, 0) << program.standard_error;
    }
    const std::vector<float> one = learned("one");
    ASSERT_GT(one.size(), 10000u);
    EXPECT_EQ(one, learned("two"));
    EXPECT_NE(one, learned("other"));
}

TEST_F(LearnOnChip, IsRefusedForCellsBeforeAnythingIsMeasured) {
    const ProgramRun program =
        run(small_experiment("[{method: piggyback, epochs: 1, learn: {on: crossbar}}]"), "refused", "1");
    EXPECT_EQ(program.exit_code, 2);
    EXPECT_THAT(program.standard_error,
                HasSubstr("methods.0.learn: on: crossbar needs a mask that the periphery applies"));
    EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "refused"));
}

TEST_F(LearnOnChip, AColumnMaskIsNotDrivenByRowGroups) {
    const ProgramRun program =
        run(small_experiment("[{method: xma, epochs: 1, realisation: row_groups}]"), "rows", "1");
    EXPECT_EQ(program.exit_code, 2);
    EXPECT_THAT(program.standard_error, HasSubstr("methods.0.realisation: row_groups drives kernels"));
}

/// Found by the loss or by what the last step leaves, whichever comes first.
TEST_F(LearnOnChip, LearningThatDivergesIsAFailedRun) {
    const ProgramRun program =
        run(small_experiment("[{method: finetune, epochs: 1, learning_rate: 1.0e+20}]"), "diverged", "1");
    EXPECT_EQ(program.exit_code, 1);
    EXPECT_THAT(program.standard_error, HasSubstr("lower learning_rate"));
}

/// Hours of other methods' work must not be lost with one that was given a bad rate.
TEST_F(LearnOnChip, AMethodThatDivergesIsLeftOutAndNamed) {
    const std::string three =
        "[{method: classifier, epochs: 1}, {method: finetune, epochs: 1, learning_rate: 1.0e+20}, "
        "{method: xma, epochs: 1}]";
    const ProgramRun program = run(small_experiment(three), "some", "1");
    EXPECT_EQ(program.exit_code, 1);
    EXPECT_THAT(program.standard_error, HasSubstr("finetune is left out: low: training diverged"));
    const Json results = results_of(scratch_.path() / "some");
    ASSERT_EQ(results["diverged"].size(), 1U);
    EXPECT_EQ(results["diverged"][0]["method"], "finetune");
    EXPECT_EQ(results["diverged"][0]["task"], "low");
    EXPECT_THAT(results["diverged"][0]["why"].get<std::string>(), HasSubstr("lower learning_rate"));

    const ProgramRun good =
        run(small_experiment("[{method: classifier, epochs: 1}, {method: xma, epochs: 1}]"), "good", "1");
    ASSERT_EQ(good.exit_code, 0) << good.standard_error;
    const Json others = results_of(scratch_.path() / "good");
    EXPECT_TRUE(others["diverged"].empty());
    EXPECT_EQ(without_times(results)["tasks"], without_times(others)["tasks"]);
}

/// Weights that are finite, but so large that the network's values are not; and what shows in the last step alone.
TEST_F(LearnOnChip, DivergenceThatShowsLateIsTheMethodsToo) {
    const std::string three =
        "[{method: classifier, epochs: 1}, {method: finetune, epochs: 1, learning_rate: 1.0e+10}, "
        "{method: sparcl, epochs: 1, learning_rate: 1.0e+3}]";
    const ProgramRun program = run(small_experiment(three), "late", "1");
    EXPECT_EQ(program.exit_code, 1);
    EXPECT_THAT(program.standard_error, HasSubstr("finetune is left out: "));
    EXPECT_THAT(program.standard_error, HasSubstr("sparcl is left out: "));
    const Json results = results_of(scratch_.path() / "late");
    EXPECT_EQ(results["diverged"].size(), 2U);
    for (const Json& task : results["tasks"]) EXPECT_EQ(task["method"], "classifier");
}

TEST_F(LearnOnChip, AllMethodsThatDivergeAreNamed) {
    const ProgramRun program = run(small_experiment("[{method: finetune, epochs: 1, learning_rate: 1.0e+20}, "
                                                    "{method: ksm, epochs: 1, learning_rate: 1.0e+20}]"),
                                   "all", "1");
    EXPECT_EQ(program.exit_code, 1);
    EXPECT_THAT(program.standard_error, HasSubstr("finetune is left out: "));
    EXPECT_THAT(program.standard_error, HasSubstr("ksm is left out: "));
    EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "all/results.json"));
}

TEST_F(LearnOnChip, ATaskMayStartFromTheBackbonesClassifier) {
    std::string yaml = small_experiment("[{method: xma, epochs: 1, learn: {on: crossbar}}]");
    const std::string task =
        "  - name: high\n    data: {dataset: digits, classes: [7, 8, 9], train_limit: 90, test_limit: 30}\n";
    const std::size_t at = yaml.find(task);
    ASSERT_NE(at, std::string::npos);
    std::string wrong = yaml;
    wrong.replace(at, task.size(),
                  "  - name: again\n    keep_classifier: true\n    data: {dataset: digits, classes: [7, 8, 9]}\n");
    const ProgramRun refused = run(wrong, "wrong", "1");
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.standard_error, HasSubstr("error: tasks.1.keep_classifier: "));
    EXPECT_THAT(refused.standard_error, HasSubstr("3 classes"));
    yaml.replace(at, task.size(),
                 "  - name: again\n    keep_classifier: true\n    data: {dataset: digits, classes: [0, 1, 2, 3, 4], "
                 "train_share_of_test: 0.5}\n");
    const ProgramRun good = run(yaml, "good", "1");
    ASSERT_EQ(good.exit_code, 0) << good.standard_error;
    const Json results = Json::parse(read_file(scratch_.path() / "good/results.json"));
    // A new classifier would start at a fifth; the backbone's own knows its task.
    EXPECT_GT(results["tasks"][1]["accuracy"]["float"].get<double>(), 0.6);
}

}  // namespace
}  // namespace remask::test
