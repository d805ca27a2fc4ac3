// remask estimate: networks without weights, the schedule in its results.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.h"
#include "results.h"
#include "sim/base/files.h"
#include "small_experiment.h"

namespace remask::test {
namespace {

using testing::HasSubstr;

const char* const resnet20 = R"(name: weightless
backbone:
  network: {architecture: resnet20, channels: 3, height: 32, width_pixels: 32}
hardware: {extends: isaac.yaml}
)";

TEST(Estimate, NeedsNoWeightsForANetworkAlone) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", resnet20);
    const std::string out = (scratch.path() / "out").string();
    const ProgramRun run = run_program({"estimate", yaml, "--out", out, "--json"});
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    const Json results = results_in(run.standard_output);
    EXPECT_EQ(results["backbone"]["parameters"], 269722);
    EXPECT_FALSE(results["backbone"].contains("first_programming"));  // nothing is programmed
    const Json& schedule = results["backbone"]["schedule"];
    EXPECT_EQ(schedule["layers"].size(), 19u + 9u);  // on arrays, and additions
    ASSERT_EQ(schedule["digital_rates"].size(), 5u);
    EXPECT_EQ(schedule["digital_rates"][1]["part"], "activation");
    EXPECT_EQ(schedule["digital_rates"][1]["rate_per_s"], 1.92e9);
    EXPECT_THAT(schedule["digital_rates"][2]["source"].get<std::string>(), HasSubstr("unverified"));
    EXPECT_EQ(schedule["digital_rates"][4]["part"], "multiply-accumulate");
    EXPECT_TRUE(schedule["digital_rates"][4]["rate_per_s"].is_null());  // the classifier's take no time
    EXPECT_EQ(schedule["buffer_capacity_bits"], 64 * 8192);
    const double latency = results["backbone"]["inference"]["latency_s"];
    EXPECT_LT(schedule["first_image_latency_s"].get<double>(), latency);     // layers overlap
    EXPECT_GE(schedule["layer_by_layer_latency_s"].get<double>(), latency);  // and contend
    EXPECT_LE(1.0 / schedule["interval_s"].get<double>(),
              results["backbone"]["inference"]["throughput_per_s"].get<double>());
    double energy = 0.0;
    for (const auto& [action, line] : results["backbone"]["inference"]["energy_by_action"].items()) {
        EXPECT_NEAR(line["count"].get<double>() * line["energy_per_action_j"].get<double>(), line["energy_j"], 1e-18);
        EXPECT_NE(results["hardware"]["energy_sources"].value(action, ""), "") << action;
        energy += line["energy_j"].get<double>();
    }
    EXPECT_NEAR(energy, results["backbone"]["inference"]["energy_j"], 1e-12 * energy);
    EXPECT_NEAR(energy, schedule["energy_per_image_j"], 1e-12 * energy);  // ISAAC's table has no leakage
    const std::string report = read_file(scratch.path() / "out" / "report.html");
    EXPECT_THAT(report, HasSubstr("unverified"));
    EXPECT_THAT(report, HasSubstr("multiply-accumulate takes no time"));
}

TEST(Estimate, AnImageInAPipelineLeaksForTheIntervalOnly) {
    const ScratchFolder scratch;
    std::string text = resnet20;
    const std::size_t at = text.find("isaac.yaml");
    ASSERT_NE(at, std::string::npos);
    text.replace(at, 10, "neurosim.yaml");
    const ProgramRun run =
        run_program({"estimate", scratch.write("e.yaml", text), "--out", (scratch.path() / "out").string(), "--json"});
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    const Json backbone = results_in(run.standard_output)["backbone"];
    const double alone = backbone["inference"]["energy_j"],
                 leaked = backbone["inference"]["energy_by_component_j"]["leakage"];
    const double interval = backbone["schedule"]["interval_s"], latency = backbone["inference"]["latency_s"];
    ASSERT_LT(interval, latency);
    EXPECT_NEAR(backbone["schedule"]["energy_per_image_j"].get<double>(), alone - leaked + leaked * interval / latency,
                1e-9 * alone);
}

/// results.json says that a folder is complete: an older one must not stand beside newer files.
TEST(Estimate, WhatIsCutOffLeavesNoOlderResultsBehind) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", resnet20);
    const std::filesystem::path out = scratch.path() / "out";
    const std::vector<std::string> words{"estimate", yaml, "--out", out.string(), "--quiet"};
    ASSERT_EQ(run_program(words).exit_code, 0);
    ASSERT_TRUE(std::filesystem::exists(out / "results.json"));
    std::filesystem::remove(out / "report.html");
    std::filesystem::create_directory(out / "report.html");  // can't be replaced
    EXPECT_EQ(run_program(words).exit_code, 1);
    EXPECT_FALSE(std::filesystem::exists(out / "results.json"));
}

TEST(Estimate, WithoutLimitsTheScheduleIsTheClosedForm) {
    const ScratchFolder scratch;
    std::string text = resnet20;
    text.replace(text.find("isaac.yaml"), 10, "small.yaml");
    const std::string yaml = scratch.write("e.yaml", text);
    std::vector<std::string> words{"estimate", yaml, "--out", (scratch.path() / "out").string(), "--json"};
    for (const char* set : {"chip.tiles=4096", "timing.activation_rate=100 GHz", "timing.batch_norm_rate=100 GHz",
                            "timing.add_rate=100 GHz", "timing.pool_rate=100 GHz"}) {
        words.insert(words.end(), {"--set", std::string("hardware.") + set});  // no unit that layers would wait for
    }
    const ProgramRun run = run_program(words);
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    const Json backbone = results_in(run.standard_output)["backbone"];
    const double latency = backbone["inference"]["latency_s"];
    EXPECT_NEAR(backbone["schedule"]["layer_by_layer_latency_s"].get<double>(), latency, 1e-12 * latency);
    EXPECT_EQ(backbone["schedule"]["throughput_per_s"], backbone["inference"]["throughput_per_s"]);
}

TEST(Estimate, SaysWhatDoesNotFit) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", resnet20), out = (scratch.path() / "out").string();
    const auto refused = [&](const std::string& set, const std::string& message) {
        const ProgramRun run = run_program({"estimate", yaml, "--out", out, "--set", set});
        EXPECT_EQ(run.exit_code, 2);
        EXPECT_THAT(run.standard_error, HasSubstr(message));
        EXPECT_FALSE(std::filesystem::exists(out));
    };
    refused("hardware.chip.tiles=1", "--set: error: hardware.chip.tiles: the network needs 3 tiles (159 arrays");
    refused("hardware.chip.buffer_capacity=1 KiB", "--set: error: hardware.chip.buffer_capacity: layer");
    refused("backbone.model=m.h5", "either a 'model' or a 'network'");
}

// What shows only in use is said with the line that is to be changed, here of the file that the experiment extends.
TEST(Estimate, SaysWhereWhatDoesNotFitIsWritten) {
    const ScratchFolder scratch;
    const std::string chip = scratch.write("chip.yaml", "extends: small.yaml\nname: tiny\nchip:\n  tiles: 1\n");
    std::string text = resnet20;
    text.replace(text.find("isaac.yaml"), 10, chip);
    const ProgramRun run =
        run_program({"estimate", scratch.write("e.yaml", text), "--out", (scratch.path() / "out").string()});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_THAT(run.standard_error, HasSubstr("chip.yaml:4:10: error: hardware.chip.tiles: the network needs"));
}

TEST(Estimate, ARunNeedsWeights) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", resnet20);
    const ProgramRun run = run_program({"run", yaml, "--out", (scratch.path() / "out").string()});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_THAT(run.standard_error, HasSubstr("e.yaml:3:12: error: backbone.network: has no weights"));
}

/// Rewritten cells, and KSM's scales of dropped kernels, cost what nobody knows before learning.
TEST(Estimate, NeedsAssumptionsOnlyWhereCostDependsOnLearning) {
    const ScratchFolder scratch;
    const auto estimate = [&](const std::string& methods, const std::string& extra) {
        return run_program({"estimate", scratch.write("e.yaml", small_experiment(methods, extra)), "--out",
                            (scratch.path() / "out").string(), "--json"});
    };
    const ProgramRun refused = estimate("[{method: xma}, {method: piggyback}]", "");
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.standard_error, HasSubstr("what 'piggyback' costs depends on what is learned"));
    EXPECT_EQ(estimate("[{method: ksm}]", "").exit_code, 2);
    const ProgramRun run = estimate("[{method: xma}, {method: ksm, soft: false}, {method: classifier}]", "");
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    const Json results = results_in(run.standard_output);
    EXPECT_THAT(results["warnings"].dump(), HasSubstr("every mask entry is taken as at the start"));
    ASSERT_EQ(results["tasks"].size(), 6u);
    for (const Json& task : results["tasks"]) EXPECT_EQ(task["switch"]["cells_written"], 0u) << task["method"];

    const ProgramRun dropped =
        estimate("[{method: xma}, {method: ksm, soft: false}, {method: classifier}]", "assume: {masked_share: 0.9}\n");
    ASSERT_EQ(dropped.exit_code, 0) << dropped.standard_error;
    const Json others = results_in(dropped.standard_output)["tasks"];
    for (std::size_t i = 0; i < others.size(); ++i) {
        EXPECT_EQ(others[i]["mask"]["bits"], results["tasks"][i]["mask"]["bits"]);
        EXPECT_EQ(others[i]["switch"]["energy_j"], results["tasks"][i]["switch"]["energy_j"]);
    }

    const ProgramRun assumed = estimate("[{method: piggyback}]", "assume: {masked_share: 0.25}\n");
    ASSERT_EQ(assumed.exit_code, 0) << assumed.standard_error;
    EXPECT_THAT(results_in(assumed.standard_output)["warnings"].dump(), HasSubstr("a share of 0.25"));
}

/// Layers of the method's own lie on arrays besides the backbone's.
TEST(Estimate, AssumesTheDataOfAddedLayersToo) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write(
        "e.yaml",
        small_experiment("[{method: series_adapter}]", "assume: {masked_share: 0.1, input_one_density: 0.3}\n"));
    const auto energy = [&](const std::string& skip) {
        const ProgramRun run = run_program({"estimate", yaml, "--out", (scratch.path() / "out").string(), "--json",
                                            "--set", "hardware.periphery.skip_zero_inputs=" + skip});
        EXPECT_EQ(run.exit_code, 0) << run.standard_error;
        return results_in(run.standard_output)["tasks"][0]["inference"]["energy_j"].get<double>();
    };
    EXPECT_LT(energy("true"), energy("false"));
}

}  // namespace
}  // namespace remask::test
