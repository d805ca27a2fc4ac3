// Do wires with resistance reach what a user runs: mvm, run, and the messages for wrong ones?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "program.h"
#include "sim/base/files.h"
#include "sim/storage/hdf5_file.h"
#include "small_experiment.h"

namespace remask::test {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;

/// small_experiment() with these wires.
std::string with_wires(const std::string& wires) {
    std::string text = small_experiment("[{method: classifier, epochs: 1}]");
    const std::string old = "crossbar: {adc_range: lsb, row_packing: kernel}";
    return text.replace(text.find(old), old.size(), "crossbar: {adc_range: lsb, row_packing: kernel" + wires + "}");
}

/// What the runs measured, without what a clock measured.
Json tasks_of(const std::string& text, const std::string& threads) {
    const ScratchFolder scratch;
    const std::string out = (scratch.path() / "out").string();
    const ProgramRun run =
        run_program({"run", scratch.write("e.yaml", text), "--out", out, "--quiet", "--threads", threads});
    EXPECT_EQ(run.exit_code, 0) << run.standard_error;
    Json tasks = Json::parse(read_file(out + "/results.json")).at("tasks");
    for (Json& task : tasks) {
        task["training"].erase("wall_s");
        task["simulation"].erase("wall_s");
    }
    return tasks;
}

const char* const bad_wires =
    ", wires: {layout: input_line, on_resistance: 6 kohm, row_segment: 40 ohm, column_segment: 40 ohm}";

TEST(Wires, RunFeelsThemAndGivesTheSameWithAnyNumberOfThreads) {
    const Json one = tasks_of(with_wires(bad_wires), "1");
    EXPECT_EQ(tasks_of(with_wires(bad_wires), "2"), one);
    const Json none = tasks_of(with_wires(""), "2");
    // Current is lost, so that every layer's ADCs reach lower codes: positive columns of the backbone's weights.
    int lower = 0;
    int layers = 0;
    for (std::size_t slot = 0; slot < none[0]["converters"].size(); ++slot) {
        for (std::size_t plane = 0; plane < none[0]["converters"][slot].size(); ++plane) {
            const auto highest = [&](const Json& tasks) {
                return tasks[0]["converters"][slot][plane]["highest_code"].get<int>();
            };
            lower += highest(one) < highest(none) ? 1 : 0;
            ++layers;
        }
    }
    EXPECT_GT(lower, layers / 2);
    const std::string ideal =
        ", wires: {layout: input_line, on_resistance: 6 kohm, row_segment: 0 ohm, column_segment: 0 ohm}";
    EXPECT_EQ(tasks_of(with_wires(ideal), "2"), none);
}

TEST(Wires, MvmOfOneCellIsAVoltageDivider) {
    // 6 kΩ in the cell, 1 + 2 + 1 + 2 kΩ in driver, row, column and sense end: half the current.
    const ScratchFolder scratch;
    const std::string hardware = scratch.write("hardware.yaml", R"(
crossbar:
  {weight_bits: 2, input_bits: 1, rows: 1, columns: 2, cell_bits: 1, dac_bits: 1, encoding: differential, adc_bits: 0,
   wires: {layout: input_line, on_resistance: 6 kohm, row_segment: 2 kohm, row_driver: 1 kohm, column_segment: 1 kohm,
           column_sense: 2 kohm}}
)");
    const std::string input = (scratch.path() / "in.h5").string();
    const std::string output = (scratch.path() / "out.h5").string();
    Hdf5Writer writer(input);
    writer.write<std::int32_t>("/weights", {1, 1}, std::vector<std::int32_t>{1});
    writer.write<std::int32_t>("/inputs", {1, 1}, std::vector<std::int32_t>{1});
    writer.commit();
    const ProgramRun run = run_program({"mvm", "--hardware", hardware, "--input", input, "--output", output});
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    EXPECT_EQ(Hdf5Reader(output).read<double>("/outputs"), std::vector<double>{0.5});
}

TEST(Wires, ConductancesThatDoNotFitAreRefused) {
    // (255 + 255/0.1) level units in steps of 2^−20 take 32 bits
    const ScratchFolder scratch;
    const std::string hardware = scratch.write("hardware.yaml", R"(
crossbar:
  {weight_bits: 9, input_bits: 1, rows: 1, columns: 2, cell_bits: 8, dac_bits: 1, encoding: differential, adc_bits: 0, on_off_ratio: 1.1,
   wires: {layout: input_line, on_resistance: 6 kohm, row_segment: 1 ohm, column_segment: 1 ohm}}
device: {conductance_fraction_bits: 20}
)");
    const std::string input = (scratch.path() / "in.h5").string();
    Hdf5Writer writer(input);
    writer.write<std::int32_t>("/weights", {1, 1}, std::vector<std::int32_t>{255});
    writer.write<std::int32_t>("/inputs", {1, 1}, std::vector<std::int32_t>{1});
    writer.commit();
    const ProgramRun run =
        run_program({"mvm", "--hardware", hardware, "--input", input, "--output", (scratch.path() / "o.h5").string()});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_THAT(run.standard_error, HasSubstr("does not fit 31 bits"));
}

TEST(Wires, WrongOnesAreRefusedWhereTheyStand) {
    const auto says = [](const std::string& wires) {
        const ScratchFolder scratch;
        const ProgramRun run = run_program({"check", scratch.write("e.yaml", with_wires(", wires: {" + wires + "}"))});
        EXPECT_EQ(run.exit_code, 2);
        EXPECT_THAT(run.standard_error, HasSubstr("e.yaml:8:"));
        return run.standard_error;
    };
    const std::string cell = "on_resistance: 6 kohm, column_segment: 1 ohm, ";
    EXPECT_THAT(says(cell + "layout: input_line, row_segment: 1"), HasSubstr("wires.row_segment: '1' needs a unit"));
    const std::string mixed = says(cell + "layout: source_line, row_segment: 1 ohm");
    EXPECT_THAT(mixed, HasSubstr("hardware.crossbar.wires.source_segment: layout: source_line needs it"));
    EXPECT_THAT(mixed, HasSubstr("hardware.crossbar.wires.input_density: layout: source_line needs it"));
    EXPECT_THAT(mixed, HasSubstr("hardware.crossbar.wires.row_segment: row lines carry no current"));
    // The energy model's cell is another one (isaac.yaml: 6 kohm).
    EXPECT_THAT(says("on_resistance: 5 kohm, column_segment: 1 ohm, layout: input_line, row_segment: 1 ohm"),
                HasSubstr("crossbar.wires.on_resistance: differs from cell.on_resistance"));
}

}  // namespace
}  // namespace remask::test
