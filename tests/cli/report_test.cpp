// remask report: finished runs side by side, against what their own results.json say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "program.h"
#include "results.h"
#include "sim/base/files.h"
#include "small_experiment.h"

namespace remask::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Report : public testing::Test {
protected:
    std::string folder(const std::string& name) const { return (scratch_.path() / name).string(); }
    void run(const std::string& name, const std::string& seed, const std::vector<std::string>& more = {}) const {
        const std::string yaml =
            scratch_.write("e.yaml", small_experiment("[{method: classifier, epochs: 1}, {method: xma, epochs: 1}]"));
        std::vector<std::string> words{"run", yaml, "--out", folder(name), "--seed", seed, "--quiet"};
        words.insert(words.end(), more.begin(), more.end());
        const ProgramRun program = run_program(words);
        ASSERT_EQ(program.exit_code, 0) << program.standard_error;
    }
    Json report(std::vector<std::string> names) const {
        std::vector<std::string> words{"report", "--json"};
        for (const std::string& name : names) words.push_back(folder(name));
        const ProgramRun program = run_program(words);
        EXPECT_EQ(program.exit_code, 0) << program.standard_error;
        return Json::parse(program.standard_output)["methods"];
    }
    /// The mean over a run's tasks, straight from its results.json.
    double mean_of(const std::string& name, const std::string& method, const char* a, const char* b) const {
        double sum = 0.0;
        int count = 0;
        const Json results = results_of(scratch_.path() / name);
        for (const Json& task : results["tasks"]) {
            if (task["method"] != method) continue;
            sum += task[a][b].get<double>();
            ++count;
        }
        return sum / count;
    }

    ScratchFolder scratch_;
};

TEST_F(Report, JoinsSeedsAndNothingElse) {
    run("one", "1");
    run("two", "2");
    run("wide", "1", {"--set", "hardware.crossbar.rows=64"});
    const Json rows = report({"one", "two", "wide"});
    ASSERT_EQ(rows.size(), 4U);  // two methods, in two settings
    const Json& xma = rows[1];
    EXPECT_EQ(xma["method"], "xma");
    EXPECT_EQ(xma["seeds"], Json({1, 2}));
    EXPECT_EQ(xma["runs"], Json({folder("one"), folder("two")}));
    EXPECT_EQ(xma["tasks"], 2);
    const double first = mean_of("one", "xma", "accuracy", "crossbar"),
                 second = mean_of("two", "xma", "accuracy", "crossbar");
    EXPECT_NEAR(xma["accuracy_crossbar"]["mean"].get<double>(), (first + second) / 2, 1e-12);
    EXPECT_NEAR(xma["accuracy_crossbar"]["deviation"].get<double>(), std::fabs(first - second) / std::sqrt(2.0), 1e-12);
    EXPECT_NEAR(xma["switch_energy_j"]["mean"].get<double>(),
                (mean_of("one", "xma", "switch", "energy_j") + mean_of("two", "xma", "switch", "energy_j")) / 2, 1e-15);
    EXPECT_EQ(rows[3]["seeds"], Json({1}));
    EXPECT_EQ(rows[3]["runs"], Json({folder("wide")}));
    EXPECT_TRUE(rows[3]["accuracy_crossbar"]["deviation"].is_null());
    EXPECT_NEAR(rows[3]["mask_bits_per_weight"]["mean"].get<double>(),
                mean_of("wide", "xma", "mask", "bits_per_weight"), 1e-12);
    // The same run twice is no second seed.
    EXPECT_EQ(report({"one", "one"}).size(), 4U);
}

TEST_F(Report, MarksWhatNoOtherRowBeats) {
    run("one", "1");
    const Json rows = report({"one"});
    ASSERT_EQ(rows.size(), 2U);
    // A column mask costs a switch more than none: the classifier is on the front, xma only if it is more accurate.
    ASSERT_GT(rows[1]["switch_energy_j"]["mean"], rows[0]["switch_energy_j"]["mean"]);
    EXPECT_EQ(rows[0]["on_front"], true);
    EXPECT_EQ(rows[1]["on_front"].get<bool>(),
              rows[1]["accuracy_crossbar"]["mean"] > rows[0]["accuracy_crossbar"]["mean"]);
}

TEST_F(Report, WritesAPageAndATable) {
    run("one", "1");
    const ProgramRun program =
        run_program({"report", folder("one"), "--html", folder("page.html"), "--csv", folder("table.csv")});
    ASSERT_EQ(program.exit_code, 0) << program.standard_error;
    EXPECT_THAT(program.standard_output, HasSubstr("xma"));
    const std::string page = read_file(scratch_.path() / "page.html");
    EXPECT_THAT(page, HasSubstr("<svg"));
    EXPECT_THAT(page, HasSubstr("<th>high</th>"));
    const std::string csv = read_file(scratch_.path() / "table.csv");
    EXPECT_THAT(csv, HasSubstr("run,experiment,hardware,method,seeds,tasks,accuracy_float,accuracy_float_deviation"));
    EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3);
}

TEST_F(Report, TakesEstimatesAndSweeps) {
    const std::string yaml =
        scratch_.write("e.yaml", small_experiment("[{method: piggyback}]", "assume: {masked_share: 0.3}\n"));
    ASSERT_EQ(run_program({"estimate", yaml, "--out", folder("estimate"), "--quiet"}).exit_code, 0);
    const Json rows = report({"estimate"});
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_TRUE(rows[0]["accuracy_crossbar"].is_null());
    EXPECT_EQ(rows[0]["on_front"], false);
    EXPECT_GT(rows[0]["switch_cells_written"]["mean"], 0.0);
    // A sweep's folder stands for its points.
    std::filesystem::create_directories(scratch_.path() / "sweep/points");
    for (const char* point : {"0001", "0002"}) {
        std::filesystem::copy(folder("estimate"), scratch_.path() / "sweep/points" / point);
    }
    EXPECT_THAT(report({"sweep"})[0]["runs"][0].get<std::string>(), HasSubstr("points/0001"));
}

TEST_F(Report, RefusesWhatIsNoFinishedRun) {
    const ProgramRun missing = run_program({"report", folder("nothing")});
    EXPECT_EQ(missing.exit_code, 3);
    EXPECT_THAT(missing.standard_error, HasSubstr("not the folder of a finished run"));
    std::filesystem::create_directories(folder("broken"));
    write_file(scratch_.path() / "broken/results.json", "{\"tasks\": [");
    const ProgramRun broken = run_program({"report", folder("broken"), "--csv", folder("table.csv")});
    EXPECT_EQ(broken.exit_code, 3);
    EXPECT_THAT(broken.standard_error, HasSubstr("broken/results.json: not a whole results.json"));
    EXPECT_FALSE(std::filesystem::exists(folder("table.csv")));
    write_file(scratch_.path() / "broken/results.json", "[1, 2]");
    EXPECT_EQ(run_program({"report", folder("broken")}).exit_code, 3);
    write_file(scratch_.path() / "broken/file", "");
    EXPECT_THAT(run_program({"report", folder("broken/file")}).standard_error, HasSubstr("give the folder"));
}

TEST_F(Report, RefusesResultsThatLackATasksAccuracy) {
    run("one", "1");
    Json results = results_of(scratch_.path() / "one");
    results["tasks"][0]["accuracy"].erase("crossbar");
    write_file(scratch_.path() / "one/results.json", results.dump());
    EXPECT_EQ(run_program({"report", folder("one")}).exit_code, 3);
    results["tasks"][0].erase("accuracy");
    write_file(scratch_.path() / "one/results.json", results.dump());
    const ProgramRun some = run_program({"report", folder("one")});
    EXPECT_EQ(some.exit_code, 3);
    EXPECT_THAT(some.standard_error, HasSubstr("accuracies of some tasks only"));
    results["experiment"]["seed"] = -1;
    write_file(scratch_.path() / "one/results.json", results.dump());
    EXPECT_EQ(run_program({"report", folder("one")}).exit_code, 3);
}

TEST_F(Report, ReplacesNoFileOfARunNorOneOutputByTheOther) {
    run("one", "1");
    const std::string before = read_file(scratch_.path() / "one/results.json");
    for (const auto& [option, value] : {std::pair{"--html", folder("one/results.json")},
                                        {"--csv", folder("one/resolved.yaml")},
                                        {"--html", std::string("/dev/stdout")},
                                        {"--csv", folder("one")}}) {
        EXPECT_EQ(run_program({"report", folder("one"), option, value}).exit_code, 2) << option << " " << value;
    }
    EXPECT_EQ(run_program({"report", folder("one"), "--html", folder("x"), "--csv", folder("x")}).exit_code, 2);
    EXPECT_FALSE(std::filesystem::exists(folder("x")));
    EXPECT_EQ(run_program({"report", folder("one"), "--html", folder("x"), "--csv", folder("no/x")}).exit_code, 1);
    EXPECT_FALSE(std::filesystem::exists(folder("x")));
    EXPECT_EQ(read_file(scratch_.path() / "one/results.json"), before);
}

TEST_F(Report, NamesWhatIsNotAmongTheRows) {
    run("one", "1");
    Json results = results_of(scratch_.path() / "one");
    results["diverged"] = Json::array({{{"method", "finetune"}, {"task", "low"}, {"why", "too fast"}}});
    write_file(scratch_.path() / "one/results.json", results.dump());
    EXPECT_THAT(run_program({"report", folder("one")}).standard_output,
                HasSubstr("one: finetune is left out: low: too fast"));
    results["tasks"] = Json::array();
    std::filesystem::create_directories(folder("empty"));
    write_file(scratch_.path() / "empty/results.json", results.dump());
    EXPECT_THAT(run_program({"report", folder("one"), folder("empty")}).standard_output,
                HasSubstr("empty: a run without tasks"));
}

}  // namespace
}  // namespace remask::test
