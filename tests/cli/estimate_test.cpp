// remask estimate: networks without weights, the schedule in its results, the trace.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "program.h"
#include "sim/base/files.h"

namespace remask::test {
namespace {

using Json = nlohmann::ordered_json;
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
    const Json results = Json::parse(run.standard_output);
    EXPECT_EQ(results["backbone"]["parameters"], 269722);
    EXPECT_FALSE(results["backbone"].contains("first_programming"));  // nothing is programmed
    const Json& schedule = results["backbone"]["schedule"];
    EXPECT_EQ(schedule["layers"].size(), 19u);
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
    EXPECT_THAT(read_file(scratch.path() / "out" / "report.html"), HasSubstr("unverified"));
}

TEST(Estimate, WithoutLimitsTheScheduleIsTheClosedForm) {
    const ScratchFolder scratch;
    std::string text = resnet20;
    text.replace(text.find("isaac.yaml"), 10, "small.yaml");
    const std::string yaml = scratch.write("e.yaml", text);
    const ProgramRun run = run_program(
        {"estimate", yaml, "--out", (scratch.path() / "out").string(), "--json", "--set", "hardware.chip.tiles=4096"});
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    const Json backbone = Json::parse(run.standard_output)["backbone"];
    const double latency = backbone["inference"]["latency_s"];
    EXPECT_NEAR(backbone["schedule"]["layer_by_layer_latency_s"].get<double>(), latency, 1e-12 * latency);
    EXPECT_EQ(backbone["schedule"]["throughput_per_s"], backbone["inference"]["throughput_per_s"]);
}

TEST(Estimate, LeavesATraceThatPerfettoReads) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", resnet20), trace = (scratch.path() / "trace.json").string();
    ASSERT_EQ(run_program({"estimate", yaml, "--out", (scratch.path() / "out").string(), "--trace", trace, "--quiet"})
                  .exit_code,
              0);
    const Json json = Json::parse(read_file(trace));
    std::map<std::string, int> of_kind;
    std::int64_t conv1_rows = 0;
    for (const Json& event : json["traceEvents"]) {
        if (event["ph"] == "M") continue;
        ASSERT_EQ(event["ph"], "X");  // complete events: microseconds
        EXPECT_GE(event["dur"].get<double>(), 0.0);
        EXPECT_GE(event["ts"].get<double>(), 0.0);
        ++of_kind[event["cat"]];
        if (event["cat"] == "arrays" && event["args"]["layer"] == "conv1") ++conv1_rows;
    }
    EXPECT_EQ(conv1_rows, 3 * 32);  // three images
    for (const char* kind : {"arrays", "buses", "links", "input"}) EXPECT_GT(of_kind[kind], 0) << kind;
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

}  // namespace
}  // namespace remask::test
