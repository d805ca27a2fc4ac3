// Does `remask check` refuse what the commands refuse before they begin, in the same words and at the same line?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.h"
#include "small_experiment.h"

namespace remask::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string resnet20_on(const std::string& hardware, const std::string& architecture = "resnet20") {
    return "name: c\nbackbone:\n  network: {architecture: " + architecture +
           ", channels: 3, height: 32, width_pixels: 32}\nhardware:\n  extends: isaac.yaml\n  " + hardware + "\n";
}

class Check : public testing::Test {
protected:
    std::string refusal(const std::string& command) {
        std::vector<std::string> words{command, yaml_, "--quiet"};
        if (command != "check") words.insert(words.end(), {"--out", (scratch_.path() / "out").string()});
        const ProgramRun run = run_program(words);
        EXPECT_EQ(run.exit_code, 2) << command;
        return run.standard_error;
    }

    /// `commands` refuse `text` as `check` does.
    void expect_alike(const std::string& text, const std::vector<std::string>& commands, const std::string& words) {
        yaml_ = scratch_.write("e.yaml", text);
        const std::string said = refusal("check");
        EXPECT_THAT(said, HasSubstr(words));
        for (const std::string& command : commands) EXPECT_EQ(refusal(command), said) << command;
    }

    ScratchFolder scratch_;
    std::string yaml_;
};

TEST_F(Check, KnowsTheRoomOfTheChip) {
    const std::string chip = "chip: {tiles: 1, pes_per_tile: 1, arrays_per_pe: 1}";
    expect_alike(resnet20_on(chip), {"estimate", "map"}, "e.yaml:6:17: error: hardware.chip.tiles: the network needs");
    std::string text = small_experiment("[{method: xbm, epochs: 1}]", "assume: {masked_share: 0.5}\n");
    text.replace(text.find("crossbar: {"), 0, chip + "\n  ");
    expect_alike(text, {"run", "estimate", "map"}, "e.yaml:8:17: error: hardware.chip.tiles: the network needs");
}

TEST_F(Check, KnowsTheRoomThatAMethodTakes) {
    // The backbone fits a tile; CPG's largest network takes more.
    const std::string methods = "[{method: cpg, goal: 0.9, grow: true, growth_step: 8, max_size: 9}]";
    std::string text = small_experiment(methods, "assume: {masked_share: 0.5}\n");
    text.replace(text.find("crossbar: {"), 0, "chip: {tiles: 1}\n  ");
    expect_alike(text, {"run", "estimate"}, "hardware.chip.tiles: the network needs");
}

TEST_F(Check, KnowsTheRoomInTheBuffers) {
    expect_alike(resnet20_on("chip: {buffer_capacity: 1 KiB}"), {"estimate"},
                 "e.yaml:6:27: error: hardware.chip.buffer_capacity: ");
}

// A line of 12 pixels of 8 bits alone is 96 bits; a layer of 3x3 kernels needs three of each channel.
TEST_F(Check, KnowsTheRoomInTheBuffersOfEveryRound) {
    const std::string chip = "chip: {buffer_capacity: 100 bit, tiles: 3, pes_per_tile: 1}\n  ";
    std::string text = small_experiment("[{method: xbm, epochs: 1}]", "assume: {masked_share: 0.5}\n");
    text.replace(text.find("crossbar: {"), 0, chip);
    text += "mapping: {images_per_round: 4}\n";
    expect_alike(text, {"run", "estimate"}, "e.yaml:8:27: error: hardware.chip.buffer_capacity: ");
    expect_alike(resnet20_on("chip: {buffer_capacity: 100 bit, tiles: 2}") + "mapping: {images_per_round: 4}\n",
                 {"estimate"}, "e.yaml:6:27: error: hardware.chip.buffer_capacity: ");
}

/// Of a run with finetune, which masks nothing, and xbm, which gates.
TEST_F(Check, FindsMissingEnergiesBeforeAnythingIsLearned) {
    for (const char* energy : {"row_select", "digital_mac", "tile_add", "activation", "mask_gate"}) {
        std::string text = small_experiment("[{method: finetune, epochs: 1}, {method: xbm, epochs: 1}]",
                                            "assume: {masked_share: 0.5}\n");
        text.replace(text.find("crossbar: {"), 0, std::string("energy: {") + energy + ": null}\n  ");
        expect_alike(text, {"run", "estimate"},
                     std::string("e.yaml:8:12: error: hardware.energy.") + energy + ": is missing, but ");
        EXPECT_THAT(files_below(scratch_.path()), testing::ElementsAre("e.yaml")) << energy;
    }
    expect_alike(resnet20_on("energy: {pool: null}"), {"estimate"},
                 "e.yaml:6:12: error: hardware.energy.pool: is missing, but ");
}

TEST_F(Check, TellsAllMissingEnergiesOnce) {
    std::string text = small_experiment(
        "[{method: piggyback, epochs: 1}, {method: xbm, epochs: 1}, "
        "{method: xbm, label: again, epochs: 1}]",
        "assume: {masked_share: 0.5}\n");
    text.replace(text.find("crossbar: {"), 0, "energy: {mask_gate: null, row_select: null, tile_add: null}\n  ");
    expect_alike(text, {"run", "estimate"}, "hardware.energy.row_select");
    const std::string said = refusal("check");
    for (const char* energy : {"mask_gate", "row_select", "tile_add"}) {
        const std::size_t at = said.find(std::string("energy.") + energy + ":");
        ASSERT_NE(at, std::string::npos) << said;
        EXPECT_EQ(said.find(std::string("energy.") + energy + ":", at + 1), std::string::npos) << said;
    }
}

// Finetune gates nothing: what its chip does not do needs no energy.
TEST_F(Check, AsksForNoEnergyThatNothingTakes) {
    std::string text = small_experiment("[{method: finetune, epochs: 1}]", "assume: {masked_share: 0.5}\n");
    text.replace(text.find("crossbar: {"), 0, "energy: {mask_gate: null, mask_multiply: null}\n  ");
    const std::string yaml = scratch_.write("e.yaml", text);
    for (const char* command : {"check", "estimate"}) {
        std::vector<std::string> words{command, yaml, "--quiet"};
        if (words[0] == "estimate") words.insert(words.end(), {"--out", (scratch_.path() / "out").string()});
        const ProgramRun run = run_program(words);
        EXPECT_EQ(run.exit_code, 0) << run.standard_error;
    }
}

TEST_F(Check, WantsWeightsForTasks) {
    const std::string tasks = "tasks: [{name: d, data: {dataset: digits}}]\nmethods: [{method: xbm}]\n";
    expect_alike(resnet20_on("chip: {tiles: 200}") + tasks, {"run", "estimate", "map"},
                 "e.yaml:7:8: error: tasks: need weights: give 'backbone.model'");
}

// Energy by physics needs images; an estimate has `assume` in their place.
TEST_F(Check, WantsTheDataThatEnergyDependsOn) {
    std::string text = small_experiment("[{method: piggyback, epochs: 1}]");
    text.replace(text.find("crossbar: {"), 0, "cell: {read_model: physics}\n  ");
    const std::string data = "  data: {dataset: digits, classes: [0, 1, 2, 3, 4], test_limit: 40}\n";
    text.erase(text.find(data), data.size());
    expect_alike(text, {"run"}, "e.yaml:4:3: error: backbone.data: is missing, but this hardware's energy depends");
    yaml_ = scratch_.write("e.yaml", text + "assume: {masked_share: 0.5}\n");
    EXPECT_THAT(refusal("run"), HasSubstr("backbone.data: is missing"));
    const ProgramRun run = run_program({"check", yaml_});
    EXPECT_EQ(run.exit_code, 0) << run.standard_error;
    EXPECT_THAT(run.standard_output, HasSubstr("no errors (for map and estimate: a run needs"));
    expect_alike(resnet20_on("cell: {read_model: physics}"), {"estimate"}, "assume: this hardware's energy depends");
}

TEST_F(Check, TellsFaultsOfChipDataAndTasksTogether) {
    std::string text = small_experiment("[{method: xbm, epochs: 1}]");
    text.replace(text.find("crossbar: {"), 0, "energy: {mask_gate: null}\n  ");
    text.replace(text.find("digits, classes: [5, 6]"), 23, "image_folder, path: none");
    text.replace(text.find("classes: [0, 1, 2, 3, 4]"), 24, "classes: [0, 1, 2, 3]");
    yaml_ = scratch_.write("e.yaml", text);
    const ProgramRun check = run_program({"check", yaml_, "--quiet", "--data", scratch_.path().string()});
    EXPECT_EQ(check.exit_code, 3);
    EXPECT_THAT(check.standard_error, AllOf(HasSubstr("hardware.energy.mask_gate"), HasSubstr("backbone.data: has 4"),
                                            HasSubstr("there is no folder")));
    const ProgramRun run = run_program({"run", yaml_, "--quiet", "--data", scratch_.path().string()});
    EXPECT_EQ(run.exit_code, 3);
    EXPECT_EQ(run.standard_error, check.standard_error);
}

TEST_F(Check, SaysWhereTheRoomIsNotKnown) {
    const std::string yaml = scratch_.write("e.yaml", small_experiment("[{method: xbm}]", "", "not_yet.h5"));
    const ProgramRun run = run_program({"check", yaml});
    EXPECT_EQ(run.exit_code, 0) << run.standard_error;
    EXPECT_THAT(run.standard_output, HasSubstr("no errors (its backbone or data are not there yet"));
    scratch_.write("not_yet.h5", "no model");
    EXPECT_EQ(run_program({"check", yaml}).exit_code, 3);
}

TEST_F(Check, RefusesASweepOverNetworksWithoutWeights) {
    scratch_.write("base.yaml", resnet20_on("chip: {tiles: 200}"));
    const std::string yaml = scratch_.write(
        "s.yaml", "name: s\nexperiment: base.yaml\naxes: [{path: hardware.chip.tiles, values: [168, 200]}]\n");
    for (const char* command : {"check", "sweep"}) {
        const ProgramRun run = run_program({command, yaml});
        EXPECT_EQ(run.exit_code, 2) << command;
        EXPECT_THAT(run.standard_error, HasSubstr("base.yaml:3:12: error: backbone.network: has no weights; a sweep"));
    }
}

TEST_F(Check, ListsTheNetworksThatThereAre) {
    expect_alike(resnet20_on("name: c", "vgg16x"), {"estimate", "map"}, "e.yaml:3:27: error: backbone.network.arch");
    EXPECT_THAT(refusal("check"), AllOf(HasSubstr("no network 'vgg16x'"), HasSubstr("; there are "),
                                        HasSubstr("vgg16_bn"), HasSubstr("resnet50"), HasSubstr("resnet8")));
}

}  // namespace
}  // namespace remask::test
