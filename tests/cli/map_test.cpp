// remask map: the table, the pictures, and that a run's report shows the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "program.h"
#include "sim/base/files.h"
#include "small_experiment.h"

namespace remask::test {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;
using testing::Not;

std::string weightless(const std::string& architecture, int pixels, const std::string& hardware) {
    return "name: m\nbackbone:\n  network: {architecture: " + architecture +
           ", channels: 3, height: " + std::to_string(pixels) + ", width_pixels: " + std::to_string(pixels) +
           "}\nhardware: {extends: " + hardware + "}\n";
}

std::size_t occurrences(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

// ISAAC: 8-bit weights of 8 cells, so 16 columns of a matrix an array of 128 × 128; PEs of 8 arrays, tiles of 12 PEs.
TEST(Map, SaysWhereEveryLayerLies) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", weightless("resnet20", 32, "isaac.yaml"));
    const ProgramRun run = run_program({"map", yaml, "--json"});
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    const Json mapping = Json::parse(run.standard_output)["mapping"];
    const Json& first = mapping["layers"][0];
    EXPECT_EQ(first["name"], "conv1");
    EXPECT_EQ(first["rows"], 27);
    EXPECT_EQ(first["columns"], 16);
    EXPECT_EQ(first["arrays"], 1);
    EXPECT_DOUBLE_EQ(first["utilisation"].get<double>(), 27.0 / 128);  // all columns
    std::int64_t pes = 0;
    for (const Json& layer : mapping["layers"]) {
        EXPECT_EQ(layer["first_tile"], pes / 12) << layer["name"];
        EXPECT_EQ(layer["first_pe"], pes % 12) << layer["name"];
        pes += (layer["arrays"].get<std::int64_t>() + 7) / 8;
        EXPECT_EQ(layer["last_tile"], (pes - 1) / 12) << layer["name"];
    }
    EXPECT_EQ(mapping["pes"], pes);
    EXPECT_EQ(mapping["tiles"], (pes + 11) / 12);
    const ProgramRun table = run_program({"map", yaml});
    EXPECT_THAT(table.standard_output, HasSubstr("27 x 16"));
    EXPECT_THAT(table.standard_output, HasSubstr("tile 0 PE 0"));
}

TEST(Map, LeavesTilesOfTooManyArraysUndrawn) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", weightless("resnet20", 32, "isaac.yaml"));
    const std::string out = (scratch.path() / "out").string();
    const ProgramRun run =
        run_program({"map", yaml, "--out", out, "--set", "hardware.chip.tiles=1048576", "--set",
                     "hardware.chip.pes_per_tile=1048576", "--set", "hardware.chip.arrays_per_pe=1048576"});
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    EXPECT_THAT(run.standard_output, HasSubstr("27 x 16"));
    const std::string page = read_file(out + "/report.html");
    EXPECT_THAT(page, HasSubstr("The chip is not drawn: its tiles in use have too many arrays"));
    EXPECT_THAT(page, Not(HasSubstr("<svg")));
}

TEST(Map, DrawsEachKindOfTileOnceAndAllOnTheFloorPlan) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", weightless("resnet50", 64, "isaac.yaml"));
    const std::string out = (scratch.path() / "out").string();
    ASSERT_EQ(run_program({"map", yaml, "--out", out, "--quiet"}).exit_code, 0);
    const Json mapping = Json::parse(read_file(scratch.path() / "out" / "mapping.json"))["mapping"];
    const std::string page = read_file(scratch.path() / "out" / "report.html");
    const auto tiles = mapping["tiles"].get<std::int64_t>();
    EXPECT_GT(tiles, 100);
    for (std::int64_t tile = 0; tile < tiles; ++tile) {
        EXPECT_EQ(occurrences(page, ">" + std::to_string(tile) + "</text>"), 1u) << tile;  // the floor plan
    }
    const std::size_t figures = occurrences(page, "<figure>");
    EXPECT_GT(figures, 20u);
    EXPECT_LT(figures, static_cast<std::size_t>(tiles));  // tiles full of one layer are alike
    EXPECT_THAT(page, HasSubstr(" alike)"));
    EXPECT_LT(page.size(), 300'000u);
    for (const char* foreign : {"<script", "src=", "http"}) EXPECT_THAT(page, Not(HasSubstr(foreign)));
}

TEST(Map, SaysHowManyTilesAreNotDrawn) {
    const ScratchFolder scratch;  // tiles of 12 arrays: about a thousand of them, more kinds than anyone looks at
    const std::string yaml = scratch.write("e.yaml", weightless("resnet50", 64, "isaac.yaml"));
    const std::string out = (scratch.path() / "out").string();
    ASSERT_EQ(run_program({"map", yaml, "--out", out, "--quiet", "--set", "hardware.chip.tiles=4096", "--set",
                           "hardware.chip.arrays_per_pe=4", "--set", "hardware.chip.pes_per_tile=3"})
                  .exit_code,
              0);
    const std::string page = read_file(scratch.path() / "out" / "report.html");
    EXPECT_EQ(occurrences(page, "<figure>"), 60u);
    EXPECT_THAT(page, HasSubstr(" different tiles the first 60 are drawn"));
    EXPECT_LT(page.size(), 300'000u);
}

TEST(Map, ShowsAMethodsOwnLayersAndARunsReportHasThePictures) {
    const ScratchFolder scratch;
    const std::string yaml =
        scratch.write("e.yaml", small_experiment("[{method: parallel_adapter, side: arrays, epochs: 1}]"));
    const ProgramRun plain = run_program({"map", yaml, "--json"});
    const ProgramRun adapted = run_program({"map", yaml, "--json", "--method", "parallel_adapter"});
    ASSERT_EQ(plain.exit_code, 0) << plain.standard_error;
    ASSERT_EQ(adapted.exit_code, 0) << adapted.standard_error;
    EXPECT_GT(Json::parse(adapted.standard_output)["mapping"]["layers"].size(),
              Json::parse(plain.standard_output)["mapping"]["layers"].size());
    const ProgramRun unknown = run_program({"map", yaml, "--method", "parallel_adaptor"});
    EXPECT_EQ(unknown.exit_code, 2);
    EXPECT_THAT(unknown.standard_error, HasSubstr("did you mean 'parallel_adapter'?"));

    const std::string estimate = scratch.write("w.yaml", weightless("resnet20", 32, "isaac.yaml"));
    ASSERT_EQ(run_program({"estimate", estimate, "--quiet", "--out", (scratch.path() / "out").string()}).exit_code, 0);
    EXPECT_THAT(read_file(scratch.path() / "out" / "report.html"), HasSubstr("<figure>"));
}

}  // namespace
}  // namespace remask::test
