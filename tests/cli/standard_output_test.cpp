// Does a result that can't be written to standard output fail, and a reader that has had enough not?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "program.h"
#include "sim/base/files.h"

namespace remask::test {
namespace {

TEST(StandardOutput, ThatIsFullIsAFailure) {
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"docs", "experiment"}, {"list", "methods"}, {"info", "--json"}, {"--help"}, {"--version"}}) {
        const ProgramRun run = run_program_into("/dev/full", words);
        EXPECT_EQ(run.exit_code, 1) << words.front();
        EXPECT_THAT(run.standard_error, testing::HasSubstr("standard output can't be written")) << words.front();
    }
}

TEST(StandardOutput, ThatNobodyReadsToItsEndIsNone) {
    const ScratchFolder scratch;
    const std::string said = (scratch.path() / "said").string();
    // ':' is gone when remask begins to write
    const std::string command =
        "{ sleep 0.3; " REMASK_PROGRAM " docs experiment 2> " + said + "; echo \"code $?\" >> " + said + "; } | :";
    ASSERT_EQ(std::system(command.c_str()), 0);
    EXPECT_EQ(read_file(said), "code 0\n");
}

}  // namespace
}  // namespace remask::test
