// Section `mapping:`: replicas under a budget, rounds on a chip that is too small, and what they leave unchanged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.h"
#include "results.h"
#include "sim/base/files.h"
#include "small_experiment.h"

namespace remask::test {
namespace {

using testing::HasSubstr;

const char* const resnet20 =
    "name: m\nbackbone:\n  network: {architecture: resnet20, channels: 3, height: 32, width_pixels: 32}\n"
    "hardware: {extends: isaac.yaml}\n";

/// results.json of a run with these settings; learning is done once in the store.
Json run_with(const ScratchFolder& scratch, const std::string& yaml, const std::vector<std::string>& settings) {
    std::vector<std::string> words{"run",
                                   yaml,
                                   "--json",
                                   "--out",
                                   (scratch.path() / "out").string(),
                                   "--store",
                                   (scratch.path() / "store").string()};
    for (const std::string& setting : settings) words.insert(words.end(), {"--set", setting});
    const ProgramRun run = run_program(words);
    EXPECT_EQ(run.exit_code, 0) << run.standard_error;
    return results_in(run.standard_output);
}

TEST(MappingChoices, ReplicasChangeCostsAndNoAccuracy) {
    const ScratchFolder scratch;
    const std::string yaml =
        scratch.write("e.yaml", small_experiment("[{method: xbm, epochs: 1}, {method: finetune, epochs: 1}]"));
    const Json one = run_with(scratch, yaml, {});
    const Json several = run_with(scratch, yaml, {"mapping.replication=balance", "mapping.array_budget=200"});
    EXPECT_GT(several["mapping"]["arrays"], one["mapping"]["arrays"]);
    EXPECT_LE(several["mapping"]["arrays"], 200);
    EXPECT_GT(several["backbone"]["inference"]["throughput_per_s"], one["backbone"]["inference"]["throughput_per_s"]);
    EXPECT_EQ(several["backbone"]["accuracy"], one["backbone"]["accuracy"]);
    EXPECT_EQ(several["hardware"]["area_m2"], one["hardware"]["area_m2"]);  // of the whole chip
    for (const char* action : {"adc_conversion", "cell_read", "row_drive", "buffer_read", "bus", "tile_add"}) {
        EXPECT_EQ(several["backbone"]["inference"]["counts"][action], one["backbone"]["inference"]["counts"][action]);
    }
    for (std::size_t i = 0; i < one["tasks"].size(); ++i) {
        EXPECT_EQ(several["tasks"][i]["accuracy"], one["tasks"][i]["accuracy"]);
        const auto written = one["tasks"][i]["switch"]["cells_written"].get<std::int64_t>();
        if (one["tasks"][i]["method"] == "xbm") {
            EXPECT_EQ(several["tasks"][i]["switch"]["cells_written"], 0);
        } else {  // every replica is rewritten, its weights are loaded once
            EXPECT_GT(several["tasks"][i]["switch"]["cells_written"].get<std::int64_t>(), written);
            EXPECT_EQ(several["tasks"][i]["switch"]["bytes_loaded"], one["tasks"][i]["switch"]["bytes_loaded"]);
        }
    }
    EXPECT_GT(several["backbone"]["first_programming"]["energy_j"], one["backbone"]["first_programming"]["energy_j"]);
}

TEST(MappingChoices, ABudgetBelowTheNetworkOrWithoutReplicasIsRefusedAtItsLine) {
    const ScratchFolder scratch;
    const auto refused = [&](const std::string& section, const std::string& message) {
        const std::string yaml = scratch.write("e.yaml", resnet20 + section);
        const ProgramRun run = run_program({"map", yaml});
        EXPECT_EQ(run.exit_code, 2);
        EXPECT_THAT(run.standard_error, HasSubstr(message));
    };
    refused("mapping:\n  replication: balance\n  array_budget: 100\n",
            "e.yaml:7:17: error: mapping.array_budget: the network takes 159 arrays without any replica");
    refused("mapping:\n  array_budget: 100\n", "is there for replicas only: set replication to balance");
    refused("mapping:\n  order: snail\n",
            "e.yaml:6:10: error: mapping.order: unknown word 'snail'; one of rows, snake");
    refused("mapping:\n  images_per_round: 0\n", "images_per_round");
}

TEST(MappingChoices, AChipTooSmallIsTakenInRoundsWhereAsked) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", std::string(resnet20) + "mapping:\n  images_per_round: 16\n");
    const std::string out = (scratch.path() / "out").string();
    const ProgramRun run = run_program({"estimate", yaml, "--out", out, "--json", "--set", "hardware.chip.tiles=1"});
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    const Json results = results_in(run.standard_output);
    const Json& inference = results["backbone"]["inference"];
    const Json& rounds = inference["rounds"];
    EXPECT_EQ(results["mapping"]["rounds"], 3);  // 30 PEs on a tile of 12, whole layers
    EXPECT_EQ(rounds["rounds"].size(), 3u);
    double time = 0.0, programming = 0.0;
    for (const Json& round : rounds["rounds"]) {
        EXPECT_LE(round["tiles"], 1);
        for (const char* part : {"programming_time_s", "transfer_time_s", "running_time_s"}) {
            EXPECT_GT(round[part].get<double>(), 0.0);
            time += round[part].get<double>();
        }
        programming += round["programming_energy_j"].get<double>();
    }
    EXPECT_NEAR(inference["latency_s"].get<double>(), time, 1e-12 * time);
    EXPECT_NEAR(inference["throughput_per_s"].get<double>(), 16 / time, 1e-9 * 16 / time);
    EXPECT_NEAR(rounds["programming_energy_j"].get<double>(), programming, 1e-12 * programming);
    double energy = 0.0;
    for (const auto& [component, part] : inference["energy_by_component_j"].items()) energy += part.get<double>();
    EXPECT_NEAR(inference["energy_j"].get<double>(), energy, 1e-12 * energy);
    EXPECT_NEAR(inference["energy_by_component_j"]["round_programming"].get<double>(), programming / 16,
                1e-12 * programming);
    EXPECT_THAT(read_file(scratch.path() / "out" / "report.html"), HasSubstr("Round 3"));
    const Json& schedule = results["backbone"]["schedule"];  // buses and links make rounds slower
    ASSERT_EQ(schedule["rounds"].size(), 3u);
    double scheduled = 0.0;
    for (std::size_t i = 0; i < 3; ++i) {
        const Json &with = schedule["rounds"][i], &without = rounds["rounds"][i];
        scheduled += without["programming_time_s"].get<double>() + without["transfer_time_s"].get<double>();
        EXPECT_NEAR(with["begin_s"].get<double>(), scheduled, 1e-12 * scheduled);
        const double running = with["first_image_latency_s"].get<double>() + 15 * with["interval_s"].get<double>();
        EXPECT_NEAR(with["running_time_s"].get<double>(), running, 1e-12 * running);
        scheduled += running;
    }
    EXPECT_NEAR(schedule["time_s"].get<double>(), scheduled, 1e-12 * scheduled);
    EXPECT_NEAR(schedule["throughput_per_s"].get<double>(), 16 / scheduled, 1e-9 * 16 / scheduled);

    const ProgramRun fits = run_program({"estimate", yaml, "--out", out, "--json"});  // the whole chip: nothing changes
    EXPECT_FALSE(results_in(fits.standard_output)["backbone"]["inference"].contains("rounds"));
}

// Where rounds are needed, replicas and resident tasks would do nothing; a chip that holds the network has both.
TEST(MappingChoices, RoundsRefuseWhatTheyWouldIgnore) {
    const ScratchFolder scratch;
    const std::vector<std::pair<std::string, std::string>> keys{{"replication", "balance"}, {"resident_tasks", "2"}};
    for (const auto& [key, value] : keys) {
        std::string text = small_experiment("[{method: finetune, epochs: 1}]", "assume: {masked_share: 0.3}\n");
        text.replace(text.find("crossbar: {"), 0, "chip: {tiles: 3, pes_per_tile: 1}\n  ");
        text += "mapping:\n  images_per_round: 4\n  " + key + ": " + value + "\n";
        const std::string yaml = scratch.write("e.yaml", text);
        const std::string out = (scratch.path() / "out").string();
        std::string said;
        for (const char* command : {"check", "map", "estimate", "run"}) {
            std::vector<std::string> words{command, yaml, "--quiet"};
            if (words[0] != "check") words.insert(words.end(), {"--out", out});
            const ProgramRun run = run_program(words);
            EXPECT_EQ(run.exit_code, 2) << command;
            EXPECT_THAT(run.standard_error, HasSubstr("e.yaml:20:" + std::to_string(key.size() + 5) +
                                                      ": error: mapping." + key + ": the network takes the chip in "));
            if (said.empty()) said = run.standard_error;
            EXPECT_EQ(run.standard_error, said) << command;
            EXPECT_FALSE(std::filesystem::exists(out)) << command;
        }
        const std::string tiles = said.substr(said.find("at least ") + 9);
        const ProgramRun large = run_program({"estimate", yaml, "--out", out, "--quiet", "--set",
                                              "hardware.chip.tiles=" + std::to_string(std::stoi(tiles))});
        EXPECT_EQ(large.exit_code, 0) << large.standard_error;
        const ProgramRun small = run_program({"estimate", yaml, "--out", out, "--quiet", "--set",
                                              "hardware.chip.tiles=" + std::to_string(std::stoi(tiles) - 1)});
        EXPECT_EQ(small.exit_code, 2);
        std::filesystem::remove_all(out);
    }
}

// Where the rounds program every task's weights anyway, a switch writes nothing, and wear comes with the images.
TEST(MappingChoices, ARunInRoundsKeepsItsAccuraciesAndWearsWithItsImages) {
    const ScratchFolder scratch;
    const std::string yaml =
        scratch.write("e.yaml", small_experiment("[{method: finetune, epochs: 1}]",
                                                 "schedule:\n  visits:\n    - {task: low, inferences: 100}\n"
                                                 "    - {task: high, inferences: 20}\n  cycles_per_day: 5\n"));
    const Json whole = run_with(scratch, yaml, {});
    const Json rounds = run_with(
        scratch, yaml, {"mapping.images_per_round=8", "hardware.chip.tiles=1", "hardware.chip.pes_per_tile=4"});
    EXPECT_GT(rounds["mapping"]["rounds"], 1);
    std::int64_t writes = 0;
    double energy = 0.0;
    for (std::size_t i = 0; i < whole["tasks"].size(); ++i) {
        EXPECT_EQ(rounds["tasks"][i]["accuracy"], whole["tasks"][i]["accuracy"]);
        EXPECT_GT(whole["tasks"][i]["switch"]["cells_written"], 0);
        EXPECT_EQ(rounds["tasks"][i]["switch"]["cells_written"], 0);
        const auto batches = i == 0 ? 13 : 3;  // of 8 images: 100 and 20, the last one half full
        const Json& inference = rounds["tasks"][i]["inference"];
        energy += (i == 0 ? 100 : 20) * inference["energy_j"].get<double>() +
                  0.5 * inference["rounds"]["programming_energy_j"].get<double>();
        writes += batches * rounds["tasks"][i]["inference"]["rounds"]["writes_max"].get<std::int64_t>();
    }
    EXPECT_EQ(rounds["task_schedule"][0]["writes_per_cycle_max"], writes);
    EXPECT_NEAR(rounds["task_schedule"][0]["inference_energy_per_cycle_j"].get<double>(), energy, 1e-12 * energy);
    EXPECT_DOUBLE_EQ(rounds["task_schedule"][0]["life_days"].get<double>(), 1e6 / (5.0 * static_cast<double>(writes)));
}

const char* const visits =
    "schedule:\n  visits:\n    - {task: low, inferences: 100}\n    - {task: high, inferences: 20}\n"
    "  cycles_per_day: 5\n";

TEST(MappingChoices, ASwitchToAResidentTaskWritesNothing) {
    const ScratchFolder scratch;
    const std::string yaml =
        scratch.write("e.yaml", small_experiment("[{method: finetune, epochs: 1}, {method: xbm, epochs: 1}]", visits));
    const Json one = run_with(scratch, yaml, {});
    const Json two = run_with(scratch, yaml, {"mapping.resident_tasks=2"});
    for (std::size_t i = 0; i < one["tasks"].size(); ++i) {
        const Json &before = one["tasks"][i], &task = two["tasks"][i];
        SCOPED_TRACE(task["method"]);
        EXPECT_EQ(task["accuracy"], before["accuracy"]);
        EXPECT_EQ(task["switch"]["cells_written"], 0);
        if (task["method"] == "xbm") {  // tasks differ at the periphery alone: no copy is needed
            EXPECT_EQ(task["arrays"], before["arrays"]);
            EXPECT_FALSE(task.contains("resident_programming"));
            continue;
        }
        EXPECT_GT(before["switch"]["cells_written"], 0);
        EXPECT_EQ(task["arrays"], 2 * before["arrays"].get<std::int64_t>());  // fine-tuning changes every layer
        EXPECT_LT(task["switch"]["bytes_loaded"], before["switch"]["bytes_loaded"]);
        EXPECT_GT(task["resident_programming"]["cells_written"], 0);
    }
    EXPECT_GT(one["task_schedule"][0]["writes_per_cycle_max"], 0);
    EXPECT_EQ(two["task_schedule"][0]["writes_per_cycle_max"], 0);
    EXPECT_TRUE(two["task_schedule"][0]["life_days"].is_null());
    // Without room for a second copy everything is as before.
    const auto pes = one["mapping"]["pes"].get<int>();
    const Json full = run_with(scratch, yaml,
                               {"mapping.resident_tasks=2", "hardware.chip.tiles=1",
                                "hardware.chip.pes_per_tile=" + std::to_string(2 * pes - 1)});
    EXPECT_EQ(full["tasks"][0]["switch"]["cells_written"], one["tasks"][0]["switch"]["cells_written"]);
}

TEST(MappingChoices, SparePesMakeAChipLastLonger) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", small_experiment("[{method: finetune, epochs: 1}]", visits));
    const Json plain = run_with(scratch, yaml, {})["task_schedule"][0];
    EXPECT_FALSE(plain.contains("wear_levelling"));
    const Json schedule = run_with(
        scratch, yaml,
        {"schedule.wear_levelling.spare_pes=1", "schedule.wear_levelling.cycles_per_move=100"})["task_schedule"][0];
    const Json& levelled = schedule["wear_levelling"];
    EXPECT_EQ(schedule["life_days"], plain["life_days"]);  // without moving, for comparison
    EXPECT_GT(levelled["life_days"], plain["life_days"]);
    EXPECT_LT(levelled["writes_per_cycle_max"], plain["writes_per_cycle_max"]);
    EXPECT_NEAR(levelled["life_days"].get<double>(), 1e6 / (5 * levelled["writes_per_cycle_max"].get<double>()), 1e-6);
    EXPECT_NEAR(schedule["energy_j"].get<double>() - plain["energy_j"].get<double>(),
                5 * 365 * 0.01 * levelled["move_energy_j"].get<double>(), 1e-9 * plain["energy_j"].get<double>());
    const Json late = run_with(scratch, yaml,
                               {"schedule.wear_levelling.spare_pes=1",
                                "schedule.wear_levelling.cycles_per_move=1000000000"})["task_schedule"][0];
    EXPECT_EQ(late["wear_levelling"]["life_days"], plain["life_days"]) << "the cells are gone before the first move";
    std::vector<std::string> words{
        "run", yaml, "--out", (scratch.path() / "no").string(), "--set", "schedule.wear_levelling.spare_pes=5000"};
    const ProgramRun refused = run_program(words);
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.standard_error, HasSubstr("schedule.wear_levelling.spare_pes: the chip has "));
    EXPECT_FALSE(std::filesystem::exists(scratch.path() / "no"));
}

}  // namespace
}  // namespace remask::test
