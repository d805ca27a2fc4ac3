// Are missing and damaged input files, and outputs that can't be written, refused, and is nothing left half-written?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "expect_refused.h"
#include "models/network/model_file.h"
#include "program.h"
#include "sim/base/files.h"
#include "sim/storage/hdf5_file.h"
#include "small_experiment.h"

namespace remask::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const char* const xbm = "[{method: xbm, epochs: 1}]";

TEST(BadInput, MissingFiles) {
    const ProgramRun run = run_program({"run", "/nowhere/e.yaml"});
    EXPECT_EQ(run.exit_code, 3);
    EXPECT_THAT(run.standard_error, HasSubstr("/nowhere/e.yaml"));
    expect_refused(small_experiment(xbm, "", "/nowhere/backbone.h5"), 3,
                   {"e.yaml:4:10: error: backbone.model: /nowhere/backbone.h5"});
    expect_refused(small_experiment(xbm), 3, {"/nowhere"}, {"--data", "/nowhere"});
}

/// Runs the small experiment with a model file that `damage` has changed.
void expect_model_refused(const std::function<void(const std::string& file)>& damage,
                          const std::vector<std::string>& messages) {
    const ScratchFolder models;
    const std::string file = (models.path() / "model.h5").string();
    fs::copy_file(small_backbone(), file);
    damage(file);
    expect_refused(small_experiment(xbm, "", file), 3, messages);
}

TEST(BadInput, TruncatedModel) {
    expect_model_refused([](const std::string& file) { fs::resize_file(file, fs::file_size(file) / 2); }, {"model.h5"});
    expect_model_refused([](const std::string& file) { fs::resize_file(file, 0); }, {"model.h5"});
}

TEST(BadInput, NotAModel) {
    expect_model_refused(
        [](const std::string& file) {
            Hdf5Writer writer(file);
            writer.write_scalar<double>("/x", 1.0);
            writer.commit();
        },
        {"model.h5"});
}

/// Writes the model again with one parameter changed; save_model() itself would refuse what these tests need.
void change_parameter(const std::string& file, const std::function<void(Tensor& tensor)>& change) {
    const Model model = load_model(file);
    const Hdf5Reader reader(file);
    Hdf5Writer writer(file);
    for (const char* text : {"/format", "/network", "/class_names", "/provenance"}) {
        writer.write_text(text, reader.read_text(text));
    }
    writer.write_scalar<std::int64_t>("/format_version", reader.read<std::int64_t>("/format_version")[0]);
    for (auto [name, tensor] : model.parameters) {
        if (name == model.parameters.begin()->first) change(tensor);
        writer.write<float>("/parameters/" + name, tensor.shape, tensor.values);
    }
    writer.commit();
}

TEST(BadInput, ModelWithAWrongShape) {
    expect_model_refused(
        [](const std::string& file) {
            change_parameter(file, [](Tensor& tensor) { tensor.shape = {1, tensor.size()}; });
        },
        {"model.h5", "shape"});
}

TEST(BadInput, ModelWithWeightsThatAreNoNumbers) {
    for (const float value : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        expect_model_refused(
            [value](const std::string& file) {
                change_parameter(file, [value](Tensor& tensor) { tensor.values[0] = value; });
            },
            {"model.h5", "finite"});
    }
}

/// The small experiment on CIFAR-10 files in a folder of the test's own.
std::string cifar_experiment() {
    std::string text = small_experiment(xbm);
    const std::string old = "data: {dataset: digits, classes: [5, 6], train_limit: 80, test_limit: 30}";
    return text.replace(text.find(old), old.size(), "data: {dataset: cifar10}");
}

TEST(BadInput, TruncatedCifarFile) {
    const ScratchFolder data;
    for (int batch = 1; batch <= 5; ++batch) {
        data.write("cifar10/data_batch_" + std::to_string(batch) + ".bin", std::string(3073, '\1'));
    }
    data.write("cifar10/test_batch.bin", std::string(3073 + 100, '\1'));
    expect_refused(cifar_experiment(), 3, {"test_batch.bin"}, {"--data", data.path().string()});
}

TEST(BadInput, CifarLabelOutOfRange) {
    const ScratchFolder data;
    for (int batch = 1; batch <= 5; ++batch) {
        data.write("cifar10/data_batch_" + std::to_string(batch) + ".bin", std::string(3073, '\13'));
    }
    data.write("cifar10/test_batch.bin", std::string(3073, '\1'));
    expect_refused(cifar_experiment(), 3, {"data_batch_1.bin", "label", "11"}, {"--data", data.path().string()});
}

TEST(BadInput, TruncatedIdxFile) {
    const ScratchFolder data;
    for (const char* part : {"train", "t10k"}) {
        data.write(std::string("mnist/") + part + "-images-idx3-ubyte",
                   std::string("\0\0\10\3\0\0\0\2\0\0\0\34\0\0\0\34", 16) + std::string(1000, '\1'));
        data.write(std::string("mnist/") + part + "-labels-idx1-ubyte", std::string("\0\0\10\1\0\0\0\2\1\2", 10));
    }
    std::string text = small_experiment(xbm);
    const std::string old = "data: {dataset: digits, classes: [5, 6], train_limit: 80, test_limit: 30}";
    text.replace(text.find(old), old.size(), "data: {dataset: mnist}");
    expect_refused(text, 3, {"idx3-ubyte"}, {"--data", data.path().string()});
}

TEST(BadOutput, AModelFileThatCannotBeWrittenIsFoundBeforeTraining) {
    const ScratchFolder scratch;
    const std::string yaml = std::string(REMASK_SOURCE_DIR) + "/experiments/quickstart/backbone.yaml";
    const ProgramRun run = run_program({"train", yaml, "--out", (scratch.path() / "none" / "m.h5").string()});
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_THAT(run.standard_error, HasSubstr("no folder"));
}

TEST(BadOutput, FolderThatCannotBeWritten) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", small_experiment(xbm));
    const std::string file = scratch.write("file", "kept");
    const ProgramRun run = run_program({"run", yaml, "--out", file + "/out"});
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_THAT(run.standard_error, HasSubstr(file + "/out"));
    EXPECT_EQ(read_file(file), "kept");
    EXPECT_EQ(run_program({"import", yaml}).exit_code, 2);
    EXPECT_EQ(run_program({"train", "/nowhere.yaml"}).exit_code, 3);
}

TEST(BadOutput, ATraceIsAFileOfItsOwn) {
    const ScratchFolder scratch;
    const std::string yaml = scratch.write("e.yaml", small_experiment(xbm, "assume: {masked_share: 0.5}\n"));
    const std::string out = (scratch.path() / "out").string();
    const fs::path link = scratch.path() / "link.json";
    fs::create_symlink(scratch.path() / "nowhere.json", link);
    const std::vector<std::pair<std::string, std::pair<int, std::string>>> cases{
        {out, {2, "--trace " + out + ": this is the folder of the results"}},
        {out + "/", {2, "this is a folder; name a file"}},
        {"/dev/stdout", {2, "--trace /dev/stdout: what is printed goes there"}},
        {link.string(), {1, "link.json: --trace: this is a link to a file that is not there"}},
        {out + "/none/x.json", {1, "--trace " + out + "/none/x.json: there is no folder " + out + "/none"}}};
    for (const auto& [trace, expected] : cases) {
        for (const char* command : {"run", "estimate"}) {
            const ProgramRun run = run_program({command, yaml, "--out", out, "--quiet", "--json", "--trace", trace});
            EXPECT_EQ(run.exit_code, expected.first) << command << " " << trace;
            EXPECT_THAT(run.standard_error, HasSubstr(expected.second));
            EXPECT_EQ(run.standard_output, "") << trace;
            EXPECT_FALSE(fs::exists(out)) << trace;
        }
    }
    EXPECT_TRUE(fs::is_symlink(link));
}

/// Whatever a script passes, the experiment and other files stay, and faults show before the work.
TEST(BadOutput, ExportsThatCannotBeWrittenOrWouldOverwrite) {
    const ScratchFolder scratch;
    const std::string text = small_experiment(xbm, "assume: {masked_share: 0.5}\n");
    const std::string yaml = scratch.write("e.yaml", text);
    const std::string file = scratch.write("file", "kept");
    const fs::path out = scratch.path() / "out";
    const auto end = [&](const std::string& command, const std::string& option, const std::string& value) {
        return run_program({command, yaml, "--out", out.string(), "--quiet", option, value}).exit_code;
    };
    for (const std::string command : {"run", "estimate"}) {
        EXPECT_EQ(end(command, "--trace", yaml), 2);
        EXPECT_EQ(end(command, "--trace", (out / "results.json").string()), 2);
        EXPECT_EQ(end(command, "--trace", file + "/trace.json"), 1);
        EXPECT_EQ(end(command, "--trace", scratch.path().string()), 1);
        EXPECT_EQ(end(command, "--export-accelergy", file), 1);
        EXPECT_FALSE(fs::exists(out)) << command;
    }
    EXPECT_EQ(end("run", "--store", file), 1);
    EXPECT_FALSE(fs::exists(out));
    EXPECT_EQ(read_file(yaml), text);
    EXPECT_EQ(read_file(file), "kept");
    EXPECT_EQ(end("estimate", "--trace", (out / "trace.json").string()), 0)
        << "a file of its own in the results' folder";
}

}  // namespace
}  // namespace remask::test
