// Does a sound file give the values that it says? (What bad files say: bad_files_test.cpp.)
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "machine.h"
#include "sim/config/config.h"

namespace remask {
namespace {

using testing::ElementsAre;

Machine machine_from(const std::string& more) {
    return read_config<Machine>(Document::parse(minimal_machine + more, "folder/machine.yaml"));
}

TEST(Reader, EveryKindOfField) {
    const Machine machine = machine_from(
        "active_rows: 16\nseed: 9007199254740993\nverbose: true\nscale: 0.25\nlabel: 'a: b'\nweights: ../w.h5\n"
        "levels: [0, 0.5, 2]\ntable: {read: 3 fJ, write: 1.5 pJ}\nspare: {bits: 4, energy: 1 fJ, clock: 2 GHz}\n"
        "stages:\n  - name: one\n    gain: 3\n  - name: two\n");
    EXPECT_EQ(machine.rows, 128);
    EXPECT_EQ(machine.active_rows, 16);
    EXPECT_EQ(machine.seed, 9007199254740993u);  // 2^53 + 1: integers never pass through a double
    EXPECT_TRUE(machine.verbose);
    EXPECT_EQ(machine.scale, 0.25);
    EXPECT_EQ(machine.pulse.si(), 10e-9);
    EXPECT_EQ(machine.mode, Mode::exact);
    EXPECT_EQ(machine.label, "a: b");
    EXPECT_EQ(machine.weights, "w.h5");  // from the folder of the file that says it
    EXPECT_THAT(machine.levels, ElementsAre(0.0, 0.5, 2.0));
    ASSERT_EQ(machine.table.size(), 2u);
    EXPECT_EQ(machine.table.at("write").si(), 1.5e-12);
    EXPECT_EQ(machine.adc.bits, 8);
    EXPECT_FALSE(machine.adc.clock.has_value());
    ASSERT_TRUE(machine.spare.has_value());
    EXPECT_EQ(machine.spare->clock->si(), 2e9);
    ASSERT_EQ(machine.stages.size(), 2u);
    EXPECT_EQ(machine.stages[0].gain, 3.0);
    EXPECT_EQ(machine.stages[1].name, "two");
}

TEST(Reader, OptionalFieldsKeepTheirValues) {
    Machine defaults;
    defaults.label = "kept";
    defaults.levels = {7.0};
    const Machine machine = read_config(Document::parse(minimal_machine, "m.yaml"), defaults);
    EXPECT_EQ(machine.label, "kept");
    EXPECT_THAT(machine.levels, ElementsAre(7.0));
    EXPECT_EQ(machine.scale, 0.5);
    EXPECT_FALSE(machine.spare.has_value());
}

TEST(Reader, NullMeansThatAnOptionalIsAbsent) {
    EXPECT_FALSE(machine_from("spare: null\n").spare.has_value());
    EXPECT_FALSE(machine_from("spare:\n").spare.has_value());
}

TEST(Reader, EmptyListAndText) {
    const Machine machine = machine_from("levels: []\nlabel: ''\nweights: ''\n");
    EXPECT_TRUE(machine.levels.empty());
    EXPECT_EQ(machine.label, "");
    EXPECT_EQ(machine.weights, "");
}

TEST(Reader, ReadsOneSection) {
    const std::string text = "other: 1\nchip:\n  adc:\n    bits: 8\n    energy: 2 pJ\n";
    const Document document = Document::parse(text, "chip.yaml");
    const Adc adc = read_config<Adc>(document.section("chip").section("adc"));
    EXPECT_EQ(adc.bits, 8);
    EXPECT_EQ(read_config<Adc>(document.section("chip.adc")).energy.si(), 2e-12);
    EXPECT_TRUE(document.has("chip.adc"));
    EXPECT_FALSE(document.has("chip.dac"));
}

TEST(Reader, MessagesOfASectionKeepTheWholePath) {
    const Document document = Document::parse("chip:\n  adc: {bits: 99, energy: 2 pJ}\n", "chip.yaml");
    try {
        read_config<Adc>(document.section("chip.adc"));
        FAIL() << "99 bits were accepted";
    } catch (const ConfigError& error) {
        EXPECT_STREQ(error.what(), "chip.yaml:2:15: error: chip.adc.bits: is 99 but must be 1 to 16");
    }
    EXPECT_THROW(document.section("chip.dac"), ConfigError);
}

TEST(CheckConfig, ReturnsFaultsAndThrowsForAMissingFile) {
    const std::string folder = REMASK_TEST_DIR "/bad/";
    EXPECT_EQ(check_config<Machine>(folder + "several_errors.yaml").size(), 5u);
    EXPECT_TRUE(check_config<Machine>(folder + "library/base.yaml").empty());
    EXPECT_THROW(check_config<Machine>(folder + "nowhere.yaml"), InputError);
}

}  // namespace
}  // namespace remask
