// Import of ONNX: files that this test writes itself, sound and damaged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>

#include "models/onnx/onnx_import.h"
#include "onnx_writer.h"
#include "sim/base/diagnostics.h"
#include "sim/base/files.h"

namespace remask {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::OnnxWriter;

class OnnxImport : public ::testing::Test {
protected:
    OnnxImport() {
        file_ = std::filesystem::temp_directory_path() / ("remask_onnx_test_" + std::to_string(getpid()) + ".onnx");
    }
    ~OnnxImport() override { std::filesystem::remove(file_); }

    OnnxModel import(const OnnxWriter& writer, const OnnxOptions& options = {}) const {
        writer.save(file_);
        return import_onnx(file_, options);
    }
    /// The message with which a file, or the options for it, are refused.
    std::string refusal(const OnnxWriter& writer, const OnnxOptions& options = {}) const {
        try {
            import(writer, options);
        } catch (const InputError& error) {
            return error.what();
        } catch (const ConfigError& error) {
            return error.what();
        }
        return "nothing was thrown";
    }

    std::filesystem::path file_;
};

TEST_F(OnnxImport, SamePaddingPutsTheOddPixelAtTheEndOrTheBeginning) {
    for (const std::string side : {"SAME_UPPER", "SAME_LOWER"}) {
        OnnxWriter writer({-1, 2, 4, 4});
        writer.constant("c.weight", {3, 2, 3, 3});
        onnx::NodeProto& convolution = writer.node("Conv", {"image", "c.weight"}, "c");
        OnnxWriter::set(convolution, "strides", std::vector<std::int64_t>{2, 2});
        OnnxWriter::set(convolution, "auto_pad", side);
        writer.end("c", 3);
        const OnnxModel imported = import(writer);
        const Layer& layer = imported.model.network.layers[1];
        // 2 positions at stride 2 with a kernel of 3 take 5 pixels, one more than there are
        EXPECT_EQ(layer.padding.top + layer.padding.left, side == "SAME_LOWER" ? 2 : 0);
        EXPECT_EQ(layer.padding.bottom + layer.padding.right, side == "SAME_UPPER" ? 2 : 0);
        EXPECT_EQ(layer.output, (Shape{3, 2, 2}));
    }
}

TEST_F(OnnxImport, MatMulAndAddAreALinearLayer) {
    OnnxWriter writer({1, 2, 1, 1});
    writer.integers("to", {1, -1});
    writer.node("Reshape", {"image", "to"}, "flat");
    writer.constant("dense/kernel", {2, 3});  // [in, out]: 0.25 … 1.5
    writer.constant("dense/bias", {3}, 8.0f);
    writer.node("MatMul", {"flat", "dense/kernel"}, "product");
    writer.node("Add", {"product", "dense/bias"}, "scores");
    const OnnxModel imported = import(writer);
    ASSERT_EQ(imported.model.network.layers.size(), 2U);
    const std::string name = imported.model.network.layers[1].name;
    EXPECT_THAT(imported.model.parameters.at(name + ".weight").values,
                ElementsAre(0.25f, 1.0f, 0.5f, 1.25f, 0.75f, 1.5f));
    EXPECT_THAT(imported.model.parameters.at(name + ".bias").values, ElementsAre(8.0f, 8.25f, 8.5f));
}

TEST_F(OnnxImport, WeightsInHalfPrecisionAndAsBytes) {
    OnnxWriter writer({-1, 1, 1, 1});
    onnx::TensorProto& half = writer.empty("c.weight", {4, 1, 1, 1}, onnx::TensorProto::FLOAT16);
    for (const int bits : {0x3c00, 0xc000, 0x0001, 0x7bff}) half.add_int32_data(bits);
    writer.node("Conv", {"image", "c.weight"}, "c");
    writer.end("c", 4);
    EXPECT_THAT(import(writer).model.parameters.at("c.weight").values, ElementsAre(1.0f, -2.0f, 0x1p-24f, 65504.0f));

    OnnxWriter raw({-1, 1, 1, 1});
    const float values[] = {1.5f, -3.0f};
    raw.empty("c.weight", {2, 1, 1, 1}, onnx::TensorProto::FLOAT)
        .set_raw_data(std::string(reinterpret_cast<const char*>(values), sizeof(values)));
    raw.node("Conv", {"image", "c.weight"}, "c");
    raw.end("c", 2);
    EXPECT_THAT(import(raw).model.parameters.at("c.weight").values, ElementsAre(1.5f, -3.0f));
}

TEST_F(OnnxImport, NormalisationAndFreeSizeComeFromTheOptions) {
    OnnxWriter writer({-1, 3, -1, -1});
    writer.end("image", 3);
    EXPECT_THAT(refusal(writer), HasSubstr("--input 3x224x224"));
    OnnxOptions options;
    options.input = {3, 8, 6};
    options.mean = {0.5f};
    options.deviation = {0.1f, 0.2f, 0.3f};
    const Network network = import(writer, options).model.network;
    EXPECT_EQ(network.input, (Shape{3, 8, 6}));
    EXPECT_THAT(network.normalisation.mean, ElementsAre(0.5f, 0.5f, 0.5f));
    EXPECT_THAT(network.normalisation.deviation, ElementsAre(0.1f, 0.2f, 0.3f));
    options.mean = {0.5f, 0.5f};
    EXPECT_THAT(refusal(writer, options), HasSubstr("--mean has 2 values, the images have 3 channels"));
    options.mean = {};
    options.input = {4, 8, 6};
    EXPECT_THAT(refusal(writer, options), HasSubstr("contradicts"));
    options.input = {3, 8, 6};
    options.deviation = {0.0f};
    EXPECT_THAT(refusal(writer, options), HasSubstr("deviations must be positive"));
}

TEST_F(OnnxImport, ABiasBelongsToAProductThatNothingElseUses) {
    OnnxWriter writer({1, 2, 1, 1});
    writer.node("Flatten", {"image"}, "flat");
    writer.constant("a", {2, 3});
    writer.constant("b", {3, 3});
    writer.constant("bias", {3});
    writer.node("MatMul", {"flat", "a"}, "product");
    writer.node("Identity", {"product"}, "same");
    writer.node("Add", {"same", "bias"}, "shifted");
    writer.node("Add", {"shifted", "product"}, "sum");
    writer.node("MatMul", {"sum", "b"}, "scores");
    EXPECT_THAT(refusal(writer), HasSubstr("it adds a constant"));
}

TEST_F(OnnxImport, ABiasIsOneValueAnOutput) {
    for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{3, 1}, {1, 3, 1}}) {
        OnnxWriter writer({3, 2, 1, 1});
        writer.node("Flatten", {"image"}, "flat");
        writer.constant("a", {2, 3});
        writer.constant("bias", shape);
        writer.node("Gemm", {"flat", "a", "bias"}, "scores");
        EXPECT_THAT(refusal(writer), HasSubstr("its biases are not one an output"));
    }
}

TEST_F(OnnxImport, SamePaddingCountsAPadBeforeIt) {
    OnnxWriter writer({-1, 2, 6, 6});
    writer.integers("pads", {0, 0, 0, 0, 0, 0, 1, 1});
    writer.node("Pad", {"image", "pads"}, "padded");  // 7 pixels: 4 positions at stride 2 take 9, one more each side
    writer.constant("c.weight", {3, 2, 3, 3});
    onnx::NodeProto& convolution = writer.node("Conv", {"padded", "c.weight"}, "c");
    OnnxWriter::set(convolution, "strides", std::vector<std::int64_t>{2, 2});
    OnnxWriter::set(convolution, "auto_pad", std::string("SAME_UPPER"));
    writer.end("c", 3);
    const OnnxModel imported = import(writer);
    const Padding& padding = imported.model.network.layers[1].padding;
    EXPECT_EQ(padding.top, 1);
    EXPECT_EQ(padding.left, 1);
    EXPECT_EQ(padding.bottom, 2);
    EXPECT_EQ(padding.right, 2);
}

TEST_F(OnnxImport, ConstantsAreTurnedAndSharedAsPyTorchWritesThem) {
    OnnxWriter writer({-1, 2, 1, 1});
    writer.node("Flatten", {"image"}, "flat");
    writer.constant("fc.weight", {3, 2});  // [out, in]
    writer.node("Identity", {"fc.weight"}, "shared");
    writer.node("Transpose", {"shared"}, "turned");
    writer.node("MatMul", {"flat", "turned"}, "scores");
    const Model model = import(writer).model;
    EXPECT_THAT(model.parameters.at(model.network.layers[1].name + ".weight").values,
                ElementsAre(0.25f, 0.5f, 0.75f, 1.0f, 1.25f, 1.5f));
}

TEST_F(OnnxImport, TrainingModeIsRefused) {
    const auto norm = [](int opset, int outputs) {
        OnnxWriter writer({-1, 2, 4, 4}, opset);
        for (const char* part : {"scale", "shift", "mean", "variance"}) writer.constant(part, {2});
        onnx::NodeProto& node = writer.node("BatchNormalization", {"image", "scale", "shift", "mean", "variance"}, "x");
        for (int i = 1; i < outputs; ++i) node.add_output("statistic" + std::to_string(i));
        writer.end("x", 2);
        return writer;
    };
    EXPECT_EQ(refusal(norm(11, 1)), "nothing was thrown");
    EXPECT_THAT(refusal(norm(11, 5)), HasSubstr("is in training mode"));
    OnnxWriter dropout({-1, 2, 4, 4});
    dropout.constant("ratio", {1});
    dropout.empty("training", {1}, onnx::TensorProto::BOOL).add_int32_data(1);
    dropout.node("Dropout", {"image", "ratio", "training"}, "x");
    dropout.end("x", 2);
    EXPECT_THAT(refusal(dropout), HasSubstr("is in training mode"));
}

TEST_F(OnnxImport, WhatTheOutputDoesNotNeedIsLeftOut) {
    OnnxWriter writer;
    writer.node("Sin", {"image"}, "beside");
    writer.end("image", 2);
    EXPECT_EQ(import(writer).model.network.layers.size(), 3U);
}

TEST_F(OnnxImport, NamesAreUniqueAndWithoutSlashes) {
    OnnxWriter writer({-1, 2, 4, 4});
    writer.constant("w", {2, 2, 1, 1});
    for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{{"image", "a"}, {"a", "b"}}) {
        writer.node("Conv", {from, "w"}, to).set_name("/block/conv/Conv");
    }
    writer.end("b", 2);
    const Network network = import(writer).model.network;
    EXPECT_EQ(network.layers[1].name, "block.conv");
    EXPECT_EQ(network.layers[2].name, "block.conv_2");
}

/// A node between the image [N, 2, 4, 4] and the end, and what is said of it.
struct Refused {
    std::function<void(OnnxWriter&)> write;
    std::string message;
};

TEST_F(OnnxImport, RefusesWhatThereIsNoLayerFor) {
    const auto pool = [](OnnxWriter& w, const std::string& op) -> onnx::NodeProto& {
        onnx::NodeProto& node = w.node(op, {"image"}, "x");
        OnnxWriter::set(node, "kernel_shape", std::vector<std::int64_t>{2, 2});
        return node;
    };
    const auto convolution = [](OnnxWriter& w) -> onnx::NodeProto& {
        w.constant("w", {2, 2, 3, 3});
        return w.node("Conv", {"image", "w"}, "x");
    };
    using Sizes = std::vector<std::int64_t>;
    const std::vector<Refused> cases{
        {[](OnnxWriter& w) { w.node("LeakyRelu", {"image"}, "x"); }, "node LeakyRelu 'the_x': remask has no layer"},
        {[&](OnnxWriter& w) {
             OnnxWriter::set(convolution(w), "strides", Sizes{1, 2});
         },
         "its strides differ"},
        {[&](OnnxWriter& w) {
             OnnxWriter::set(convolution(w), "dilations", Sizes{2, 2});
         },
         "it is dilated"},
        {[&](OnnxWriter& w) {
             OnnxWriter::set(convolution(w), "pads", Sizes{1, 1});
         },
         "its padding is not that of images"},
        {[&](OnnxWriter& w) {
             OnnxWriter::set(convolution(w), "pads", Sizes{-1, 0, 0, 0});
         },
         "negative or huge"},
        {[&](OnnxWriter& w) { OnnxWriter::set(convolution(w), "group", 2); },
         "its weights take 4 channels, its input has 2"},
        {[&](OnnxWriter& w) { OnnxWriter::set(convolution(w), "group", std::int64_t{1} << 40); },
         "not a number of groups"},
        {[&](OnnxWriter& w) {
             OnnxWriter::set(convolution(w), "kernel_shape", Sizes{2, 2});
         },
         "not that of its weights"},
        {[&](OnnxWriter& w) { OnnxWriter::set(convolution(w), "auto_pad", "SOMETIMES"); }, "auto_pad 'SOMETIMES'"},
        {[](OnnxWriter& w) { w.node("Conv", {"image"}, "x"); }, "has no weights"},
        {[](OnnxWriter& w) {
             w.node("Conv", {"image", "image"}, "x");
         },
         "are not constant real numbers"},
        {[&](OnnxWriter& w) {
             onnx::NodeProto& node = pool(w, "MaxPool");
             OnnxWriter::set(node, "strides", Sizes{3, 3});
             OnnxWriter::set(node, "ceil_mode", 1);
         },
         "ceil_mode 1"},
        {[&](OnnxWriter& w) {
             onnx::NodeProto& node = pool(w, "AveragePool");
             OnnxWriter::set(node, "pads", Sizes{1, 1, 1, 1});
             OnnxWriter::set(node, "count_include_pad", 1);
         },
         "count_include_pad"},
        {[](OnnxWriter& w) { w.node("HardSigmoid", {"image"}, "x"); }, "is not x/6 + 1/2"},
        {[](OnnxWriter& w) { w.node("Softmax", {"image"}, "x"); }, "at the end of a network only"},
        {[](OnnxWriter& w) {
             w.constant("c", {2, 1, 1});
             w.node("Add", {"image", "c"}, "x");
         },
         "it adds a constant"},
        {[](OnnxWriter& w) {
             w.integers("pads", {0, 0, 1, 1, 0, 0, 1, 1});
             w.node("Pad", {"image", "pads"}, "padded");
             w.node("Relu", {"padded"}, "x");
         },
         "remask pads convolutions only"},
        {[](OnnxWriter& w) {
             w.integers("starts", {1});
             w.integers("ends", {4});
             w.integers("axes", {2});
             w.node("Slice", {"image", "starts", "ends", "axes"}, "x");
         },
         "it cuts out a part"},
        {[](OnnxWriter& w) {
             w.integers("to", {2, -1, 4, 4});
             w.node("Reshape", {"image", "to"}, "x");
         },
         "it gives another shape than [N, 32]"},
        {[](OnnxWriter& w) {
             OnnxWriter::set(w.node("Concat", {"image", "image"}, "x"), "axis", 2);
         },
         "another axis than the channels"},
    };
    for (const Refused& refused : cases) {
        OnnxWriter writer({-1, 2, 4, 4});
        refused.write(writer);
        writer.end("x", 2);
        EXPECT_THAT(refusal(writer), HasSubstr(refused.message));
    }
}

TEST_F(OnnxImport, RefusesDamagedFiles) {
    OnnxWriter sound;
    sound.end("image", 2);
    sound.save(file_);
    const std::string bytes = read_file(file_);
    for (std::size_t size = 0; size < bytes.size(); size += 7) {
        write_file(file_, bytes.substr(0, size));
        EXPECT_THROW(import_onnx(file_, {}), InputError) << size << " bytes";
    }
    std::filesystem::remove(file_);
    EXPECT_THROW(import_onnx(file_, {}), InputError);

    const auto damaged = [&](const std::function<void(OnnxWriter&)>& damage) {
        OnnxWriter writer;
        writer.end("image", 2);
        damage(writer);
        return refusal(writer);
    };
    const auto tensor = [](OnnxWriter& w) { return w.model().mutable_graph()->mutable_initializer(0); };
    EXPECT_THAT(damaged([&](OnnxWriter& w) { tensor(w)->set_dims(0, 4); }),
                HasSubstr("has 6 values, its shape asks for 8"));
    EXPECT_THAT(damaged([&](OnnxWriter& w) { tensor(w)->set_dims(0, -4); }), HasSubstr("no sound shape"));
    EXPECT_THAT(damaged([&](OnnxWriter& w) {
                    tensor(w)->set_dims(0, std::int64_t{1} << 40);
                    tensor(w)->set_dims(1, std::int64_t{1} << 40);
                }),
                HasSubstr("no sound shape"));
    EXPECT_THAT(damaged([&](OnnxWriter& w) { tensor(w)->set_raw_data("abc"); }),
                HasSubstr("other bytes than its shape"));
    EXPECT_THAT(damaged([&](OnnxWriter& w) { tensor(w)->set_data_type(onnx::TensorProto::INT8); }),
                HasSubstr("unquantised"));
    EXPECT_THAT(damaged([&](OnnxWriter& w) { tensor(w)->set_data_location(onnx::TensorProto::EXTERNAL); }),
                HasSubstr("lies in another file"));
    EXPECT_THAT(damaged([&](OnnxWriter& w) { tensor(w)->set_float_data(0, std::numeric_limits<float>::infinity()); }),
                HasSubstr("not finite"));
    EXPECT_THAT(damaged([](OnnxWriter& w) { w.add_input("second"); }), HasSubstr("several inputs"));
    EXPECT_THAT(damaged([](OnnxWriter& w) { w.model().mutable_graph()->add_output()->set_name("pooled"); }),
                HasSubstr("has 2 outputs"));
    EXPECT_THAT(damaged([](OnnxWriter& w) { w.model().mutable_graph()->mutable_output(0)->set_name("pooled"); }),
                HasSubstr("is not that of a linear layer"));
    EXPECT_THAT(damaged([](OnnxWriter& w) { w.model().mutable_graph()->mutable_output(0)->set_name("nowhere"); }),
                HasSubstr("is given by no node"));
    EXPECT_THAT(damaged([](OnnxWriter& w) { w.model().mutable_graph()->mutable_node(0)->set_input(0, "nowhere"); }),
                HasSubstr("needs 'nowhere'"));
    EXPECT_THAT(damaged([](OnnxWriter& w) { w.model().mutable_opset_import(0)->set_version(24); }),
                HasSubstr("opset 24"));
    EXPECT_THAT(damaged([](OnnxWriter& w) {
                    w.constant("fc.weight", {3, 2});
                }),
                HasSubstr("'fc.weight' is given twice"));
    EXPECT_THAT(damaged([](OnnxWriter& w) { w.model().mutable_graph()->mutable_node(1)->set_output(0, "pooled"); }),
                HasSubstr("gives 'pooled' twice"));
    EXPECT_THAT(damaged([](OnnxWriter& w) { w.model().mutable_opset_import(0)->set_version(6); }),
                HasSubstr("opset 6; remask reads 7 to 23"));
    EXPECT_THAT(damaged([](OnnxWriter& w) { w.model().mutable_graph()->mutable_node(0)->set_domain("com.microsoft"); }),
                HasSubstr("not one of ONNX's own"));
    OnnxWriter flat({-1, 32});
    flat.end("image", 32);
    EXPECT_THAT(refusal(flat), HasSubstr("has 2 dimensions"));
}

}  // namespace
}  // namespace remask
