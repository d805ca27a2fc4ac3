// Are the documents true today? The reference pages are the program's own, and every shipped config is sound.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

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

TEST(Docs, JsonHasTheKeysOfThePage) {
    const ProgramRun page = run_program({"docs", "hardware"});
    const auto keys = nlohmann::json::parse(run_program({"docs", "hardware", "--json"}).standard_output);
    std::string paths_of_page;
    for (std::size_t at = page.standard_output.find("\n| `"); at != std::string::npos;
         at = page.standard_output.find("\n| `", at + 1)) {
        const std::size_t begin = at + 4;
        paths_of_page += page.standard_output.substr(begin, page.standard_output.find('`', begin) - begin) + "\n";
    }
    std::string paths;
    for (const auto& key : keys) paths += key.at("path").get<std::string>() + "\n";
    EXPECT_EQ(paths, paths_of_page);

    const auto slice_bits = std::find_if(keys.begin(), keys.end(),
                                         [](const auto& key) { return key.at("path") == "crossbar.adc_slice_bits"; });
    ASSERT_NE(slice_bits, keys.end());
    EXPECT_EQ(slice_bits->at("type"), "list: whole number");
    EXPECT_EQ(slice_bits->at("range"), "1 to 16");
    EXPECT_EQ(slice_bits->at("default"), "[]");
    EXPECT_EQ(slice_bits->at("required"), false);
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
    for (const char* command : {"run", "sweep", "estimate", "map", "train", "mvm", "peak", "check", "import", "list",
                                "info", "docs", "report"}) {
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
