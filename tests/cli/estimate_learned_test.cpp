// remask estimate --learned: the cost of what a run has learned, here and on other hardware.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "program.h"
#include "results.h"
#include "sim/base/files.h"
#include "small_experiment.h"

namespace remask::test {
namespace {

using testing::HasSubstr;

/// Cells, columns and kernels are masked, layers added, a network grown: all that a cost can depend on.
const char* const many_methods = R"(
  - {method: classifier}
  - {method: finetune, epochs: 1}
  - {method: ksm, epochs: 1, realisation: row_groups}
  - {method: xma, epochs: 1}
  - {method: xma2, epochs: 1}
  - {method: series_adapter, epochs: 1}
  - {method: cpg, epochs: 2, grow: true, goal: 0.99, growth_step: 1.25, max_size: 2.25}
)";

class EstimateLearned : public testing::Test {
protected:
    static void SetUpTestSuite() {
        scratch_ = std::make_unique<ScratchFolder>();
        run_ = (scratch_->path() / "run").string();
        yaml_ = scratch_->write("e.yaml", small_experiment(many_methods));
        const ProgramRun run = run_program({"run", yaml_, "--out", run_, "--quiet"});
        ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    }
    static void TearDownTestSuite() { scratch_.reset(); }

    static ProgramRun estimate(const std::string& yaml, const std::vector<std::string>& extra = {},
                               const std::string& learned = run_) {
        std::vector<std::string> words{"estimate", yaml, "--learned", learned, "--json", "--quiet", "--out", out()};
        words.insert(words.end(), extra.begin(), extra.end());
        return run_program(words);
    }
    static std::string out() { return (scratch_->path() / "estimate").string(); }

    /// What of a run's tasks an estimate can know.
    static Json costs(const Json& results) {
        Json tasks = Json::array();
        for (const Json& task : results["tasks"]) {
            Json known;
            for (const char* key : {"task", "method", "classes", "mask", "inference", "switch", "wear", "layers"}) {
                if (task.contains(key)) known[key] = task[key];
            }
            tasks.push_back(known);
        }
        return {{"tasks", tasks}, {"break_even", results["break_even"]}};
    }

    static void expect_refused(const ProgramRun& run, int exit_code, const std::string& words) {
        EXPECT_EQ(run.exit_code, exit_code) << run.standard_error;
        EXPECT_THAT(run.standard_error, HasSubstr(words));
        EXPECT_FALSE(std::filesystem::exists(out()));
    }

    static std::unique_ptr<ScratchFolder> scratch_;
    static std::string run_, yaml_;
};

std::unique_ptr<ScratchFolder> EstimateLearned::scratch_;
std::string EstimateLearned::run_, EstimateLearned::yaml_;

TEST_F(EstimateLearned, CostsWhatTheRunFound) {
    for (const std::string& learned : {run_, run_ + "/results.h5"}) {
        const ProgramRun run = estimate(yaml_, {}, learned);
        ASSERT_EQ(run.exit_code, 0) << run.standard_error;
        const Json results = results_in(run.standard_output);
        EXPECT_EQ(costs(results), costs(results_of(run_)));
        EXPECT_TRUE(results["tasks"][0]["accuracy"].empty());
        EXPECT_THAT(results["warnings"].dump(), HasSubstr("results.h5"));
        std::filesystem::remove_all(out());
    }
}

TEST_F(EstimateLearned, CostsItOnOtherHardware) {
    const std::string more = (scratch_->path() / "more").string();
    const std::vector<std::string> other{"--set",    "hardware.crossbar.columns=64",
                                         "--set",    "hardware.crossbar.adc_bits=7",
                                         "--method", "finetune",
                                         "--method", "xma"};
    std::vector<std::string> words{"run", yaml_, "--out", more, "--quiet", "--store", run_ + "/store"};
    words.insert(words.end(), other.begin(), other.end());
    const ProgramRun run = run_program(words);
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    const ProgramRun estimated = estimate(yaml_, other);
    ASSERT_EQ(estimated.exit_code, 0) << estimated.standard_error;
    const Json there = costs(results_of(more));
    EXPECT_EQ(costs(results_in(estimated.standard_output)), there);
    EXPECT_NE(there["tasks"][1]["inference"], results_of(run_)["tasks"][3]["inference"]);
    std::filesystem::remove_all(out());
}

TEST_F(EstimateLearned, RefusesWhatDoesNotFit) {
    expect_refused(estimate(yaml_, {"--set", "hardware.crossbar.rows=64", "--method", "xma"}), 3,
                   "masks of columns fit only the rows that they were learned with");
    expect_refused(estimate(yaml_, {"--set", "hardware.crossbar.weight_bits=6", "--method", "finetune"}), 3,
                   "was learned for weights of 8 bits, the hardware has 6");
    expect_refused(estimate(yaml_, {"--set", "tasks.0.data.classes=[5, 6, 7]", "--method", "xma"}), 3,
                   "/tasks/low/xma/learned: was learned for 2 classes, the task has 3");
    expect_refused(estimate(yaml_, {"--set", "tasks.1.name=hihg"}), 3,
                   "/tasks has no task 'hihg' (did you mean 'high'?); it has 'high', 'low'");
    const std::string added = scratch_->write("added.yaml", small_experiment("[{method: piggyback}]"));
    expect_refused(estimate(added), 3, "/tasks/low has no method 'piggyback'");
    expect_refused(estimate(yaml_, {"--method", "xma", "--set", "methods.3.real=true"}), 3,
                   "was learned with other settings of the method: 'real: true' here, 'real: false' there");
    const std::string renamed = scratch_->write("renamed.yaml", small_experiment("[{method: xbm, label: xma}]"));
    expect_refused(estimate(renamed), 3, "'method: xbm' here, 'method: xma' there");
}

TEST_F(EstimateLearned, RefusesWhatAnEstimateHasAssumed) {
    const std::string assumed = (scratch_->path() / "assumed").string();
    ASSERT_EQ(run_program({"estimate", yaml_, "--set", "assume.masked_share=0.3", "--out", assumed}).exit_code, 0);
    expect_refused(estimate(yaml_, {}, assumed), 3, "is missing, as in an estimate, which learns nothing");
}

TEST_F(EstimateLearned, RefusesAnotherBackbonesMasks) {
    const std::string backbone = (scratch_->path() / "other.h5").string();
    const std::string text = scratch_->write("other.yaml", R"(
name: other
seed: 9
network: {architecture: resnet8, width: 0.5, channels: 1, height: 12, width_pixels: 12}
data: {dataset: digits, classes: [0, 1, 2, 3, 4], train_limit: 50, test_limit: 20}
training: {epochs: 1, batch: 25}
)");
    ASSERT_EQ(run_program({"train", text, "--out", backbone, "--quiet"}).exit_code, 0);
    const std::string yaml = scratch_->write("b.yaml", small_experiment("[{method: xma, epochs: 1}]", "", backbone));
    expect_refused(estimate(yaml), 3, "is not the backbone's: it was learned on another one");
}

TEST_F(EstimateLearned, RefusesFilesThatAreNoRuns) {
    expect_refused(estimate(yaml_, {}, (scratch_->path() / "nowhere").string()), 3, "nowhere");
    expect_refused(estimate(yaml_, {}, scratch_->write("text.h5", "no HDF5")), 3, "text.h5");
    expect_refused(estimate(yaml_, {}, small_backbone()), 3, "holds no learned task");
    const std::string pipe = (scratch_->path() / "pipe").string();
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    expect_refused(estimate(yaml_, {}, pipe), 3, "is a pipe or a device");
    const std::string alone = scratch_->write("alone.yaml", R"(name: alone
backbone:
  network: {architecture: resnet20, channels: 3, height: 32, width_pixels: 32}
hardware: {extends: isaac.yaml}
)");
    expect_refused(estimate(alone), 2, "--learned: the experiment has no tasks");
}

TEST_F(EstimateLearned, KeepsTheRunThatItReads) {
    const std::string before = read_file(std::filesystem::path(run_) / "results.json");
    const ProgramRun run = run_program({"estimate", yaml_, "--learned", run_, "--out", run_});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_THAT(run.standard_error, HasSubstr("is read by this command, and would be lost"));
    EXPECT_EQ(read_file(std::filesystem::path(run_) / "results.json"), before);
}

}  // namespace
}  // namespace remask::test
