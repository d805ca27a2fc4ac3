// Does `extends:` merge as it says: maps are merged, lists and values replaced, the later one wins?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "machine.h"
#include "sim/base/files.h"
#include "sim/config/config.h"
#include "temporary_folder.h"

namespace remask {
namespace {

using testing::ElementsAre;

class Extends : public testing::Test {
protected:
    void SetUp() override {
        folder_.write("base.yaml", std::string(minimal_machine) +
                                       "levels: [1, 2, 3]\ntable: {read: 1 pJ, write: 2 pJ}\n"
                                       "weights: base.h5\n");
        folder_.write("library/adc.yaml", "bits: 6\nenergy: 1 pJ\nclock: 1 GHz\n");
        folder_.write("library/fast.yaml", "mode: fast\nrows: 32\n");
    }

    Document load(const std::string& text) {
        folder_.write("main.yaml", text);
        return Document::load(folder_.path() / "main.yaml", {folder_.path() / "library"});
    }

    std::string name(const std::string& file) const { return (folder_.path() / file).string(); }

    TemporaryFolder folder_;
};

TEST_F(Extends, MapsMergeListsAndValuesAreReplaced) {
    const auto machine =
        read_config<Machine>(load("extends: base.yaml\nrows: 64\nlevels: [5]\ntable: {write: 7 pJ}\n"));
    EXPECT_EQ(machine.rows, 64);
    EXPECT_EQ(machine.mode, Mode::exact);
    EXPECT_THAT(machine.levels, ElementsAre(5.0));
    EXPECT_EQ(machine.table.at("read").si(), 1e-12);
    EXPECT_EQ(machine.table.at("write").si(), 7e-12);
}

TEST_F(Extends, OfAListTheLaterWins) {
    const auto machine = read_config<Machine>(load("extends: [base.yaml, fast.yaml]\n"));
    EXPECT_EQ(machine.mode, Mode::fast);
    EXPECT_EQ(machine.rows, 32);
    const auto reversed = read_config<Machine>(load("extends: [fast.yaml, base.yaml]\n"));
    EXPECT_EQ(reversed.mode, Mode::exact);
    EXPECT_EQ(reversed.rows, 128);
}

TEST_F(Extends, InANestedMapFromTheSearchFolder) {
    const auto machine = read_config<Machine>(load("extends: base.yaml\nspare:\n  extends: adc.yaml\n  bits: 5\n"));
    EXPECT_EQ(machine.spare->bits, 5);
    EXPECT_EQ(machine.spare->clock->si(), 1e9);
    EXPECT_EQ(machine.adc.bits, 8);
}

TEST_F(Extends, InsideAList) {
    folder_.write("stage.yaml", "name: common\ngain: 4\n");
    const auto machine =
        read_config<Machine>(load("extends: base.yaml\nstages:\n  - extends: stage.yaml\n    name: first\n"));
    EXPECT_EQ(machine.stages.at(0).name, "first");
    EXPECT_EQ(machine.stages.at(0).gain, 4.0);
}

TEST_F(Extends, ValuesKeepThePlaceWhereTheyWereWritten) {
    const Document document = load("extends: base.yaml\nrows: 64\n");
    EXPECT_EQ(find_path(document.root(), "rows")->location.file, name("main.yaml"));
    EXPECT_EQ(find_path(document.root(), "pulse")->location.file, name("base.yaml"));
    EXPECT_EQ(find_path(document.root(), "pulse")->location.line, 2);
    EXPECT_THAT(document.files(), ElementsAre(name("main.yaml"), name("base.yaml")));
}

TEST_F(Extends, PathsStartFromTheFileThatSaysThem) {
    folder_.write("library/with_path.yaml", "extends: ../base.yaml\nweights: deep/own.h5\n");
    EXPECT_EQ(read_config<Machine>(load("extends: with_path.yaml\n")).weights, folder_.path() / "library/deep/own.h5");
    EXPECT_EQ(read_config<Machine>(load("extends: base.yaml\n")).weights, folder_.path() / "base.h5");
}

TEST_F(Extends, OwnFolderGoesBeforeTheSearchFolders) {
    folder_.write("fast.yaml", "mode: slow\n");
    EXPECT_EQ(read_config<Machine>(load("extends: [base.yaml, fast.yaml]\n")).mode, Mode::slow);
}

TEST_F(Extends, TheSameFileTwiceIsNoCircle) {
    const auto machine = read_config<Machine>(
        load("extends: [base.yaml, base.yaml]\nadc: {extends: adc.yaml}\nspare: {extends: adc.yaml}\n"));
    EXPECT_EQ(machine.adc.bits, 6);
    EXPECT_EQ(machine.spare->bits, 6);
}

TEST_F(Extends, FromTheCommandLine) {
    Document document = load("extends: base.yaml\n");
    document.set("adc={extends: adc.yaml, bits: 3}");
    const auto machine = read_config<Machine>(document);
    EXPECT_EQ(machine.adc.bits, 3);
    EXPECT_EQ(machine.adc.energy.si(), 1e-12);
}

}  // namespace
}  // namespace remask
