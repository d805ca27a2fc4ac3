#include "expect_refused.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.h"

namespace remask::test {

void expect_refused(const std::string& text, int exit_code, const std::vector<std::string>& messages,
                    const std::vector<std::string>& options) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", text);
    std::vector<std::string> words{"run", yaml, "--out", (scratch.path() / "out").string(), "--quiet"};
    words.insert(words.end(), options.begin(), options.end());
    const ProgramRun run = run_program(words);
    EXPECT_EQ(run.exit_code, exit_code) << run.standard_error;
    for (const std::string& message : messages) EXPECT_THAT(run.standard_error, testing::HasSubstr(message));
    EXPECT_EQ(run.standard_output, "");
    for (const std::string& file : files_below(scratch.path())) {
        EXPECT_EQ(file, "e.yaml") << "was left";
    }
}

}  // namespace remask::test
