// Tasks whose images are photographs in folders: from files to results.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>

#include "program.h"
#include "sim/base/files.h"
#include "small_experiment.h"

namespace remask::test {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;
using testing::Not;

class ImageFolderRuns : public testing::Test {
protected:
    /// Two classes of photographs, of other sizes than the network's input, the file's name telling which is which.
    ImageFolderRuns() {
        for (const char* split : {"train", "test"}) {
            for (int i = 0; i < 6; ++i) {
                put(std::string(split) + "/plain/" + std::to_string(i) + ".png", "one_bit.png");
                put(std::string(split) + "/scene/" + std::to_string(i) + ".jpg", "rgb.jpg");
            }
        }
    }
    std::filesystem::path photographs() const { return scratch_.path() / "photographs"; }
    void put(const std::string& name, const std::string& image) const {
        const auto path = photographs() / name;
        std::filesystem::create_directories(path.parent_path());
        std::filesystem::copy_file(REMASK_SOURCE_DIR "/tests/unit/data/photographs/" + image, path);
    }
    static constexpr const char* two_methods =
        "[{method: classifier, epochs: 100, learning_rate: 0.05}, {method: xma, epochs: 2, batch: 4}]";
    std::string experiment(const std::string& name, const std::string& data, const std::string& extra = "",
                           const std::string& methods = two_methods) const {
        std::string yaml = small_experiment(methods);
        yaml.erase(yaml.find("tasks:"), yaml.find("methods:") - yaml.find("tasks:"));
        yaml += "tasks:\n  - name: photos\n    augmentation: {flip: true}\n    data: {dataset: image_folder, " + data +
                "}\n" + extra;
        return scratch_.write(name + ".yaml", yaml);
    }
    ProgramRun run(const std::string& name, const std::string& data, const std::string& threads = "2",
                   const std::string& methods = two_methods) const {
        return run_program({"run", experiment(name, data, "", methods), "--out", (scratch_.path() / name).string(),
                            "--data", scratch_.path().string(), "--quiet", "--threads", threads});
    }
    Json tasks_of(const std::string& name) const {
        Json tasks = Json::parse(read_file(scratch_.path() / name / "results.json"))["tasks"];
        for (Json& task : tasks) {
            task["simulation"].erase("wall_s");
            task["training"].erase("wall_s");
        }
        return tasks;
    }

    ScratchFolder scratch_;
};

/// Every row of experiments/imagenet_to_sketch, which needs data that cannot come with remask.
TEST_F(ImageFolderRuns, LearnByEveryMethodOfImageNetToSketch) {
    const std::string text = read_file(REMASK_SOURCE_DIR "/experiments/imagenet_to_sketch/experiment.yaml");
    const std::regex row(R"(\{method: (\w+))");
    std::vector<std::string> names;
    std::string methods;
    for (std::sregex_iterator at(text.begin(), text.end(), row), end; at != end; ++at) {
        names.push_back((*at)[1]);
        methods += (methods.empty() ? "[" : ", ") + at->str() + ", epochs: 4, batch: 4}";
    }
    EXPECT_EQ(names.size(), 14U);
    const ProgramRun program = run("all", "path: photographs, training_crop: true", "2", methods + "]");
    ASSERT_EQ(program.exit_code, 0) << program.standard_error;
    const Json tasks = tasks_of("all");
    ASSERT_EQ(tasks.size(), names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        EXPECT_EQ(tasks[i]["method"], names[i]);
        EXPECT_EQ(tasks[i]["classes"], 2) << names[i];
        EXPECT_GE(tasks[i]["training"]["images"], 4 * 10) << names[i];  // cpg holds some of the twelve out
    }
}

TEST_F(ImageFolderRuns, LearnAndMeasureTheSameForAnyNumberOfThreads) {
    for (const char* threads : {"1", "2"}) {
        const ProgramRun program = run(threads, "path: photographs, training_crop: true", threads);
        ASSERT_EQ(program.exit_code, 0) << program.standard_error;
    }
    const Json tasks = tasks_of("1");
    EXPECT_EQ(tasks, tasks_of("2"));
    // A class is one image here, so that a classifier on the backbone's features tells them apart.
    EXPECT_EQ(tasks[0]["accuracy"]["float"].get<double>(), 1.0);
    EXPECT_EQ(tasks[0]["accuracy"]["crossbar"].get<double>(), 1.0);
    EXPECT_EQ(tasks[1]["train_images"].get<int>(), 12);
}

// estimate counts the classes of the folder; check looks for it where it is asked to.
TEST_F(ImageFolderRuns, AreEstimatedAndCheckedWithTheirFolder) {
    const std::string yaml = experiment("e", "path: photographs", "assume: {masked_share: 0.3}\n");
    const std::string data = scratch_.path().string(), out = (scratch_.path() / "estimate").string();
    const ProgramRun estimate = run_program({"estimate", yaml, "--data", data, "--out", out, "--json"});
    ASSERT_EQ(estimate.exit_code, 0) << estimate.standard_error;
    EXPECT_EQ(Json::parse(estimate.standard_output)["tasks"][0]["classes"], 2);
    EXPECT_EQ(run_program({"check", yaml, "--data", data}).exit_code, 0);
    EXPECT_EQ(run_program({"check", yaml}).exit_code, 0);  // looks at the file alone
    const ProgramRun missing = run_program({"check", yaml, "--data", (scratch_.path() / "estimate").string()});
    EXPECT_EQ(missing.exit_code, 3);
    EXPECT_THAT(missing.standard_error, HasSubstr("there is no folder"));
}

TEST_F(ImageFolderRuns, ADamagedPhotographIsNamed) {
    std::filesystem::resize_file(photographs() / "train/scene/3.jpg", 700);
    const ProgramRun program = run("damaged", "path: photographs");
    EXPECT_EQ(program.exit_code, 3);
    EXPECT_THAT(program.standard_error, HasSubstr("photographs/train/scene/3.jpg: the JPEG ends early"));
    EXPECT_THAT(program.standard_error, Not(HasSubstr("methods"))) << "what learns it is not to blame";
}

TEST_F(ImageFolderRuns, WhatIsMissingOrUnknownIsToldWithItsPlace) {
    const ProgramRun folder = run("folder", "path: photos");
    EXPECT_EQ(folder.exit_code, 3);
    EXPECT_THAT(folder.standard_error, HasSubstr("there is no folder " + (scratch_.path() / "photos").string()));
    const ProgramRun path = run("path", "view: stretch");
    EXPECT_EQ(path.exit_code, 2);
    EXPECT_THAT(path.standard_error, HasSubstr("path.yaml:"));
    EXPECT_THAT(path.standard_error, HasSubstr("tasks.0.data.path"));
    const ProgramRun side = run("side", "path: photographs, shorter_side: 5");
    EXPECT_EQ(side.exit_code, 2);
    EXPECT_THAT(side.standard_error, HasSubstr("side.yaml:"));
    EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "side" / "run.log")) << "found before anything is written";
    EXPECT_THAT(side.standard_error, HasSubstr("shorter_side 5 is smaller than the network's input of 12×12"));
    const ProgramRun view = run("view", "path: photographs, view: whole");
    EXPECT_EQ(view.exit_code, 2);
    EXPECT_THAT(view.standard_error, HasSubstr("view.yaml:"));
}

}  // namespace
}  // namespace remask::test
