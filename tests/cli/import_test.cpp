// Does a network from an ONNX file serve as a backbone, and does `import` say what it lacks?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/network/model_file.h"
#include "program.h"
#include "results.h"
#include "sim/base/files.h"

namespace remask::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string residual = std::string(REMASK_SOURCE_DIR) + "/tests/unit/onnx/networks/residual.onnx";

TEST(Import, OnnxNetworkLearnsATask) {
    const ScratchFolder scratch;
    const std::string model = (scratch.path() / "residual.h5").string();
    const ProgramRun imported =
        run_program({"import", residual, "--out", model, "--mean", "0.5", "--deviation", "0.25,0.25,0.5", "--json"});
    ASSERT_EQ(imported.exit_code, 0) << imported.standard_error;
    const Json said = Json::parse(imported.standard_output);
    EXPECT_EQ(said["network"], "residual");
    EXPECT_EQ(said["classes"], 5);
    EXPECT_TRUE(said["notes"].empty());
    EXPECT_THAT(load_model(model).network.normalisation.deviation, ElementsAre(0.25f, 0.25f, 0.5f));

    const std::string yaml =
        scratch.write("e.yaml",
                      "name: e\nbackbone: {model: residual.h5}\nhardware: {extends: isaac.yaml}\n"
                      "tasks: [{name: digits, data: {dataset: digits, train_limit: 64, test_limit: 32}}]\n"
                      "methods: [{method: xbm, epochs: 1}]\n");
    const ProgramRun run = run_program({"run", yaml, "--out", (scratch.path() / "out").string(), "--quiet"});
    ASSERT_EQ(run.exit_code, 0) << run.standard_error;
    EXPECT_EQ(results_of(scratch.path() / "out")["tasks"].size(), 1U);
}

TEST(Import, OnnxWithoutNormalisationIsSaid) {
    const ScratchFolder scratch;
    const ProgramRun run = run_program({"import", residual, "--out", (scratch.path() / "m.h5").string()});
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_THAT(run.standard_error, HasSubstr("images are given to it as bytes / 255"));
}

TEST(Import, OptionsThatDoNotFitAreRefused) {
    const ScratchFolder scratch;
    const std::string out = (scratch.path() / "m.h5").string();
    const auto refusal = [&](const std::string& file, const std::string& option, const std::string& value) {
        const ProgramRun run = run_program({"import", file, "--out", out, "--" + option, value});
        EXPECT_EQ(run.exit_code, 2) << option << " " << value;
        EXPECT_FALSE(std::filesystem::exists(out));
        return run.standard_error;
    };
    EXPECT_THAT(refusal(residual, "mean", "0.5,x"), HasSubstr("--mean takes numbers"));
    EXPECT_THAT(refusal(residual, "mean", "0.5,"), HasSubstr("--mean takes numbers"));
    EXPECT_THAT(refusal(residual, "mean", "nan"), HasSubstr("--mean takes numbers"));
    EXPECT_THAT(refusal(residual, "divisor", "1,2"), HasSubstr("--divisor takes one number"));
    EXPECT_THAT(refusal(residual, "divisor", "0"), HasSubstr("must be positive"));
    EXPECT_THAT(refusal(residual, "input", "8x8"), HasSubstr("--input takes channels x height x width"));
    EXPECT_THAT(refusal(residual, "input", "3x8x9"), HasSubstr("contradicts"));
    EXPECT_THAT(refusal(residual, "architecture", "resnet20"), HasSubstr("ONNX says its network itself"));
    EXPECT_THAT(refusal("weights.safetensors", "mean", "0.5"), HasSubstr("--mean is for ONNX"));
}

TEST(Import, NeverReplacesItsSource) {
    const ScratchFolder scratch;
    const std::string file = (scratch.path() / "net.ONNX").string();
    std::filesystem::copy_file(residual, file);
    const ProgramRun run = run_program({"import", file, "--out", file});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_THAT(run.standard_error, HasSubstr("would be lost"));
    EXPECT_EQ(read_file(file), read_file(residual));
}

}  // namespace
}  // namespace remask::test
