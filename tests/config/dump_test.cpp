// Does resolved.yaml hold every value with its origin, and give the same values bit for bit when it is read again?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "machine.h"
#include "sim/base/random.h"
#include "sim/config/config.h"

namespace remask {
namespace {

using testing::HasSubstr;

TEST(Resolved, NamesTheOriginOfEveryValue) {
    Document document = Document::parse(std::string(minimal_machine) + "levels: [2]\ntable: {read: 3 fJ}\n", "m.yaml");
    document.set("active_rows=16");
    EXPECT_EQ(resolved_yaml(read_config<Machine>(document), document),
              "rows: 128  # m.yaml:1\n"
              "active_rows: 16  # --set\n"
              "seed: 1  # default\n"
              "verbose: false  # default\n"
              "scale: 0.5  # default\n"
              "pulse: 10 ns  # m.yaml:2\n"
              "mode: exact  # m.yaml:3\n"
              "label: machine  # default\n"
              "weights: \"\"  # default\n"
              "levels:\n"
              "  - 2  # m.yaml:5\n"
              "table:\n"
              "  read: 3 fJ  # m.yaml:6\n"
              "adc:\n"
              "  bits: 8  # m.yaml:4\n"
              "  energy: 2 pJ  # m.yaml:4\n"
              "stages: []  # default\n");
}

Machine random_machine(RandomStream& random) {
    const auto real = [&] { return std::ldexp(random.uniform(), -static_cast<int>(random.below(40))); };
    Machine machine;
    machine.rows = 1 + static_cast<int>(random.below(1024));
    machine.active_rows = static_cast<int>(random.below(static_cast<std::uint64_t>(machine.rows)));
    machine.seed = random.bits() >> 1;
    machine.verbose = random.below(2) == 1;
    machine.scale = real();
    machine.pulse = Time::from_si(1e-12 + real() * 1e-4);
    machine.mode = static_cast<Mode>(random.below(3));
    const std::string names[] = {"",     "true", "10", "a: b # c", "\"quoted\" \\ back", "line\nbreak\ttab",
                                 "null", "- x",  "µ",  "plain"};
    machine.label = names[random.below(std::size(names))];
    machine.weights = "/some folder/" + std::to_string(random.below(9)) + ".h5";
    machine.levels.assign(random.below(4), 0.0);
    for (double& level : machine.levels) level = real();
    for (std::uint64_t i = 0; i < random.below(3); ++i)
        machine.table["act ion." + std::to_string(i)] = Energy::from_si(real());
    machine.adc = {1 + static_cast<int>(random.below(16)), Energy::from_si(real() * 1e-12), std::nullopt};
    if (random.below(2) == 1) machine.spare = Adc{3, Energy::from_si(real()), Frequency::from_si(real() * 1e9)};
    machine.stages.resize(random.below(3));
    for (Stage& stage : machine.stages) stage = {names[random.below(std::size(names))], real() * 100.0};
    return machine;
}

bool same(const Adc& a, const Adc& b) {
    return a.bits == b.bits && a.energy == b.energy && a.clock == b.clock;
}

void expect_same(const Machine& a, const Machine& b) {
    EXPECT_EQ(a.rows, b.rows);
    EXPECT_EQ(a.active_rows, b.active_rows);
    EXPECT_EQ(a.seed, b.seed);
    EXPECT_EQ(a.verbose, b.verbose);
    EXPECT_EQ(a.scale, b.scale);
    EXPECT_EQ(a.pulse.si(), b.pulse.si());
    EXPECT_EQ(a.mode, b.mode);
    EXPECT_EQ(a.label, b.label);
    EXPECT_EQ(a.weights, b.weights);
    EXPECT_EQ(a.levels, b.levels);
    EXPECT_TRUE(a.table == b.table);
    EXPECT_TRUE(same(a.adc, b.adc));
    ASSERT_EQ(a.spare.has_value(), b.spare.has_value());
    if (a.spare) {
        EXPECT_TRUE(same(*a.spare, *b.spare));
    }
    ASSERT_EQ(a.stages.size(), b.stages.size());
    for (std::size_t i = 0; i < a.stages.size(); ++i) {
        EXPECT_EQ(a.stages[i].name, b.stages[i].name);
        EXPECT_EQ(a.stages[i].gain, b.stages[i].gain);
    }
}

TEST(Resolved, ReadAgainGivesTheSameValuesBitForBit) {
    RandomStream random(3, "machines");
    for (int i = 0; i < 300; ++i) {
        const Machine machine = random_machine(random);
        // The struct is dumped as if given whole: nothing of it is an absent section.
        const std::string yaml = resolved_yaml(machine, Document::parse("spare: {}\nadc: {}\n", "none.yaml"));
        SCOPED_TRACE(yaml);
        expect_same(read_config<Machine>(Document::parse(yaml, "resolved.yaml")), machine);
        if (HasFailure()) return;
    }
}

struct Inner {
    double needed = std::numeric_limits<double>::quiet_NaN();
    int other = 4;
};
struct Shell {
    Inner core;
};
struct Outer {
    Inner inner;
    Shell shell;
    double unset = std::numeric_limits<double>::quiet_NaN();
};
void describe(Fields& fields, Inner& inner) {
    fields.field("needed", inner.needed, {.doc = "has no default"});
    fields.field("other", inner.other, {.doc = "has one", .optional = true});
}
void describe(Fields& fields, Shell& shell) {
    fields.field("core", shell.core, {.doc = "must be given if the shell is"});
}
void describe(Fields& fields, Outer& outer) {
    fields.field("shell", outer.shell, {.doc = "as a whole it may be left out", .optional = true});
    fields.field("inner", outer.inner, {.doc = "a section that may be left out", .optional = true});
    fields.field("unset", outer.unset, {.doc = "may be left out", .optional = true});
}

TEST(Resolved, WhatHasNoValueIsLeftOut) {
    const Document none = Document::parse("", "f.yaml");
    EXPECT_EQ(resolved_yaml(read_config<Outer>(none), none), "{}\n");
    const Document given = Document::parse("inner: {needed: 2}\n", "f.yaml");
    EXPECT_EQ(resolved_yaml(read_config<Outer>(given), given),
              "inner:\n  needed: 2  # f.yaml:1\n  other: 4  # default\n");
}

TEST(Resolved, PathsAreAbsolute) {
    const Document document = Document::parse(std::string(minimal_machine) + "weights: w.h5\n", "deep/m.yaml");
    const auto expected = std::filesystem::current_path() / "deep/w.h5";
    EXPECT_THAT(resolved_yaml(read_config<Machine>(document), document), HasSubstr(expected.string()));
}

}  // namespace
}  // namespace remask
