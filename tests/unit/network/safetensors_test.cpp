// Import of safetensors: files that this test writes itself, sound and damaged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <fstream>
#include <limits>

#include "models/network/model_file.h"
#include "network_fixtures.h"
#include "sim/base/diagnostics.h"

namespace remask {
namespace {

using namespace testing_support;
using ::testing::HasSubstr;

std::string little_endian(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text.push_back(static_cast<char>(value >> (8 * i) & 255));
    return text;
}

/// Collects tensors and writes the format: length of the header, header, data.
class SafetensorsWriter {
public:
    void add(const std::string& name, const std::string& dtype, const std::vector<std::int64_t>& shape,
             const std::string& bytes) {
        std::string extents;
        for (const std::int64_t extent : shape) extents += (extents.empty() ? "" : ",") + std::to_string(extent);
        header_ += (header_.empty() ? "" : ",");
        header_ += "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":[" + extents + "],\"data_offsets\":[" +
                   std::to_string(data_.size()) + "," + std::to_string(data_.size() + bytes.size()) + "]}";
        data_ += bytes;
    }
    void add(const std::string& name, const Tensor& tensor) {
        std::string bytes;
        for (const float value : tensor.values) bytes += little_endian(std::bit_cast<std::uint32_t>(value), 4);
        add(name, "F32", tensor.shape, bytes);
    }
    void add_header(const std::string& text) { header_ += (header_.empty() ? "" : ",") + text; }
    std::string bytes() const { return little_endian(header_.size() + 2, 8) + "{" + header_ + "}" + data_; }

private:
    std::string header_, data_;
};

class Safetensors : public FolderTest {
protected:
    Safetensors() { file_ = folder_ / "weights.safetensors"; }

    void store(const std::string& bytes) const { std::ofstream(file_, std::ios::binary) << bytes; }
    std::string message(const std::string& architecture = "auto") const {
        return error_of<InputError>([&] { import_safetensors(file_, architecture); });
    }

    std::filesystem::path file_;
};

/// A CIFAR ResNet-8 (one block a stage) of a quarter width under the names of the published PyTorch weights.
struct TinyResNet {
    TinyResNet() {
        tensor("conv1.weight", {4, 3, 3, 3});
        norm("bn1", 4);
        int in = 4;
        for (int stage = 1; stage <= 3; ++stage) {
            const int out = 2 << stage;
            const std::string layer = "layer" + std::to_string(stage) + ".0.";
            tensor(layer + "conv1.weight", {out, in, 3, 3});
            norm(layer + "bn1", out);
            tensor(layer + "conv2.weight", {out, out, 3, 3});
            norm(layer + "bn2", out);
            in = out;
        }
        tensor("linear.weight", {10, 16});
        tensor("linear.bias", {10});
    }
    void norm(const std::string& name, int channels) {
        for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"}) tensor(name + part, {channels});
    }
    /// Every value of the whole network is different and positive.
    void tensor(const std::string& name, const std::vector<std::int64_t>& shape) {
        std::int64_t size = 1;
        for (const std::int64_t extent : shape) size *= extent;
        Tensor t{shape, {}};
        for (std::int64_t i = 0; i < size; ++i) t.values.push_back(static_cast<float>(++counter) / 1024.0f);
        tensors[name] = t;
    }
    std::string bytes(const std::string& prefix = "") const {
        SafetensorsWriter writer;
        for (const auto& [name, t] : tensors) writer.add(prefix + name, t);
        return writer.bytes();
    }
    std::map<std::string, Tensor> tensors;
    int counter = 0;
};

TEST_F(Safetensors, ImportsCifarResNetsByTheirNames) {
    const TinyResNet source;
    for (const char* prefix : {"", "module."}) {
        store(source.bytes(prefix));
        const Model model = import_safetensors(file_, "auto");
        EXPECT_EQ(model.network.name, "resnet8");
        EXPECT_EQ(model.network.classes(), 10);
        const auto same = [&](const char* ours, const char* theirs) {
            EXPECT_EQ(model.parameters.at(ours).values, source.tensors.at(theirs).values) << ours;
        };
        same("conv1.weight", "conv1.weight");
        same("stage2.block0.conv1.weight", "layer2.0.conv1.weight");
        same("stage2.block0.bn1.gamma", "layer2.0.bn1.weight");
        same("stage2.block0.bn1.beta", "layer2.0.bn1.bias");
        same("stage3.block0.bn2.mean", "layer3.0.bn2.running_mean");
        same("stage3.block0.bn2.variance", "layer3.0.bn2.running_var");
        same("fc.bias", "linear.bias");
        EXPECT_EQ(model.network.normalisation.mean, (std::vector<float>{0.485f, 0.456f, 0.406f}));
        EXPECT_EQ(model.network.normalisation.deviation, (std::vector<float>{0.229f, 0.224f, 0.225f}));
        EXPECT_EQ(model.network.normalisation.divisor, 255.0f);
        ASSERT_EQ(model.class_names.size(), 10u);
        EXPECT_EQ(model.class_names[6], "frog");
    }
}

TEST_F(Safetensors, TellsWhatDoesNotBelong) {
    TinyResNet source;
    source.tensor("bn1.extra", {1});
    store(source.bytes());
    EXPECT_THAT(message(), HasSubstr("'bn1.extra' does not belong to resnet8"));
    source = TinyResNet();
    source.tensors.erase("layer3.0.bn2.running_var");
    store(source.bytes());
    EXPECT_THAT(message(), HasSubstr("there is no tensor 'layer3.0.bn2.running_var'"));
    source = TinyResNet();
    source.tensor("layer2.0.conv1.weight", {8, 5, 3, 3});
    store(source.bytes());
    EXPECT_THAT(message(), HasSubstr("'stage2.block0.conv1.weight' has shape [8, 5, 3, 3], expected [8, 4, 3, 3]"));
    source = TinyResNet();
    source.tensor("layer2.0.shortcut.0.weight", {8, 4, 1, 1});
    store(source.bytes());
    EXPECT_THAT(message(), HasSubstr("option B"));
    store(TinyResNet().bytes());
    EXPECT_THAT(message("resnet20"), HasSubstr("holds a resnet8, not a resnet20"));
    EXPECT_THROW(import_safetensors(file_, "resnet21"), ConfigError);
}

TEST_F(Safetensors, SkipsBatchCounters) {
    SafetensorsWriter writer;
    for (const auto& [name, tensor] : TinyResNet().tensors) writer.add(name, tensor);
    writer.add("bn1.num_batches_tracked", "I64", {}, little_endian(7, 8));
    store(writer.bytes());
    EXPECT_NO_THROW(import_safetensors(file_, "auto"));
}

/// torchvision's ResNet-50 at a 64th of its width, as `torchvision.models.resnet50().state_dict()` names it: one
/// channel inside, four after a stage's blocks, doubled from stage to stage.
TinyResNet bottlenecks() {
    TinyResNet net;
    net.tensors.clear();
    net.tensor("conv1.weight", {1, 3, 7, 7});
    net.norm("bn1", 1);
    int in = 1;
    const int blocks[] = {3, 4, 6, 3};
    for (int stage = 0; stage < 4; ++stage) {
        const int inner = 1 << stage, outer = 4 * inner;
        for (int block = 0; block < blocks[stage]; ++block, in = outer) {
            const std::string name = "layer" + std::to_string(stage + 1) + "." + std::to_string(block) + ".";
            net.tensor(name + "conv1.weight", {inner, in, 1, 1});
            net.norm(name + "bn1", inner);
            net.tensor(name + "conv2.weight", {inner, inner, 3, 3});
            net.norm(name + "bn2", inner);
            net.tensor(name + "conv3.weight", {outer, inner, 1, 1});
            net.norm(name + "bn3", outer);
            if (block > 0) continue;
            net.tensor(name + "downsample.0.weight", {outer, in, 1, 1});
            net.norm(name + "downsample.1", outer);
        }
    }
    net.tensor("fc.weight", {1000, in});
    net.tensor("fc.bias", {1000});
    return net;
}

TEST_F(Safetensors, ImportsTorchvisionsResNet50) {
    const TinyResNet source = bottlenecks();
    for (const char* prefix : {"", "module."}) {
        store(source.bytes(prefix));
        const Model model = import_safetensors(file_, "resnet50");
        EXPECT_EQ(model.network.input, (Shape{3, 224, 224}));
        EXPECT_EQ(model.network.classes(), 1000);
        const auto same = [&](const char* ours, const char* theirs) {
            EXPECT_EQ(model.parameters.at(ours).values, source.tensors.at(theirs).values) << ours;
        };
        same("conv1.weight", "conv1.weight");
        same("conv1.bn.gamma", "bn1.weight");
        same("stage1.block0.shortcut.weight", "layer1.0.downsample.0.weight");
        same("stage1.block0.shortcut.bn.mean", "layer1.0.downsample.1.running_mean");
        same("stage3.block5.conv2.weight", "layer3.5.conv2.weight");
        same("stage3.block5.conv2.bn.beta", "layer3.5.bn2.bias");
        same("stage4.block2.conv3.bn.variance", "layer4.2.bn3.running_var");
        same("fc.bias", "fc.bias");
        for (const Layer& layer : model.network.layers) {  // v1.5: the 3x3 convolutions narrow, and the shortcuts
            if (layer.kind != LayerKind::convolution || layer.name == "conv1") continue;
            const bool first = layer.name.find("block0.") != std::string::npos && !layer.name.starts_with("stage1");
            const bool may = layer.name.ends_with("conv2") || layer.name.ends_with("shortcut");
            EXPECT_EQ(layer.stride, first && may ? 2 : 1) << layer.name;
            EXPECT_EQ(layer.epsilon, 1e-5f);
        }
        EXPECT_EQ(import_safetensors(file_, "auto").network.name, "resnet50");
    }
    TinyResNet deeper = bottlenecks();
    deeper.tensor("layer3.6.conv1.weight", {4, 16, 1, 1});
    store(deeper.bytes());
    EXPECT_THAT(message(), HasSubstr("'layer3.6.conv1.weight' does not belong to resnet50"));
}

/// MLPerf Tiny's ResNet-8 with few channels, as Keras names and shapes its parameters.
TinyResNet keras_resnet8() {
    // conv2d, conv2d_1, … in the order of creation: in and out channels, kernel
    const std::vector<std::array<int, 3>> kernels{{3, 2, 3}, {2, 2, 3}, {2, 2, 3}, {2, 4, 3}, {4, 4, 3},
                                                  {2, 4, 1}, {4, 8, 3}, {8, 8, 3}, {4, 8, 1}};
    const std::vector<int> norms{2, 2, 2, 4, 4, 8, 8};
    TinyResNet source;
    source.tensors.clear();
    const auto numbered = [](const std::string& name, std::size_t i) {
        return i == 0 ? name : name + "_" + std::to_string(i);
    };
    for (std::size_t i = 0; i < kernels.size(); ++i) {
        const auto& [in, out, k] = kernels[i];
        source.tensor(numbered("conv2d", i) + "/kernel", {k, k, in, out});
        source.tensor(numbered("conv2d", i) + "/bias", {out});
    }
    for (std::size_t i = 0; i < norms.size(); ++i) {
        for (const char* part : {"/gamma", "/beta", "/moving_mean", "/moving_variance"}) {
            source.tensor(numbered("batch_normalization", i) + part, {norms[i]});
        }
    }
    source.tensor("dense/kernel", {8, 5});
    source.tensor("dense/bias", {5});
    return source;
}

TEST_F(Safetensors, ImportsKerasLayouts) {
    const TinyResNet source = keras_resnet8();
    store(source.bytes());
    const Model model = import_safetensors(file_, "auto");
    const auto value = [&](const char* name, std::size_t i) { return model.parameters.at(name).values.at(i); };
    // kernel[y=1][x=2][in=1][out=3] of stage2.conv1 (HWIO 3x3x2x4) is weight[3][1][1][2] (OIHW)
    EXPECT_EQ(value("stage2.conv1.weight", ((3 * 2 + 1) * 3 + 1) * 3 + 2),
              source.tensors.at("conv2d_3/kernel").values.at(((1 * 3 + 2) * 2 + 1) * 4 + 3));
    EXPECT_EQ(value("stage3.shortcut.weight", 7 * 4 + 2), source.tensors.at("conv2d_8/kernel").values.at(2 * 8 + 7));
    EXPECT_EQ(value("fc.weight", 4 * 8 + 6), source.tensors.at("dense/kernel").values.at(6 * 5 + 4));
    EXPECT_EQ(value("stage3.bn2.variance", 0), source.tensors.at("batch_normalization_6/moving_variance").values.at(0));
    const Normalisation& n = model.network.normalisation;
    EXPECT_EQ(n.divisor, 1.0f);
    EXPECT_EQ(n.mean, std::vector<float>(3, 0.0f));
    for (const Layer& layer : model.network.layers) {
        EXPECT_EQ(layer.epsilon, layer.kind == LayerKind::batch_norm ? 1e-3f : Layer().epsilon);
        if (layer.kind != LayerKind::convolution) continue;
        const bool halves =
            layer.stride == 2 && layer.kernel_height == 3;  // on 32 or 16 rows: one row below, none above
        EXPECT_EQ(layer.padding.top, layer.kernel_height == 1 || halves ? 0 : 1) << layer.name;
        EXPECT_EQ(layer.padding.bottom, layer.kernel_height == 1 ? 0 : 1) << layer.name;
    }
}

TEST_F(Safetensors, RefusesKerasShapesThatAreNotTheNetworks) {
    const auto refusal = [&](const std::string& name, const std::vector<std::int64_t>& shape) {
        TinyResNet source = keras_resnet8();
        source.tensor(name, shape);
        store(source.bytes());
        return message();
    };
    EXPECT_THAT(refusal("conv2d_1/kernel", {3, 3, 4}),
                HasSubstr("'conv2d_1/kernel' has shape [3, 3, 4], expected [3, 3, 2, 2]"));
    EXPECT_THAT(refusal("conv2d_1/kernel", {3, 3, 2, 2, 1}), HasSubstr("has shape [3, 3, 2, 2, 1]"));
    EXPECT_THAT(refusal("dense/kernel", {8, 5, 1}), HasSubstr("'dense/kernel' has shape [8, 5, 1], expected [8, 5]"));
    EXPECT_THAT(refusal("conv2d_3/kernel", {0, 3, 2, 4}), HasSubstr("has shape [0, 3, 2, 4]"));
    EXPECT_THAT(refusal("batch_normalization/gamma", {1, 2}), HasSubstr("has shape [1, 2], expected [2]"));
}

TEST_F(Safetensors, ImportsBuiltNetworksUnderOurNames) {
    BuilderOptions options;
    options.classes = 4;
    options.input = {1, 28, 28};
    const ParameterMap parameters = random_parameters(build_network("lenet5", options), 1);
    SafetensorsWriter writer;
    for (const auto& [name, tensor] : parameters) writer.add(name, tensor);
    store(writer.bytes());
    const Model model = import_safetensors(file_, "lenet5");
    EXPECT_EQ(model.parameters.at("conv2.weight").values, parameters.at("conv2.weight").values);
    EXPECT_EQ(model.network.classes(), 4);
    EXPECT_THAT(message("auto"), HasSubstr("name the architecture"));
}

TEST_F(Safetensors, ReadsEveryFloatingPointType) {
    struct Case {
        const char* dtype;
        std::vector<std::uint64_t> bits;
        int size;
        std::vector<float> values;
    };
    // Half: smallest subnormal 2^-24, largest 65504, −1.5, zero, 2^-14. Bits by the definition of each format.
    const std::vector<Case> cases{
        {"F16",
         {0x0001, 0x7bff, 0xbe00, 0x8000, 0x0400},
         2,
         {std::ldexp(1.0f, -24), 65504.0f, -1.5f, -0.0f, std::ldexp(1.0f, -14)}},
        {"BF16", {0x3f80, 0xc0a0, 0x0001, 0x4049, 0}, 2, {1.0f, -5.0f, std::ldexp(1.0f, -133), 3.140625f, 0.0f}},
        {"F64",
         {0x3ff8000000000000, 0xc000000000000000, 0, 0x3fb999999999999a, 0x4059000000000000},
         8,
         {1.5f, -2.0f, 0.0f, 0.1f, 100.0f}}};
    for (const Case& c : cases) {
        SCOPED_TRACE(c.dtype);
        TinyResNet source;
        SafetensorsWriter writer;
        source.tensor("linear.weight", {5, 16});
        source.tensors.erase("linear.bias");
        for (const auto& [name, tensor] : source.tensors) writer.add(name, tensor);
        std::string bytes;
        for (const std::uint64_t bits : c.bits) bytes += little_endian(bits, c.size);
        writer.add("linear.bias", c.dtype, {5}, bytes);
        store(writer.bytes());
        EXPECT_EQ(import_safetensors(file_, "auto").parameters.at("fc.bias").values, c.values);
    }
}

TEST_F(Safetensors, RefusesValuesThatAreNotFiniteFloats) {
    const std::vector<std::pair<std::string, std::string>> bad{
        {"F32", little_endian(0x7fc00000, 4)},
        {"F32", little_endian(0xff800000, 4)},
        {"F16", little_endian(0x7c00, 2)},
        {"F16", little_endian(0x7c01, 2)},
        {"BF16", little_endian(0x7f80, 2)},
        {"F64", little_endian(0x7ff0000000000000, 8)},
        {"F64", little_endian(0x7fe0000000000000, 8)},  // 2^1023: no float
    };
    for (const auto& [dtype, bytes] : bad) {
        TinyResNet source;
        SafetensorsWriter writer;
        source.tensor("linear.weight", {1, 16});
        source.tensors.erase("linear.bias");
        for (const auto& [name, tensor] : source.tensors) writer.add(name, tensor);
        writer.add("linear.bias", dtype, {1}, bytes);
        store(writer.bytes());
        EXPECT_THAT(message(), HasSubstr("'linear.bias' is not finite")) << dtype;
    }
    SafetensorsWriter writer;
    for (const auto& [name, tensor] : TinyResNet().tensors) {
        if (name != "linear.bias") writer.add(name, tensor);
    }
    writer.add("linear.bias", "I32", {10}, std::string(40, '\0'));
    store(writer.bytes());
    EXPECT_THAT(message(), HasSubstr("'linear.bias' has dtype I32"));
}

TEST_F(Safetensors, RefusesDamagedFiles) {
    EXPECT_THAT(message(), HasSubstr("weights.safetensors"));  // missing
    const std::string good = TinyResNet().bytes();
    for (std::size_t size = 0; size < good.size(); size += 211) {
        store(good.substr(0, size));
        EXPECT_THAT(message(), HasSubstr("weights.safetensors")) << size;
    }
    store(good + "x");
    EXPECT_THAT(message(), HasSubstr("bytes of no tensor at the end"));
    store(std::string(8, '\xff') + "{}");
    EXPECT_THAT(message(), HasSubstr("truncated or not a safetensors file"));
    const auto header = [&](const std::string& text, const std::string& data) {
        store(little_endian(text.size(), 8) + text + data);
        return message();
    };
    EXPECT_THAT(header("{", ""), HasSubstr("is not JSON"));
    EXPECT_THAT(header("[]", ""), HasSubstr("is not a JSON object"));
    EXPECT_THAT(header("{}", ""), HasSubstr("holds no tensors"));
    EXPECT_THAT(header(R"({"a":1})", ""), HasSubstr("'a' is not an object"));
    EXPECT_THAT(header(R"({"a":{"dtype":"F32","shape":[1]}})", ""), HasSubstr("two data_offsets"));
    EXPECT_THAT(header(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", "1234"), HasSubstr("a shape"));
    EXPECT_THAT(header(R"({"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}})", "1234"),
                HasSubstr("unknown dtype 'F31'"));
    EXPECT_THAT(header(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,5]}})", "1234"), HasSubstr("lies outside"));
    EXPECT_THAT(header(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", "1234"), HasSubstr("lies outside"));
    EXPECT_THAT(header(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "1234"),
                HasSubstr("not its shape's"));
    // 2^62 elements of four bytes: the product would wrap to 0
    EXPECT_THAT(header(R"({"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}})", "1234"),
                HasSubstr("not its shape's"));
    EXPECT_THAT(
        header(
            R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})",
            "123456"),
        HasSubstr("'b' overlaps"));
    EXPECT_THAT(
        header(
            R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[5,9]}})",
            "123456789"),
        HasSubstr("no tensor before 'b'"));
    EXPECT_THAT(
        header(
            R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
            "1234"),
        HasSubstr("'a' occurs twice"));
}

}  // namespace
}  // namespace remask
