// Does the main job keep its promises to someone who runs it: files, determinism, resuming, interruption?
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "models/methods/task_parameters.h"
#include "models/network/model_file.h"
#include "models/network/quantized_network.h"
#include "program.h"
#include "results.h"
#include "sim/base/files.h"
#include "sim/storage/hdf5_file.h"
#include "small_experiment.h"

namespace remask::test {
namespace {

const char* const all_methods =
    "[{method: classifier, epochs: 2}, {method: finetune, epochs: 2}, {method: piggyback, epochs: 2, "
    "mask_learning_rate: 1.0e-2}, {method: ksm, epochs: 2}, {method: xbm, epochs: 2, mask_learning_rate: 1.0e-3}, "
    "{method: xma, epochs: 2}, {method: xma2, epochs: 2}, {method: series_adapter, epochs: 2}, {method: "
    "parallel_adapter, epochs: 2}, {method: da3, epochs: 2}, {method: sparcl, epochs: 2}, {method: packnet, epochs: 3, "
    "learning_rate: 1.0e-2}, {method: cpg, epochs: 4}, {method: supsup, epochs: 2}, "
    "{method: finetune, label: "
    "sequential, "
    "epochs: 2, sequential: true}]";

TEST(Run, LeavesEveryFileOfItsFolder) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", small_experiment("[{method: xbm, epochs: 1}]"));
    const std::filesystem::path out = scratch.path() / "out";
    const ProgramRun run = run_program({"run", yaml, "--out", out.string(), "--json"});
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    for (const char* name :
         {"results.json", "results.h5", "tasks.csv", "converters.csv", "resolved.yaml", "report.html", "run.log"}) {
        EXPECT_TRUE(std::filesystem::exists(out / name)) << name;
    }
    EXPECT_EQ(Json::parse(run.standard_output), results_of(out));
    for (const std::string& file : files_below(out)) EXPECT_EQ(file.find("tmp"), std::string::npos) << file;
    // adc_range: lsb with 8 bits is [0, 255], for the backbone and for the task.
    const Json results = results_of(out);
    for (const Json& layer : results["mapping"]["layers"]) EXPECT_EQ(layer["adc_hi"], 255.0);
    for (const Json& window : results["tasks"][0]["adc_windows"]) EXPECT_EQ(window, (Json{0.0, 255.0}));
    // resolved.yaml is an experiment itself.
    EXPECT_EQ(run_program({"check", (out / "resolved.yaml").string()}).exit_code, 0);
}

TEST(Run, CountsEveryConversionOfTheReportsImages) {
    const ScratchFolder scratch;
    const std::string yaml =
        scratch.write("e.yaml", small_experiment("[{method: xbm, epochs: 1}]", "report: {converter_images: 3}\n"));
    const std::filesystem::path out = scratch.path() / "out";
    const ProgramRun run = run_program(
        {"run", yaml, "--out", out.string(), "--set", "hardware.crossbar.adc_range=fixed", "--set",
         "hardware.crossbar.adc_lo=0", "--set", "hardware.crossbar.adc_hi=3", "--set", "hardware.crossbar.adc_bits=2"});
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    const Json results = results_of(out);
    std::int64_t clipped = 0;
    for (std::size_t slot = 0; slot < results["mapping"]["layers"].size(); ++slot) {
        const Json& layer = results["mapping"]["layers"][slot];
        for (const Json& converters : {layer["converters"], results["tasks"][0]["converters"][slot]}) {
            EXPECT_EQ(converters.size(), 8u);  // 4 slices of 2 bits, two sides
            std::int64_t conversions = 0;
            for (const Json& use : converters) {
                conversions += use["conversions"].get<std::int64_t>();
                clipped += use["clipped_high"].get<std::int64_t>();
                EXPECT_EQ(use["codes"], 4);
                EXPECT_LE(use["codes_used"], 4);
            }
            EXPECT_EQ(conversions, 3 * layer["counts"]["adc_conversion"].get<std::int64_t>());
        }
    }
    EXPECT_GT(clipped, 0);
    EXPECT_NE(run.standard_output.find("ADCs with the backbone"), std::string::npos) << run.standard_output;
    const std::string csv = read_file(out / "converters.csv");
    const auto layers = static_cast<std::ptrdiff_t>(results["mapping"]["layers"].size());
    EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 3 * 8 * layers);  // the backbone and two tasks
}

TEST(Run, RangesAndBitsOfTheirOwnForEverySlice) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", small_experiment("[{method: xbm, epochs: 1}]"));
    const std::filesystem::path out = scratch.path() / "out";
    const std::vector<std::string> arguments{"run",
                                             yaml,
                                             "--out",
                                             out.string(),
                                             "--quiet",
                                             "--set",
                                             "hardware.crossbar.adc_range=calibrated",
                                             "--set",
                                             "hardware.crossbar.adc_calibration=mse",
                                             "--set",
                                             "hardware.crossbar.adc_calibration_scope=slice",
                                             "--set",
                                             "hardware.crossbar.adc_slice_bits=[8, 7, 6, 5]"};
    const ProgramRun refused = run_program(arguments);
    EXPECT_EQ(refused.exit_code, 2);  // what a conversion of 7, 6, 5 bits costs is not known
    EXPECT_NE(refused.standard_error.find("adc_conversion_by_bits"), std::string::npos) << refused.standard_error;
    std::vector<std::string> priced = arguments;
    priced.insert(priced.end(),
                  {"--set", "hardware.energy.adc_conversion_by_bits={8: 1.6 pJ, 7: 1.4 pJ, 6: 1.2 pJ, 5: 1 pJ}"});
    const ProgramRun run = run_program(priced);
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    const Json results = results_of(out);
    for (const Json& layer : results["mapping"]["layers"]) {
        ASSERT_EQ(layer["adc_hi"].size(), 4u);
        for (const Json& use : layer["converters"]) {
            const auto slice = use["slice"].get<std::size_t>();
            EXPECT_EQ(use["adc_hi"], layer["adc_hi"][slice]);
            EXPECT_EQ(use["codes"], 256 >> slice);
        }
    }
    const Json& inference = results["backbone"]["inference"];
    EXPECT_NEAR(inference["energy_by_component_j"]["adc"].get<double>(),
                1.3e-12 * inference["counts"]["adc_conversion"].get<double>(), 1e-15);
    const Json& accuracy = results["backbone"]["accuracy"];
    EXPECT_GT(accuracy["crossbar"].get<double>(), accuracy["float"].get<double>() - 0.15);
}

TEST(Run, SameFiguresForOneAndTwoThreads) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", small_experiment(all_methods));
    for (const char* threads : {"1", "2"}) {
        const ProgramRun run =
            run_program({"run", yaml, "--out", (scratch.path() / threads).string(), "--threads", threads, "--quiet"});
        ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    }
    EXPECT_EQ(without_times(results_of(scratch.path() / "1")), without_times(results_of(scratch.path() / "2")));
}

TEST(Run, WritesNoCellForMasksAtThePeriphery) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", small_experiment(all_methods));
    const ProgramRun run = run_program({"run", yaml, "--out", (scratch.path() / "out").string(), "--quiet"});
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    const Json results = results_of(scratch.path() / "out");
    for (const Json& task : results["tasks"]) {
        const auto method = task["method"].get<std::string>();
        const auto cells = task["switch"]["cells_written"].get<std::int64_t>();
        if (method != "classifier" && method != "ksm" && method != "xbm" && method != "xma") {
            EXPECT_GT(cells, 0) << method;
        } else {
            EXPECT_EQ(cells, 0) << method;
        }
    }
}

/// Cells that differ, counted from the learned masks in results.h5 by an arithmetic of its own: 2-bit digits of |W| on
/// the side of W's sign; a dropped weight has all digits 0.
TEST(Run, PiggybackWritesTheCellsThatItsMasksSay) {
    const ScratchFolder scratch;
    const std::string yaml =
        scratch.write("e.yaml", small_experiment("[{method: piggyback, epochs: 3, mask_learning_rate: 1.0e-3}]"));
    const std::filesystem::path out = scratch.path() / "out";
    ASSERT_EQ(run_program({"run", yaml, "--out", out.string(), "--quiet"}).exit_code, 0);
    const Model backbone = load_model(small_backbone());
    const Hdf5Reader reader(out / "results.h5");
    const Json tasks = results_of(out)["tasks"];
    std::vector<std::string> names;
    for (const int layer : crossbar_layers(backbone.network)) {
        names.push_back(backbone.network.layers[static_cast<std::size_t>(layer)].name + ".weight");
    }
    std::map<std::string, std::vector<bool>> on_chip;  // is the weight on the arrays now?
    for (const std::string& name : names) {
        on_chip[name].assign(backbone.parameters.at(name).values.size(), true);
    }
    for (const Json& task : tasks) {
        const TaskParameters learned =
            load_task_parameters(reader, "/tasks/" + task["task"].get<std::string>() + "/piggyback/learned");
        std::int64_t expected = 0;
        for (const std::string& name : names) {
            const Tensor& w0 = backbone.parameters.at(name);
            const Tensor& masked = learned.effective.at(name);
            const std::size_t per_channel = w0.values.size() / static_cast<std::size_t>(w0.shape[0]);
            for (std::size_t channel = 0; channel < static_cast<std::size_t>(w0.shape[0]); ++channel) {
                double largest = 0.0;
                for (std::size_t i = 0; i < per_channel; ++i) {
                    largest = std::max(largest, std::fabs(static_cast<double>(w0.values[channel * per_channel + i])));
                }
                const double scale = largest == 0.0 ? 1.0 : largest / 127.0;
                for (std::size_t i = channel * per_channel; i < (channel + 1) * per_channel; ++i) {
                    const bool kept = masked.values[i] != 0.0f || w0.values[i] == 0.0f;
                    auto magnitude =
                        static_cast<int>(std::nearbyint(std::fabs(static_cast<double>(w0.values[i])) / scale));
                    if (kept != on_chip[name][i]) {
                        for (; magnitude > 0; magnitude /= 4) expected += magnitude % 4 != 0 ? 1 : 0;
                    }
                    on_chip[name][i] = kept;
                }
            }
        }
        EXPECT_GT(expected, 0);
        EXPECT_EQ(task["switch"]["cells_written"].get<std::int64_t>(), expected) << task["task"];
    }
}

TEST(Run, MeasuresWhatEarlierTasksRetain) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", small_experiment(all_methods));
    const std::filesystem::path out = scratch.path() / "out";
    ASSERT_EQ(run_program({"run", yaml, "--out", out.string(), "--quiet"}).exit_code, 0);
    const Json results = results_of(out);
    std::map<std::string, std::vector<Json>> retained;
    for (const Json& task : results["tasks"]) {
        const Json& now = task["accuracy_of_tasks_so_far"];
        EXPECT_EQ(now.back(), task["accuracy"]["float"]) << task["method"];
        retained[task["method"]].push_back(now);
    }
    for (const Json& sequence : results["sequences"]) {
        const auto method = sequence["method"].get<std::string>();
        const std::vector<Json>& rows = retained.at(method);
        ASSERT_EQ(rows.size(), 2U);
        ASSERT_EQ(rows[1].size(), 2U);
        const double low = rows[0][0].get<double>(), low_later = rows[1][0].get<double>();
        EXPECT_NEAR(sequence["mean_forgotten"].get<double>(), (low - low_later) / 2, 1e-12) << method;
        if (method != "sequential" && method != "sparcl") {
            EXPECT_EQ(low, low_later) << method;
        }
    }
    EXPECT_EQ(results["sequences"].size(), retained.size());
    for (const Json& task : results["tasks"]) {
        const Json& after = task["accuracy_after"];
        if (task["task"] == "low") {
            EXPECT_EQ(after, (Json{{"high", retained.at(task["method"])[1][0]}})) << task["method"];
        } else {
            EXPECT_EQ(after, Json::object());
        }
    }
}

TEST(Run, DeletesOnlyItsOwnFilesOfAnOlderStore) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", small_experiment("[{method: classifier, epochs: 1}]"));
    const std::filesystem::path out = scratch.path() / "out", store = out / "store";
    std::filesystem::create_directories(store / "mine");
    write_file(store / "letter.txt", "keep me");
    const std::string older = "learned-0123456789abcdef0123456789abcdef.h5";
    write_file(store / older, "");
    ASSERT_EQ(run_program({"run", yaml, "--out", out.string(), "--quiet"}).exit_code, 0);
    EXPECT_EQ(read_file(store / "letter.txt"), "keep me");
    EXPECT_TRUE(std::filesystem::exists(store / "mine"));
    EXPECT_FALSE(std::filesystem::exists(store / older));

    const std::filesystem::path elsewhere = scratch.path() / "elsewhere", linked = scratch.path() / "linked";
    std::filesystem::create_directories(elsewhere);
    std::filesystem::create_directories(linked);
    write_file(elsewhere / older, "");
    std::filesystem::create_directory_symlink(elsewhere, linked / "store");
    ASSERT_EQ(run_program({"run", yaml, "--out", linked.string(), "--quiet"}).exit_code, 0);
    EXPECT_TRUE(std::filesystem::exists(elsewhere / older));  // others may use it
    EXPECT_TRUE(std::filesystem::is_symlink(linked / "store"));
}

TEST(Run, ExportsReplaceNothingThatTheRunReads) {
    const ScratchFolder scratch;
    const std::string model = (scratch.path() / "model.h5").string();
    std::filesystem::copy_file(small_backbone(), model);
    const std::string yaml =
        scratch.write("ART.yaml", small_experiment("[{method: classifier}]", "assume: {masked_share: 0.3}\n", model));
    for (const std::vector<std::string>& option : std::vector<std::vector<std::string>>{
             {"--trace", model}, {"--trace", yaml}, {"--export-accelergy", scratch.path().string()}}) {
        const ProgramRun run =
            run_program({"estimate", yaml, "--out", (scratch.path() / "o").string(), option[0], option[1]});
        EXPECT_EQ(run.exit_code, 2) << option[0];
        EXPECT_NE(run.standard_error.find("would be lost"), std::string::npos) << run.standard_error;
    }
    EXPECT_EQ(read_file(model), read_file(small_backbone()));
}

/// sparcl's cells hold its weights by scales of their own, whatever the experiment says; fine-tuning's keep the
/// backbone's.
TEST(Run, FitsTheScaleOfWeightsThatShareNothingWithTheBackbone) {
    const ScratchFolder scratch;
    const std::string yaml =
        scratch.write("e.yaml", small_experiment("[{method: sparcl, epochs: 2, learning_rate: 0.3}, "
                                                 "{method: finetune, epochs: 2}]"));
    const auto tasks_with = [&](const std::string& scale) {
        const std::filesystem::path out = scratch.path() / scale;
        const ProgramRun run =
            run_program({"run", yaml, "--out", out.string(), "--store", (scratch.path() / "store").string(), "--quiet",
                         "--set", "quantization.weight_scale=" + scale});
        EXPECT_EQ(run.exit_code, 0) << run.standard_error;
        return results_of(out)["tasks"];
    };
    const Json kept = tasks_with("backbone"), fitted = tasks_with("task");
    ASSERT_EQ(kept.size(), fitted.size());
    for (std::size_t i = 0; i < kept.size(); ++i) {
        const bool same = kept[i]["switch"]["cells_written"] == fitted[i]["switch"]["cells_written"];
        EXPECT_EQ(same, kept[i]["method"] == "sparcl") << i;
        if (kept[i]["method"] == "sparcl") {
            EXPECT_EQ(kept[i]["accuracy"], fitted[i]["accuracy"]) << i;
        }
    }
}

/// A task of a sequential method is filed by the tasks before it too.
TEST(Run, LearnsASequenceAnewWhereItsOrderChanges) {
    const std::string methods = "[{method: finetune, epochs: 1, sequential: true}, {method: xbm, epochs: 1}]";
    const std::string one_task = R"(name: small
seed: 3
backbone: {model: )" + small_backbone() +
                                 R"(}
hardware:
  extends: )" REMASK_SOURCE_DIR R"(/hw_configs/isaac.yaml
  crossbar: {adc_range: lsb, row_packing: kernel}
quantization: {calibration_images: 32}
tasks:
  - name: high
    data: {dataset: digits, classes: [7, 8, 9], train_limit: 90, test_limit: 30}
methods: )" + methods;
    const ScratchFolder scratch;
    const std::string both = scratch.write("both.yaml", small_experiment(methods));
    const std::string alone = scratch.write("alone.yaml", one_task);
    const std::filesystem::path out = scratch.path() / "out";
    const auto learned_files = [&] {
        int files = 0;
        for (const std::string& file : files_below(out))
            files += file.find("learned-") != std::string::npos && file.ends_with(".h5") ? 1 : 0;
        return files;
    };
    ASSERT_EQ(run_program({"run", both, "--out", out.string(), "--quiet"}).exit_code, 0);
    EXPECT_EQ(learned_files(), 4);
    ASSERT_EQ(run_program({"run", alone, "--out", out.string(), "--quiet", "--resume"}).exit_code, 0);
    EXPECT_EQ(learned_files(), 5);  // the sequence's task again, as the first one; xbm's was there
}

TEST(Run, XbmMaskMemoryIsTheArithmeticOfItsColumns) {
    const ScratchFolder scratch;
    const std::string yaml =
        scratch.write("e.yaml", small_experiment("[{method: piggyback, epochs: 1}, {method: xbm, epochs: 1}]"));
    const std::filesystem::path out = scratch.path() / "out";
    ASSERT_EQ(run_program({"run", yaml, "--out", out.string(), "--quiet"}).exit_code, 0);
    const Model backbone = load_model(small_backbone());
    double weights = 0.0, columns = 0.0;
    for (const int index : crossbar_layers(backbone.network)) {
        const Layer& layer = backbone.network.layers[static_cast<std::size_t>(index)];
        const auto& shape = backbone.parameters.at(layer.name + ".weight").shape;
        const auto rows = shape[1] * shape[2] * shape[3];
        const auto tile = 128 / (shape[2] * shape[3]) * (shape[2] * shape[3]);  // row_packing: kernel
        weights += static_cast<double>(shape[0] * rows);
        columns += static_cast<double>(shape[0] * ((rows + tile - 1) / tile));
    }
    const Json results = results_of(out);
    for (const Json& task : results["tasks"]) {
        EXPECT_EQ(task["mask"]["bits"].get<double>(), task["method"] == "xbm" ? columns : weights);
        EXPECT_DOUBLE_EQ(task["mask"]["bits_per_weight"].get<double>(),
                         task["method"] == "xbm" ? columns / weights : 1.0);
    }
}

TEST(Run, InterruptedRunLeavesNoHalfFileAndResumesToTheSameFigures) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", small_experiment(all_methods));
    const std::filesystem::path whole = scratch.path() / "whole", broken = scratch.path() / "broken";
    ASSERT_EQ(run_program({"run", yaml, "--out", whole.string(), "--quiet"}).exit_code, 0);
    ASSERT_TRUE(run_and_kill({"run", yaml, "--out", broken.string()}, broken / "store", SIGINT));
    for (const std::string& file : files_below(broken)) {
        EXPECT_NE(file, "results.json");
        EXPECT_EQ(file.find(".tmp"), std::string::npos) << file;
    }
    ASSERT_EQ(run_program({"run", yaml, "--out", broken.string(), "--resume", "--quiet"}).exit_code, 0);
    EXPECT_EQ(without_times(results_of(whole)), without_times(results_of(broken)));
}

TEST(Run, ClassifierOnCrossbarsIsRewrittenPerTask) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write(
        "e.yaml",
        small_experiment("[{method: classifier, epochs: 2}, {method: xbm, epochs: 1}]", "classifier: crossbar\n"));
    const std::filesystem::path out = scratch.path() / "out";
    const ProgramRun run = run_program({"run", yaml, "--out", out.string(), "--quiet"});
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    const Json results = results_of(out);
    EXPECT_EQ(results["mapping"]["layers"].back()["columns"], 5);  // the backbone's five classes are the most
    for (const Json& task : results["tasks"]) EXPECT_GT(task["switch"]["cells_written"].get<std::int64_t>(), 0);
}

TEST(Run, ADamagedStoreIsRefusedAndSaysWhatToDo) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", small_experiment("[{method: xbm, epochs: 1}]"));
    const std::filesystem::path out = scratch.path() / "out";
    ASSERT_EQ(run_program({"run", yaml, "--out", out.string(), "--quiet"}).exit_code, 0);
    for (const std::string kind : {"learned-", "measured-"}) {
        for (const std::string& file : files_below(out / "store")) {
            if (!file.starts_with(kind) || file.ends_with(".lock") || file.ends_with(".hash")) continue;
            std::string bytes = read_file(out / "store" / file);
            bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
            write_file(out / "store" / file, bytes);
            break;
        }
        const ProgramRun run = run_program({"run", yaml, "--out", out.string(), "--resume", "--quiet"});
        EXPECT_EQ(run.exit_code, 3) << kind;
        EXPECT_NE(run.standard_error.find("delete this file"), std::string::npos) << run.standard_error;
        EXPECT_FALSE(std::filesystem::exists(out / "tasks.csv"));
        ASSERT_EQ(run_program({"run", yaml, "--out", out.string(), "--quiet"}).exit_code, 0);  // anew
    }
}

TEST(Run, EstimateAgreesWithTheRunWhereNothingIsLearned) {
    const ScratchFolder scratch;
    const std::string yaml =
        scratch.write("e.yaml", small_experiment("[{method: xbm, epochs: 1}]", "assume: {masked_share: 0.3}\n"));
    const std::filesystem::path out = scratch.path() / "out", estimate = scratch.path() / "estimate";
    ASSERT_EQ(run_program({"run", yaml, "--out", out.string(), "--quiet"}).exit_code, 0);
    const ProgramRun run = run_program({"estimate", yaml, "--out", estimate.string(), "--quiet"});
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    const Json measured = results_of(out), estimated = results_of(estimate);
    EXPECT_EQ(measured["mapping"]["arrays"], estimated["mapping"]["arrays"]);
    EXPECT_EQ(measured["backbone"]["inference"], estimated["backbone"]["inference"]);
    EXPECT_EQ(measured["tasks"][0]["inference"], estimated["tasks"][0]["inference"]);  // gating: none
    EXPECT_TRUE(estimated["tasks"][0]["accuracy"].empty());
}

}  // namespace
}  // namespace remask::test
