// Are configs and command lines that are wrong refused, each with its message, and is nothing left half-written?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "expect_refused.h"
#include "program.h"
#include "sim/base/files.h"
#include "small_experiment.h"

namespace remask::test {
namespace {

using testing::HasSubstr;

const char* const xbm = "[{method: xbm, epochs: 1}]";

/// small_experiment() with its crossbar section replaced.
std::string with_crossbar(const std::string& section, const std::string& methods = xbm) {
    std::string text = small_experiment(methods);
    const std::string old = "crossbar: {adc_range: lsb, row_packing: kernel}";
    return text.replace(text.find(old), old.size(), section);
}

TEST(BadConfig, UnknownKeyNamesTheNearest) {
    expect_refused(with_crossbar("crossbar: {adc_bit: 6}"), 2, {"e.yaml:8:", "adc_bit", "did you mean 'adc_bits'?"});
}

TEST(BadConfig, UnitOfAnotherKind) {
    expect_refused(with_crossbar("timing: {array: 100 pJ}"), 2, {"hardware.timing.array", "ns"});
}

TEST(BadConfig, MissingUnit) {
    expect_refused(with_crossbar("timing: {array: 100}"), 2, {"hardware.timing.array", "unit", "ns"});
}

TEST(BadConfig, DuplicateKeyGivesBothPlaces) {
    expect_refused(with_crossbar("crossbar:\n    rows: 64\n    rows: 128"), 2, {"e.yaml:10:5", "rows", "9"});
}

TEST(BadConfig, MergeKey) {
    expect_refused(with_crossbar("<<: {name: x}"), 2, {"e.yaml:8:", "<<"});
}

TEST(BadConfig, WrongType) {
    expect_refused(with_crossbar("crossbar: {rows: many}"), 2, {"hardware.crossbar.rows", "many"});
}

TEST(BadConfig, OutOfRange) {
    expect_refused(with_crossbar("crossbar: {cell_bits: 9}"), 2, {"hardware.crossbar.cell_bits", "9", "8"});
}

TEST(BadConfig, TwoNumbersOfAdcs) {
    expect_refused(with_crossbar("periphery: {adcs_per_array: 4}"), 2,
                   {"hardware.parts.adc.count: differs from periphery.adcs_per_array, which is 4: give both"});
}

TEST(BadConfig, AllErrorsAtOnce) {
    expect_refused(with_crossbar("crossbar: {cell_bits: 9, rows: many, adc_bit: 6}"), 2,
                   {"cell_bits", "many", "adc_bit"});
}

TEST(BadConfig, SetOfAnUnknownPath) {
    expect_refused(small_experiment(xbm), 2, {"hardware.crossbar.rws", "rows"}, {"--set", "hardware.crossbar.rws=3"});
    expect_refused(small_experiment(xbm), 2, {"--set", "path=value"}, {"--set", "nothing"});
}

TEST(BadConfig, ComponentsThatTheLibraryLacksOrDoesNotKnow) {
    expect_refused(small_experiment(xbm), 2,
                   {"--set: error: hardware.energy.buffer_read: section 'library' has no 'tile_buffer'"},
                   {"--set", "hardware.energy.buffer_read={from: tile_buffer}"});
    expect_refused(small_experiment(xbm), 2,
                   {"--set: error: hardware.library.b.kind: 'sram' needs 'capacity'",
                    "hardware.library.w.kind: wires are known at 22 to 90 nm, not at 14 nm"},
                   {"--set",
                    "hardware.library={b: {kind: sram, node: 32 nm}, w: {kind: wire, node: 14 nm, length: 1 "
                    "mm, activity: 1}}"});
}

TEST(BadConfig, UnknownMethodAndDataSet) {
    expect_refused(small_experiment("[{method: pigyback}]"), 2, {"did you mean 'piggyback'?"});
    expect_refused(small_experiment("[{method: xma, real: true, levels: [0, 1]}]"), 2, {"methods.0.levels"});
    expect_refused(small_experiment(xbm, "assume: {masked_share: 2}\n"), 2, {"assume.masked_share"});
}

TEST(BadConfig, MethodThatTheHardwareCannotRealise) {
    // Kernels may straddle row tiles with dense packing, so they can't be driven one by one.
    expect_refused(with_crossbar("crossbar: {adc_range: lsb, row_packing: dense}",
                                 "[{method: ksm, epochs: 1, realisation: row_groups}]"),
                   2, {"row_packing: kernel"});
    expect_refused(small_experiment("[{method: piggyback, epochs: 1, realisation: periphery}]"), 2,
                   {"e.yaml:15:11: error: methods.0: ", "periphery"});
    expect_refused(small_experiment("[{method: xbm}, {method: da3, first_block: 1000}]"), 2,
                   {"e.yaml:15:26: error: methods.1: ", "lower first_block"});
    expect_refused(small_experiment("[{method: xbm, learn: {on: crossbar}}]", "classifier: crossbar\n"), 2,
                   {"e.yaml:15:11: error: methods.0: ", "set classifier: digital"});
}

TEST(BadConfig, FlippedColumnsThatAreNotConvertedByThemselves) {
    expect_refused(with_crossbar("crossbar: {row_packing: kernel, subtract: analog, column_flip: true}"), 2,
                   {"e.yaml:8:", "hardware.crossbar.column_flip", "subtract: digital"});
}

TEST(BadConfig, AdcErrorsOfImpossibleAdcs) {
    expect_refused(with_crossbar("device: {adc_errors: {offset: 1, adcs_per_array: 3}}"), 2,
                   {"e.yaml:8:", "device.adc_errors.adcs_per_array", "periphery.adcs_per_array"});
    expect_refused(with_crossbar("device: {adc_errors: {offset: -1}}"), 2,
                   {"device.adc_errors.offset", "must be 0 to 1000"});
    expect_refused(with_crossbar("device: {adc_errors: {ofset: 1}}"), 2, {"did you mean 'offset'?"});
}

TEST(BadConfig, DacLevelsThatFitNoDac) {
    expect_refused(with_crossbar("device: {dac_errors: {levels: [0, 1, 2]}}"), 2,
                   {"e.yaml:8:", "device.dac_errors.levels", "3 entries", "2 levels"});
    expect_refused(with_crossbar("device: {dac_errors: {levels: [0.5, 1]}}"), 2, {"levels", "digit 0 must give 0"});
}

TEST(BadConfig, NamesThatNameNoFolder) {
    std::string text = small_experiment(xbm);
    expect_refused(text.replace(text.find("name: low"), 9, "name: a/b"), 2, {"tasks.0.name", "'/'"});
    expect_refused(small_experiment("[{method: xbm, label: x/y}]"), 2, {"methods", "'/'"});
    text = small_experiment(xbm);
    text.replace(text.find("name: small"), 11, "name: '..'");
    expect_refused(text, 2, {"e.yaml:1:", "'..'"});
}

std::string replaced(std::string text, const std::string& old, const std::string& with) {
    return text.replace(text.find(old), old.size(), with);
}

TEST(BadConfig, TooFewImages) {
    const std::string text = small_experiment(xbm);
    expect_refused(replaced(text, "train_limit: 80", "train_limit: 1"), 2,
                   {"e.yaml:12:11: error: tasks.0.data: ", "low", "train_limit"});
    expect_refused(
        replaced(text, "train_limit: 80", "train_limit: 80, validation_share: 0.001") + "measure_on: validation\n", 2,
        {"tasks.1.data", "validation_share"});
    expect_refused(replaced(replaced(text, "train_limit: 80", "validation_share: 0.001"), "train_limit: 90",
                            "validation_share: 0.2") +
                       "measure_on: validation\n",
                   2, {"e.yaml:12:11: error: tasks.0.data: ", "no image to measure", "validation_share"});
}

TEST(BadConfig, ArraysThatHoldNoKernelOrNoWeight) {
    expect_refused(with_crossbar("crossbar: {row_packing: kernel, rows: 1}"), 2,
                   {"e.yaml:8:27: error: hardware.crossbar.row_packing: ", "larger arrays"});
    expect_refused(
        with_crossbar("crossbar: {columns: 3}\n  parts: {adc: {count: 1}}\n  periphery: {adcs_per_array: 1}"), 2,
        {"e.yaml:8:23: error: hardware.crossbar.columns: ", "more cell_bits"});
}

TEST(BadConfig, ClassesThatTheClassifierDoesNotKnow) {
    const std::string text = small_experiment(xbm);
    const std::string own = "data: {dataset: digits, classes: [0, 1, 2, 3, 4], test_limit: 40}";
    expect_refused(replaced(text, own, "data: {dataset: digits, classes: [0, 1]}"), 2,
                   {"e.yaml:5:9: error: backbone.data: ", "2 classes", "classifier 5"});
    expect_refused(replaced(text, own, "data: {dataset: digits, classes: [0, 1, 2, 4, 3]}"), 2,
                   {"e.yaml:5:9: error: backbone.data: ", "class 3 is '4'", "call it '3'"});
    const std::string kept = "keep_classifier: true\n    data: {dataset: digits, classes: ";
    expect_refused(replaced(text, "data: {dataset: digits, classes: [5, 6]", kept + "[5, 6]"), 2,
                   {"e.yaml:12:22: error: tasks.0.keep_classifier: ", "2 classes"});
    expect_refused(replaced(text, "data: {dataset: digits, classes: [5, 6]", kept + "[5, 6, 7, 8, 9]"), 2,
                   {"e.yaml:12:22: error: tasks.0.keep_classifier: ", "class 0 is '5'", "call it '0'"});
}

TEST(BadConfig, HardwareWhoseEnergyNeedsDataThatAreNotGiven) {
    const std::string own = "  data: {dataset: digits, classes: [0, 1, 2, 3, 4], test_limit: 40}\n";
    expect_refused(replaced(with_crossbar("periphery: {skip_zero_inputs: true}"), own, ""), 2,
                   {"e.yaml:4:3: error: backbone.data: ", "is missing"});
}

/// What drift has made of conductances shows only when the arrays are programmed: one too large, or their sum.
TEST(BadConfig, WhatOnlyTheWorkShowsLeavesNothingEither) {
    const auto drifting = [](const std::string& time) {
        return with_crossbar("device: {drift: {time: " + time + ", reference_time: 1 s, exponent: -1}}");
    };
    expect_refused(drifting("1e6 s"), 2, {"e.yaml:8:", "error: hardware.device.drift: ", "by 1e+06"});
    const std::string text = drifting("2e5 s");
    expect_refused(
        text, 2, {"e.yaml:8:", "error: hardware.device: ", "times as much as the highest level", "exponents below 0"});
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", text);
    scratch.write("kept", "kept");
    const ProgramRun run = run_program({"run", yaml, "--out", scratch.path().string(), "--quiet"});
    EXPECT_EQ(run.exit_code, 1) << "a folder that was there is not as it was";
    EXPECT_EQ(read_file(scratch.path() / "kept"), "kept");
}

TEST(BadConfig, EnergiesThatOverflow) {
    expect_refused(with_crossbar("energy: {adc_conversion: 1.0e+308 J}"), 2,
                   {"e.yaml:8:28: error: hardware.energy.adc_conversion: ", "look at its unit"});
    const std::string isaac = std::string(REMASK_SOURCE_DIR) + "/hw_configs/isaac.yaml";
    const ProgramRun run = run_program({"peak", isaac, "--set", "parts.adc.area=1e308 m2"});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_THAT(run.standard_error, HasSubstr("parts.adc.area: '1e308 m2' is beyond 1e+30 m2"));
}

TEST(BadConfig, MvmOntoItsOwnInput) {
    const ScratchFolder scratch;
    const std::string file = scratch.write("m.h5", "weights");
    const std::string yaml = std::string(REMASK_SOURCE_DIR) + "/hw_configs/isaac.yaml";
    const ProgramRun run = run_program({"mvm", "--hardware", yaml, "--input", file, "--output", file});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_EQ(read_file(file), "weights");
    EXPECT_EQ(run_program({"train", yaml, "--out", "/dev/null"}).exit_code, 2);
}

TEST(BadConfig, NormalisationBeyondFloats) {
    const ScratchFolder scratch;
    const std::string quickstart = std::string(REMASK_SOURCE_DIR) + "/experiments/quickstart/backbone.yaml";
    const std::string model = (scratch.path() / "m.h5").string();
    const ProgramRun run = run_program({"train", quickstart, "--out", model, "--set", "training.epochs=0", "--set",
                                        "normalisation.mean=[1e300]", "--set", "normalisation.deviation=[1]"});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_THAT(run.standard_error, HasSubstr("normalisation.mean.0: is 1e300 but must be 0 to 1"));
    EXPECT_FALSE(std::filesystem::exists(model));
}

TEST(BadConfig, OptionsThatAreEmpty) {
    const std::vector<std::string> options{"--out", "--data", "--trace", "--store", "--export-accelergy", "--method"};
    for (const std::string& option : options) {
        const ProgramRun run = run_program({"run", "a.yaml", option, ""});
        EXPECT_EQ(run.exit_code, 2) << option;
        EXPECT_THAT(run.standard_error, HasSubstr(option + " is given an empty text"));
    }
}

TEST(BadConfig, CommandLine) {
    EXPECT_EQ(run_program({}).exit_code, 2);
    EXPECT_EQ(run_program({"rum"}).exit_code, 2);
    EXPECT_THAT(run_program({"rum"}).standard_error, HasSubstr("did you mean 'run'?"));
    EXPECT_EQ(run_program({"run"}).exit_code, 2);
    EXPECT_EQ(run_program({"run", "a.yaml", "--thread", "2"}).exit_code, 2);
    EXPECT_THAT(run_program({"run", "a.yaml", "--thread", "2"}).standard_error, HasSubstr("--threads"));
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", small_experiment(xbm));
    for (const char* threads : {"0", "two", "1.5", "99999999999999999999"}) {
        EXPECT_EQ(run_program({"run", yaml, "--threads", threads}).exit_code, 2) << threads;
    }
    EXPECT_EQ(run_program({"list", "everything"}).exit_code, 2);
}

}  // namespace
}  // namespace remask::test
