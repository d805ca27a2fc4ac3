// Are the documents true today? The reference pages are the program's own, and every shipped config is sound.
#include <gtest/gtest.h>

#include "program.h"
#include "sim/base/files.h"

namespace remask::test {
namespace {

namespace fs = std::filesystem;

TEST(Docs, ReferencePagesAreTheFieldLists) {
    for (const std::string what : {"experiment", "sweep", "backbone", "hardware"}) {
        const ProgramRun run = run_program({"docs", what});
        EXPECT_EQ(run.exit_code, 0);
        EXPECT_EQ(run.standard_output, read_file(fs::path(REMASK_SOURCE_DIR) / "docs" / "reference" / (what + ".md")))
            << "make it anew: remask docs " << what << " > docs/reference/" << what << ".md";
    }
}

TEST(Docs, EveryShippedConfigIsSound) {
    int checked = 0;
    for (const char* folder : {"experiments", "hw_configs"}) {
        for (const std::string& file : files_below(fs::path(REMASK_SOURCE_DIR) / folder)) {
            if (!file.ends_with(".yaml")) continue;
            const ProgramRun run = run_program({"check", (fs::path(REMASK_SOURCE_DIR) / folder / file).string()});
            EXPECT_EQ(run.exit_code, 0) << run.standard_error;
            ++checked;
        }
    }
    EXPECT_GE(checked, 8);
}

TEST(Docs, EveryCommandExplainsItself) {
    for (const char* command :
         {"run", "sweep", "estimate", "map", "train", "mvm", "peak", "check", "import", "list", "info", "docs"}) {
        const ProgramRun run = run_program({command, "--help"});
        EXPECT_EQ(run.exit_code, 0) << command;
        for (const char* option : {"--help", "--quiet", "--json"}) {
            EXPECT_NE(run.standard_output.find(option), std::string::npos) << command;
        }
        EXPECT_NE(run_program({"--help"}).standard_output.find(std::string("\n  ") + command + " "), std::string::npos);
    }
    EXPECT_EQ(run_program({"info", "--json"}).exit_code, 0);
    for (const char* what : {"hardware", "methods", "models", "datasets"}) {
        EXPECT_EQ(run_program({"list", what, "--json"}).exit_code, 0) << what;
    }
}

}  // namespace
}  // namespace remask::test
