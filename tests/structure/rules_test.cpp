// Every rule refuses a bad sample and accepts a good one: a rule that sees nothing would pass on any repository.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/structure/dependency_rules.h"
#include "tests/structure/text_rules.h"

namespace remask::structure {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

SourceFile sample(const std::string& path, const std::string& text) {
    return {path, path.substr(0, path.find_last_of('/')), text};
}

TEST(IncludeRule, RefusesAFolderThatMustNotBeKnown) {
    EXPECT_THAT(check_includes(sample("sim/energy/a.cpp", "\n#include \"models/network/network.h\"\n")),
                ElementsAre("sim/energy/a.cpp:2: sim/energy must not use models/network"));
    EXPECT_THAT(check_includes(sample("mapping/a.cpp", "#include \"models/methods/method.h\"\n")),
                ElementsAre("mapping/a.cpp:1: mapping must not use models/methods"));
    EXPECT_THAT(check_includes(sample("sim/base/a.h", "#include \"sim/config/reader.h\"\n")),
                ElementsAre(HasSubstr("sim/base must not use sim/config")));
}

TEST(IncludeRule, AcceptsWhatTheTableAllows) {
    EXPECT_THAT(check_includes(sample("sim/energy/a.cpp",
                                      "#include <vector>\n#include \"sim/events/counts.h\"\n"
                                      "#include \"sim/energy/table.h\"\n")),
                IsEmpty());
    EXPECT_THAT(check_includes(sample("tests/unit/x/a.cpp", "#include <hdf5.h>\n#include \"sim/app/run.h\"\n")),
                IsEmpty());
}

TEST(IncludeRule, RefusesPathsNotFromTheRoot) {
    EXPECT_THAT(check_includes(sample("sim/energy/a.cpp", "#include \"table.h\"\n")), SizeIs(1));
    EXPECT_THAT(check_includes(sample("sim/energy/a.cpp", "#include \"../events/counts.h\"\n")), SizeIs(1));
    EXPECT_THAT(check_includes(sample("sim/energy/a.cpp", "#include <sim/events/counts.h>\n")), SizeIs(1));
    EXPECT_THAT(check_includes(sample("sim/energy/a.cpp", "#include \"tests/structure/text_rules.h\"\n")), SizeIs(1));
    EXPECT_THAT(check_includes(sample("tests/cli/a.cpp", "#include \"program.h\"\n")), IsEmpty());
    EXPECT_THAT(check_includes(sample("tests/cli/a.cpp", "#include \"../program.h\"\n")), SizeIs(1));
}

TEST(IncludeRule, KeepsHeavyLibrariesInTheirFolderAndOutOfHeaders) {
    EXPECT_THAT(check_includes(sample("sim/hardware/a.cpp", "#include <yaml-cpp/yaml.h>\n")),
                ElementsAre(HasSubstr("yaml-cpp must not be used in sim/hardware")));
    EXPECT_THAT(check_includes(sample("sim/report/a.cpp", "  #  include <hdf5.h>  // arrays\n")),
                ElementsAre(HasSubstr("HDF5 must not be used in sim/report")));
    EXPECT_THAT(check_includes(sample("sim/app/a.h", "#include <boost/program_options.hpp>\n")),
                ElementsAre(HasSubstr("Boost must stay out of headers")));
    EXPECT_THAT(check_includes(sample("sim/storage/a.cpp", "#include <hdf5.h>\n")), IsEmpty());
}

TEST(IncludeRule, OrdersTheRoomsOfTheApplication) {
    EXPECT_THAT(check_includes(sample("sim/app/costing/a.cpp", "#include \"sim/app/run/bench.h\"\n")),
                ElementsAre(HasSubstr("must not use later ones")));
    EXPECT_THAT(check_includes(sample("sim/app/a.cpp", "#include \"sim/app/settings/experiment.h\"\n")),
                ElementsAre(HasSubstr("must not use later ones")));
    EXPECT_THAT(check_includes(sample("sim/app/run/a.cpp", "#include \"sim/app/costing/costing.h\"\n")), IsEmpty());
    EXPECT_THAT(check_includes(sample("sim/app/run/a.cpp", "#include \"sim/app/run/bench.h\"\n")), IsEmpty());
}

TEST(IncludeRule, FindsTheFolderOfAFileInASubfolder) {
    EXPECT_EQ(code_folder_of("sim/app/commands/run.cpp"), "sim/app");
    EXPECT_EQ(code_folder_of("sim/application/run.cpp"), "");
    EXPECT_EQ(code_folder_of("tests/unit/base/a.cpp"), "");
}

TEST(CircleSearch, FindsACircleAndOnlyACircle) {
    EXPECT_EQ(find_circle({{"a", {"b", "c"}}, {"b", {"c"}}, {"c", {}}}), "");
    EXPECT_EQ(find_circle({{"a", {"b"}}, {"b", {"c"}}, {"c", {"b"}}}), "b -> c -> b");
}

TEST(LengthRule, CountsLines) {
    EXPECT_THAT(check_length(sample("sim/base/a.cpp", std::string(too_long_file, '\n'))), IsEmpty());
    EXPECT_THAT(check_length(sample("sim/base/a.cpp", std::string(too_long_file + 1, '\n'))), SizeIs(1));
}

TEST(HeaderRule, WantsACommentAGuardAndNoOpenNamespaces) {
    EXPECT_THAT(check_header(sample("sim/base/a.h", "// What it is.\n#pragma once\n")), IsEmpty());
    EXPECT_THAT(check_header(sample("sim/base/a.h", "#include <vector>\n#pragma once\n")), SizeIs(1));
    EXPECT_THAT(check_header(sample("sim/base/a.h", "// What it is.\nint f();\n")), SizeIs(1));
    EXPECT_THAT(check_header(sample("sim/base/a.h", "// X.\n#pragma once\nusing namespace std;\n")),
                ElementsAre(HasSubstr("sim/base/a.h:3")));
}

TEST(MachinePathRule, RefusesPathsOfOneMachine) {
    const std::string slash = "/";
    EXPECT_THAT(check_machine_paths(sample("docs/a.md", "see " + slash + "home/me/x\n")), SizeIs(1));
    EXPECT_THAT(check_machine_paths(sample("docs/a.md", "\"" + slash + "work/main/x\"\n")), SizeIs(1));
    EXPECT_THAT(check_machine_paths(sample("docs/a.md", "https://example.org/home/page, docs/work/x, /usr/bin\n")),
                IsEmpty());
}

TEST(SilenceRule, RefusesPrintingAndExiting) {
    EXPECT_THAT(check_library_is_silent(sample("sim/base/a.cpp", "std::cout << 1;\n")), SizeIs(1));
    EXPECT_THAT(check_library_is_silent(sample("sim/base/a.cpp", "std::fprintf(stderr, \"x\");\n")), SizeIs(1));
    EXPECT_THAT(check_library_is_silent(sample("sim/base/a.cpp", "if (bad) exit(1);\n")), SizeIs(1));
    EXPECT_THAT(check_library_is_silent(sample("sim/base/a.cpp", "std::snprintf(b, n, \"exit(\");  // exit(1)\n")),
                IsEmpty());
}

TEST(FlagRule, RefusesTheBuildMachinesInstructions) {
    EXPECT_THAT(check_compiler_flags(sample("sim/CMakeLists.txt", "target_compile_options(a PRIVATE -march=native)\n")),
                SizeIs(1));
    EXPECT_THAT(check_compiler_flags(sample("sim/CMakeLists.txt", "# never -march=native\nset(x -ffp-contract=off)\n")),
                IsEmpty());
}

TEST(TypeSearch, FindsDefinitionsNotDeclarationsNorSpecialisations) {
    const auto types = types_defined_in(sample("sim/base/a.h",
                                               "class Declared;\nstruct Point {\n    struct Inner {\n};\n"
                                               "class Line : public Shape {\nenum class Colour { red };\n"
                                               "template <>\nstruct EnumWords<Colour> {\ntemplate <>\nstruct Odd {\n"));
    EXPECT_THAT(types, UnorderedElementsAre(Pair("Point", 2), Pair("Line", 5), Pair("Colour", 6)));
}

TEST(LinkRule, FollowsRelativeLinks) {
    const auto file = sample("docs/a.md",
                             "[b](b.md#part) [root](../README.md) [web](https://example.org) [here](#x)\n"
                             "`[code](nothing.md)`\n```\n[block](nothing.md)\n```\n[gone](c/d.md)\n");
    const auto exists = [](const std::string& path) { return path == "docs/b.md" || path == "README.md"; };
    EXPECT_THAT(check_links(file, exists), ElementsAre("docs/a.md:6: link leads to nothing: docs/c/d.md"));
}

}  // namespace
}  // namespace remask::structure
