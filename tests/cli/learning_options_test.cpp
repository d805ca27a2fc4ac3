// Are options of learning that would mean nothing refused, each at its line?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.h"
#include "small_experiment.h"

namespace remask::test {
namespace {

using testing::HasSubstr;

std::string check(const std::string& text) {
    const ScratchFolder scratch;
    const ProgramRun run = run_program({"check", scratch.write("e.yaml", text)});
    EXPECT_EQ(run.exit_code, run.standard_error.empty() ? 0 : 2);
    return run.standard_error;
}

TEST(BadLearning, NesterovsMomentumWithoutMomentum) {
    const std::string said = "error: methods.0.nesterov: means nothing without momentum";
    EXPECT_THAT(check(small_experiment("[{method: sparcl, nesterov: true}]")), HasSubstr("e.yaml:15:38: " + said));
    EXPECT_THAT(check(small_experiment("[{method: finetune, nesterov: true, momentum: 0}]")), HasSubstr(said));
    EXPECT_EQ(check(small_experiment("[{method: sparcl, nesterov: true, momentum: 0.5}]")), "");
    EXPECT_EQ(check(small_experiment("[{method: finetune, nesterov: true}]")), "");
    EXPECT_EQ(check(small_experiment("[{method: cpg, momentum: 0}]")), "");  // the recipe's nesterov is not asked for
}

TEST(BadLearning, NesterovsMomentumOfABackbone) {
    const std::string backbone =
        "name: b\nnetwork: {architecture: resnet8, channels: 1, height: 8, width_pixels: 8}\ndata: {dataset: "
        "digits}\ntraining: {nesterov: true";
    const std::string said = "e.yaml:4:22: error: training.nesterov: means nothing without the momentum of sgd";
    EXPECT_THAT(check(backbone + ", momentum: 0}\n"), HasSubstr(said));
    EXPECT_THAT(check(backbone + ", optimizer: adam}\n"), HasSubstr(said));
    EXPECT_EQ(check(backbone + "}\n"), "");
}

}  // namespace
}  // namespace remask::test
