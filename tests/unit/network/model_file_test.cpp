// Model files: what is saved is loaded, and a damaged file says what is wrong with it.
#include "models/network/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "network_fixtures.h"
#include "sim/base/diagnostics.h"
#include "sim/storage/hdf5_file.h"

namespace remask {
namespace {

using namespace testing_support;
using ::testing::HasSubstr;

void expect_equal(const Network& a, const Network& b) {
    EXPECT_EQ(network_to_json(a), network_to_json(b));
    ASSERT_EQ(a.layers.size(), b.layers.size());
    for (std::size_t i = 0; i < a.layers.size(); ++i) {
        const Layer &x = a.layers[i], &y = b.layers[i];
        EXPECT_EQ(x.name, y.name);
        EXPECT_EQ(x.kind, y.kind);
        EXPECT_EQ(x.inputs, y.inputs);
        EXPECT_EQ(x.output, y.output);
        EXPECT_EQ(x.stride, y.stride);
        EXPECT_EQ(x.groups, y.groups);
        EXPECT_EQ(x.bias, y.bias);
        EXPECT_EQ(x.epsilon, y.epsilon);
        EXPECT_EQ(x.padding.top, y.padding.top);
        EXPECT_EQ(x.padding.right, y.padding.right);
    }
    EXPECT_EQ(a.input, b.input);
    EXPECT_EQ(a.normalisation.divisor, b.normalisation.divisor);
    EXPECT_EQ(a.normalisation.mean, b.normalisation.mean);
    EXPECT_EQ(a.normalisation.deviation, b.normalisation.deviation);
}

TEST(NetworkJson, GivesBackEveryBuiltNetwork) {
    for (const BuilderInfo& info : builders()) {
        SCOPED_TRACE(info.name);
        const Network network = build_network(info.name, {});
        expect_equal(network_from_json(network_to_json(network), "x"), network);
    }
}

TEST(NetworkJson, KeepsWhatNoBuilderUses) {
    Layer depthwise = make_convolution("dw", 0, 4, 3, 2, {0, 1, 2, 1}, 2, true);
    Layer norm = make_layer("bn", LayerKind::batch_norm, {1});
    norm.epsilon = 1e-3f;
    Layer larger = make_layer("larger", LayerKind::upsample, {6});
    larger.stride = 2;
    larger.padding = {0, 0, 1, 0};
    const Network network = make_network(
        {2, 9, 9},
        {depthwise, norm, make_pool("mean", LayerKind::average_pool, 2, 2, 1, {1, 0, 0, 1}),
         make_layer("place", LayerKind::gate, {3}), make_layer("all", LayerKind::hard_sigmoid, {3}),
         make_layer("product", LayerKind::multiply, {4, 5}), larger, make_layer("both", LayerKind::concatenate, {3, 6}),
         make_layer("flat", LayerKind::flatten, {8}), make_linear("fc", 9, 3)});
    expect_equal(network_from_json(network_to_json(network), "x"), network);
}

TEST(NetworkJson, RefusesWhatItDoesNotUnderstand) {
    const std::string good = network_to_json(build_network("lenet5", {}));
    const auto message = [&](const std::string& from, const std::string& to) {
        std::string bad = good;
        bad.replace(bad.find(from), from.size(), to);
        return error_of<InputError>([&] { network_from_json(bad, "m.h5"); });
    };
    EXPECT_THAT(error_of<InputError>([] { network_from_json("{", "m.h5"); }),
                HasSubstr("m.h5: the network's description is not JSON"));
    EXPECT_THAT(error_of<InputError>([] { network_from_json("[]", "m.h5"); }), HasSubstr("is not an object"));
    EXPECT_THAT(error_of<InputError>([] { network_from_json("{}", "m.h5"); }), HasSubstr("has no 'name'"));
    EXPECT_THAT(message("\"relu\"", "\"selu\""), HasSubstr("unknown kind 'selu'"));
    EXPECT_THAT(message("\"bias\": true", "\"bias\": 1"), HasSubstr("'bias' must be true or false"));
    EXPECT_THAT(message("\"groups\": 1", "\"groups\": 1.5"), HasSubstr("'groups' must be an integer"));
    EXPECT_THAT(message("\"groups\": 1", "\"groups\": 4294967297"), HasSubstr("'groups' must be an integer"));
    EXPECT_THAT(message("\"groups\": 1", "\"groups\": 2"),
                HasSubstr("m.h5: network layer 'conv1': groups must divide"));
    EXPECT_THAT(message("\"divisor\": 255.0", "\"divisor\": \"255\""), HasSubstr("'divisor' must be a number"));
}

class ModelFile : public FolderTest {
protected:
    ModelFile() {
        BuilderOptions options;
        options.width = 0.25;
        options.classes = 3;
        model_.network = build_network("resnet8", options);
        model_.parameters = initial_parameters(model_.network, 1);
        model_.class_names = {"one", "two words", "drei \"ü\""};
        model_.provenance = "a test\nof two lines";
        file_ = folder_ / "model.h5";
    }

    /// Writes the model's file with one dataset changed by `change`, and returns what load_model says of it.
    template <class F>
    std::string message(const std::string& skip, F&& change) {
        Hdf5Writer writer(file_);
        if (skip != "format") writer.write_text("/format", "remask model");
        if (skip != "format_version") writer.write_scalar<std::int64_t>("/format_version", 1);
        if (skip != "network") writer.write_text("/network", network_to_json(model_.network));
        if (skip != "class_names") writer.write_text("/class_names", "[]");
        writer.write_text("/provenance", "");
        for (const auto& [name, tensor] : model_.parameters) {
            if (name != skip) writer.write<float>("/parameters/" + name, tensor.shape, tensor.values);
        }
        change(writer);
        writer.commit();
        return error_of<InputError>([&] { load_model(file_); });
    }

    Model model_;
    std::filesystem::path file_;
};

TEST_F(ModelFile, GivesBackTheModel) {
    save_model(file_, model_);
    const Model loaded = load_model(file_);
    expect_equal(loaded.network, model_.network);
    EXPECT_EQ(loaded.class_names, model_.class_names);
    EXPECT_EQ(loaded.provenance, model_.provenance);
    ASSERT_EQ(loaded.parameters.size(), model_.parameters.size());
    for (const auto& [name, tensor] : model_.parameters) {
        EXPECT_EQ(loaded.parameters.at(name).shape, tensor.shape) << name;
        EXPECT_EQ(loaded.parameters.at(name).values, tensor.values) << name;
    }
}

TEST_F(ModelFile, HasTheSameBytesForTheSameModel) {
    save_model(file_, model_);
    save_model(folder_ / "again.h5", model_);
    const auto bytes = [](const std::filesystem::path& path) {
        std::ifstream in(path, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(in), {});
    };
    EXPECT_EQ(bytes(file_), bytes(folder_ / "again.h5"));
}

TEST_F(ModelFile, NamesWhatIsWrong) {
    const auto nothing = [](Hdf5Writer&) {};
    EXPECT_EQ(message("", nothing), "nothing was thrown");
    EXPECT_THAT(message("format", nothing), HasSubstr("is not a remask model"));
    EXPECT_THAT(message("format", [](Hdf5Writer& w) { w.write_text("/format", "remask results"); }),
                HasSubstr("is not a remask model"));
    EXPECT_THAT(message("format_version", [](Hdf5Writer& w) { w.write_scalar<std::int64_t>("/format_version", 2); }),
                HasSubstr("format version 2; this remask reads versions up to 1"));
    EXPECT_THAT(message("network", nothing), HasSubstr("/network: no such dataset"));
    EXPECT_THAT(message("fc.bias", nothing), HasSubstr("'fc.bias' is missing"));
    EXPECT_THAT(message("", [](Hdf5Writer& w) { w.write_scalar<float>("/parameters/fc.scale", 1.0f); }),
                HasSubstr("'fc.scale' does not belong"));
    EXPECT_THAT(message("fc.bias",
                        [](Hdf5Writer& w) {
                            w.write<float>("/parameters/fc.bias", {1, 3}, std::vector<float>(3));
                        }),
                HasSubstr("'fc.bias' has shape [1, 3], expected [3]"));
    EXPECT_THAT(message("fc.bias",
                        [](Hdf5Writer& w) {
                            w.write<float>("/parameters/fc.bias", {3}, std::vector<float>{0.0f, std::nanf(""), 0.0f});
                        }),
                HasSubstr("'fc.bias' is not finite at position 1"));
    EXPECT_THAT(message("class_names", [](Hdf5Writer& w) { w.write_text("/class_names", "[\"a\"]"); }),
                HasSubstr("has 1 names for 3 classes"));
    EXPECT_THAT(message("class_names", [](Hdf5Writer& w) { w.write_text("/class_names", "[1]"); }),
                HasSubstr("is not a JSON list"));
}

TEST_F(ModelFile, RefusesTruncatedFiles) {
    save_model(file_, model_);
    const auto size = std::filesystem::file_size(file_);
    for (int part = 1; part < 16; ++part) {
        save_model(file_, model_);
        std::filesystem::resize_file(file_, size * static_cast<unsigned>(part) / 16);
        EXPECT_THROW(load_model(file_), InputError) << part << "/16";
    }
}

TEST_F(ModelFile, IsNotWrittenForUnsoundParameters) {
    model_.parameters["fc.bias"].values[0] = std::nanf("");
    EXPECT_THROW(save_model(file_, model_), InputError);
    EXPECT_FALSE(std::filesystem::exists(file_));
}

}  // namespace
}  // namespace remask
