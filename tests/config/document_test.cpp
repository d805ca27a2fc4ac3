// Does the tree hold what was written, with its places? What does --set change?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "machine.h"
#include "sim/config/config.h"

namespace remask {
namespace {

using testing::ElementsAre;

TEST(Document, PlacesCountFromOne) {
    const Document document = Document::parse("a: 1\nb:\n  - x\n  - key: value\n", "f.yaml");
    const Node* value = find_path(document.root(), "b.1.key");
    ASSERT_NE(value, nullptr);
    EXPECT_EQ(value->text, "value");
    EXPECT_EQ(value->location.file, "f.yaml");
    EXPECT_EQ(value->location.line, 4);
    EXPECT_EQ(value->location.column, 10);
    EXPECT_EQ(document.root().find("b")->key_location.line, 2);
    EXPECT_EQ(document.root().find("b")->key_location.column, 1);
}

TEST(Document, QuotesAreRemembered) {
    const Document document = Document::parse("a: '1'\nb: 1\nc: \"1\"\nd: |\n  1\n", "f.yaml");
    EXPECT_TRUE(find_path(document.root(), "a")->quoted);
    EXPECT_FALSE(find_path(document.root(), "b")->quoted);
    EXPECT_TRUE(find_path(document.root(), "c")->quoted);
    EXPECT_TRUE(find_path(document.root(), "d")->quoted);
}

TEST(Document, EmptyFileIsAnEmptyMap) {
    for (const char* text : {"", "\n", "# only a comment\n", "---\n"}) {
        const Document document = Document::parse(text, "f.yaml");
        EXPECT_EQ(document.root().kind, Node::Kind::map) << text;
        EXPECT_TRUE(document.root().entries.empty()) << text;
    }
}

TEST(Document, KeysMayHoldDots) {
    const Document document = Document::parse("table: {adc.convert: 2 pJ, adc: {read: 1 pJ}}\n", "f.yaml");
    EXPECT_EQ(find_path(document.root(), "table.adc.convert")->text, "2 pJ");
    EXPECT_EQ(find_path(document.root(), "table.adc.read")->text, "1 pJ");
    EXPECT_EQ(find_path(document.root(), "table.dac"), nullptr);
}

TEST(Set, ReplacesAndAdds) {
    Document document = Document::parse(std::string(minimal_machine) + "stages: [{name: a}, {name: b}]\n", "m.yaml");
    document.set("rows", "64");
    document.set("adc.clock=1 GHz");
    document.set("stages.1.gain=2.5");
    document.set("levels", "[1, 2, 3]");
    document.set("spare.bits=3");
    document.set("spare.energy=1 pJ");
    document.set("label=a=b");
    const auto machine = read_config<Machine>(document);
    EXPECT_EQ(machine.rows, 64);
    EXPECT_EQ(machine.adc.clock->si(), 1e9);
    EXPECT_EQ(machine.adc.bits, 8);
    EXPECT_EQ(machine.stages[0].gain, 1.0);
    EXPECT_EQ(machine.stages[1].gain, 2.5);
    EXPECT_THAT(machine.levels, ElementsAre(1.0, 2.0, 3.0));
    EXPECT_EQ(machine.spare->bits, 3);
    EXPECT_EQ(machine.label, "a=b");
}

TEST(Set, AMapReplacesTheWholeMap) {
    Document document = Document::parse(minimal_machine, "m.yaml");
    document.set("adc={bits: 4}");
    EXPECT_EQ(document.section("adc").root().entries.size(), 1u);
}

TEST(Set, ReachesKeysWithDots) {
    Document document = Document::parse(std::string(minimal_machine) + "table: {adc.convert: 2 pJ}\n", "m.yaml");
    document.set("table.adc.convert=3 pJ");
    const auto machine = read_config<Machine>(document);
    ASSERT_EQ(machine.table.size(), 1u);
    EXPECT_EQ(machine.table.at("adc.convert").si(), 3e-12);
}

TEST(Set, ARefusedValueChangesNothing) {
    Document document = Document::parse(minimal_machine, "m.yaml");
    EXPECT_THROW(document.set("new.part.of.=1"), ConfigError);
    EXPECT_FALSE(document.has("new"));
}

TEST(Sources, AValueMayNameItsSource) {
    const Document document =
        Document::parse("a: {value: 2 pJ, source: paper}\nlist: [{source: \"x: y\", value: 3}]\nb: 1\n", "f.yaml");
    EXPECT_EQ(document.root().find("a")->value.text, "2 pJ");
    const std::map<std::string, std::string> sources{{"a", "paper"}, {"list.0", "x: y"}};
    EXPECT_EQ(document.sources(), sources);
}

TEST(Sources, ANewValueHasNotTheOldOnesSource) {
    Document document = Document::parse("a: {value: 2 pJ, source: paper}\n", "f.yaml");
    document.set("a=3 pJ");
    EXPECT_EQ(document.root().find("a")->value.text, "3 pJ");
    EXPECT_TRUE(document.sources().empty());
}

TEST(Sources, MapsWithOtherKeysStayMaps) {
    const Document document =
        Document::parse("a: {value: 2, source: paper, per: tile}\nb: {value: [1], source: x}\n", "f");
    EXPECT_EQ(document.root().find("a")->value.kind, Node::Kind::map);
    EXPECT_EQ(document.root().find("b")->value.kind, Node::Kind::map);
}

}  // namespace
}  // namespace remask
