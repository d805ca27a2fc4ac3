// What of an experiment a run takes: some of its methods (--method), validation images in place of test images.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.h"
#include "results.h"
#include "sim/base/files.h"
#include "small_experiment.h"

namespace remask::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* three_methods =
    "[{method: classifier, epochs: 1}, {method: xma, label: fast, epochs: 1, mask_learning_rate: 0.05}, "
    "{method: xbm, epochs: 1}]";

TEST(Choose, OnlyTheNamedMethodsRunAndTheirResultsAreTheSame) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", small_experiment(three_methods));
    const auto run = [&](const std::string& name, std::vector<std::string> more) {
        std::vector<std::string> words{"run", yaml, "--quiet", "--out", (scratch.path() / name).string()};
        words.insert(words.end(), more.begin(), more.end());
        const ProgramRun program = run_program(words);
        EXPECT_EQ(program.exit_code, 0) << program.standard_error;
        return results_of(scratch.path() / name);
    };
    const Json all = run("all", {});
    const Json some = run("some", {"--method", "xbm", "--method", "fast", "--method", "xbm"});
    ASSERT_EQ(some["tasks"].size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) {
        const Json& same = all["tasks"][i / 2 * 3 + i % 2 + 1];
        EXPECT_EQ(some["tasks"][i]["method"], same["method"]);
        EXPECT_EQ(some["tasks"][i]["accuracy"], same["accuracy"]);
        EXPECT_EQ(some["tasks"][i]["switch"], same["switch"]);
    }
    // The resolved experiment holds what ran, each value with the line that it came from.
    const std::string resolved = read_file(scratch.path() / "some/resolved.yaml");
    EXPECT_THAT(resolved, HasSubstr("label: fast"));
    EXPECT_THAT(resolved, Not(HasSubstr("classifier  #")));
    EXPECT_THAT(resolved, Not(HasSubstr("method: classifier")));
}

TEST(Choose, AnUnknownMethodIsRefusedWithTheNearestName) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", small_experiment(three_methods));
    for (const char* command : {"run", "estimate"}) {
        const std::filesystem::path out = scratch.path() / "out";
        const ProgramRun program = run_program({command, yaml, "--out", out.string(), "--method", "fist"});
        EXPECT_EQ(program.exit_code, 2);
        EXPECT_THAT(program.standard_error, HasSubstr("--method: the experiment has no method 'fist'"));
        EXPECT_THAT(program.standard_error, HasSubstr("'fast'"));
        EXPECT_FALSE(std::filesystem::exists(out));
    }
}

TEST(Choose, ValidationImagesComeFromTheTrainingImages) {
    const ScratchFolder scratch;
    std::string yaml = small_experiment("[{method: classifier, epochs: 1}]", "measure_on: validation\n");
    const ProgramRun refused = run_program({"run", scratch.write("refused.yaml", yaml)});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.standard_error, HasSubstr("measure_on: validation needs a validation_share"));
    EXPECT_THAT(refused.standard_error, HasSubstr("refused.yaml:"));

    const std::filesystem::path out = scratch.path() / "out";
    const ProgramRun program =
        run_program({"run", scratch.path() / "refused.yaml", "--quiet", "--out", out.string(), "--set",
                     "tasks.0.data.validation_share=0.25", "--set", "tasks.1.data.validation_share=0.4"});
    ASSERT_EQ(program.exit_code, 0) << program.standard_error;
    const Json results = results_of(out);
    EXPECT_EQ(results["experiment"]["measured_on"], "validation");
    // 80 images of two classes, 90 of three: a quarter, and two fifths, of each class.
    EXPECT_EQ(results["tasks"][0]["test_images"], 20);
    EXPECT_EQ(results["tasks"][0]["train_images"], 60);
    EXPECT_EQ(results["tasks"][1]["test_images"], 36);
    EXPECT_EQ(results["tasks"][1]["train_images"], 54);
}

TEST(Choose, EveryListedMethodIsEstimatedOverASequence) {
    const ScratchFolder scratch;
    const ProgramRun list = run_program({"list", "methods", "--json"});
    ASSERT_EQ(list.exit_code, 0);
    std::string methods = "[";
    std::vector<std::string> names;
    for (const Json& method : Json::parse(list.standard_output)) {
        names.push_back(method["name"].get<std::string>());
        methods += (names.size() > 1 ? ", {method: " : "{method: ") + names.back() + "}";
    }
    const std::string yaml = scratch.write("e.yaml", small_experiment(methods + "]", "assume: {masked_share: 0.5}\n"));
    const ProgramRun program =
        run_program({"estimate", yaml, "--json", "--quiet", "--out", (scratch.path() / "out").string()});
    ASSERT_EQ(program.exit_code, 0) << program.standard_error;
    const Json results = Json::parse(program.standard_output);
    ASSERT_EQ(results["tasks"].size(), 2 * names.size());
    for (std::size_t i = 0; i < results["tasks"].size(); ++i) {
        const Json& task = results["tasks"][i];
        EXPECT_EQ(task["method"], names[i % names.size()]);
        EXPECT_GT(task["inference"]["energy_j"].get<double>(), 0.0);
    }
}

TEST(Choose, CheckListsAnExperimentsRows) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", small_experiment(three_methods));
    const ProgramRun program = run_program({"check", yaml, "--json"});
    ASSERT_EQ(program.exit_code, 0) << program.standard_error;
    const Json answer = Json::parse(program.standard_output)[0];
    EXPECT_EQ(answer["seed"], 3);
    ASSERT_EQ(answer["methods"].size(), 3u);
    EXPECT_EQ(answer["methods"][1]["name"], "fast");
    EXPECT_THAT(answer["methods"][1]["settings"].get<std::string>(), HasSubstr("mask_learning_rate: 0.05\n"));
    ASSERT_EQ(answer["tasks"].size(), 2u);
    EXPECT_EQ(answer["tasks"][1]["name"], "high");
    EXPECT_THAT(answer["tasks"][1]["settings"].get<std::string>(), HasSubstr("train_limit: 90\n"));
}

}  // namespace
}  // namespace remask::test
