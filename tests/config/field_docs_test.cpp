// Is every field documented with its type, unit, range and default?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "machine.h"
#include "sim/config/config.h"

namespace remask {
namespace {

FieldDoc doc_of(const std::string& path) {
    const std::vector<FieldDoc> docs = document_fields<Machine>();
    const auto found = std::find_if(docs.begin(), docs.end(), [&](const FieldDoc& doc) { return doc.path == path; });
    if (found == docs.end()) throw std::runtime_error("no row for " + path);
    return *found;
}

TEST(FieldDocs, OneRowAField) {
    std::vector<std::string> paths;
    for (const FieldDoc& doc : document_fields<Machine>()) paths.push_back(doc.path);
    EXPECT_THAT(paths, testing::ElementsAre("rows", "active_rows", "seed", "verbose", "scale", "pulse", "mode", "label",
                                            "weights", "levels", "table", "adc", "adc.bits", "adc.energy", "adc.clock",
                                            "spare", "spare.bits", "spare.energy", "spare.clock", "stages",
                                            "stages[].name", "stages[].gain"));
}

TEST(FieldDocs, RequiredAndOptional) {
    EXPECT_TRUE(doc_of("rows").required);
    EXPECT_EQ(doc_of("rows").default_value, "");
    EXPECT_FALSE(doc_of("scale").required);
    EXPECT_EQ(doc_of("scale").default_value, "0.5");
    EXPECT_FALSE(doc_of("spare").required);
    EXPECT_TRUE(doc_of("spare.bits").required);
    EXPECT_FALSE(doc_of("adc.clock").required);
    EXPECT_TRUE(doc_of("stages[].name").required);
    EXPECT_EQ(doc_of("stages[].gain").default_value, "1");
    EXPECT_EQ(doc_of("levels").default_value, "[0, 1]");
}

TEST(FieldDocs, TypesRangesAndUnits) {
    EXPECT_EQ(doc_of("rows").type, "whole number");
    EXPECT_EQ(doc_of("rows").range, "1 to 1024");
    EXPECT_EQ(doc_of("active_rows").range, "at least 0");
    EXPECT_EQ(doc_of("pulse").type, "time");
    EXPECT_EQ(doc_of("pulse").range, "1 ps to 1 ms");
    EXPECT_THAT(doc_of("pulse").unit, testing::HasSubstr("ns, us, ms, s"));
    EXPECT_EQ(doc_of("mode").range, "fast, exact, slow");
    EXPECT_EQ(doc_of("levels").type, "list: number");
    EXPECT_EQ(doc_of("table").type, "map: energy");
    EXPECT_EQ(doc_of("stages").type, "list: section");
}

TEST(FieldDocs, Markdown) {
    FieldDoc doc;
    doc.path = "rows";
    doc.type = "whole number";
    doc.range = "1 to 4";
    doc.default_value = "2";
    doc.doc = "a|b";
    EXPECT_EQ(render_markdown({doc}, "Machine"),
              "## Machine\n\n"
              "| Field | Type | Range, words | Units | Default | Meaning |\n"
              "|---|---|---|---|---|---|\n"
              "| `rows` | whole number | 1 to 4 |  | `2` | a\\|b |\n");
}

}  // namespace
}  // namespace remask
