// Do networks that PyTorch exported give PyTorch's own scores? networks/ is made by make_networks.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "models/network/float_network.h"
#include "models/onnx/onnx_import.h"
#include "sim/base/files.h"
#include "sim/base/parallel.h"

namespace remask {
namespace {

const std::filesystem::path networks = std::filesystem::path(REMASK_TEST_DIR) / "networks";

OnnxModel imported(const std::string& name) {
    return import_onnx(networks / (name + ".onnx"), {});
}

/// Runs the three images of NAME.bin and compares with the scores behind them.
void expect_pytorchs_scores(const std::string& name, const Model& model) {
    constexpr int images = 3;
    const std::string bytes = read_file(networks / (name + ".bin"));
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    const auto pixels = static_cast<std::size_t>(images * model.network.input.size());
    ASSERT_EQ(values.size(), pixels + static_cast<std::size_t>(images * model.network.classes()));
    ThreadPool pool(1);
    FloatNetwork network(model.network, pool);
    const std::vector<float> scores = network.forward({values.data(), pixels}, images, model.parameters);
    for (std::size_t i = 0; i < scores.size(); ++i) {
        EXPECT_NEAR(scores[i], values[pixels + i], 2e-5) << name << ", score " << i;
    }
}

std::multiset<LayerKind> kinds(const Network& network) {
    std::multiset<LayerKind> found;
    for (const Layer& layer : network.layers) found.insert(layer.kind);
    return found;
}

TEST(PublishedExports, ResidualNetworkWithBatchNormAndOptionAShortcuts) {
    const OnnxModel residual = imported("residual");
    expect_pytorchs_scores("residual", residual.model);
    EXPECT_EQ(residual.model.network.layers[1].name, "conv1");
    EXPECT_EQ(residual.model.network.layers.back().name, "linear");
    EXPECT_TRUE(residual.model.parameters.contains("layer2.0.conv1.weight"));
    EXPECT_TRUE(residual.model.parameters.contains("layer2.0.bn1.variance"));
    const auto found = kinds(residual.model.network);
    EXPECT_EQ(found.count(LayerKind::batch_norm), 7U);
    EXPECT_EQ(found.count(LayerKind::subsample_pad), 1U);
    EXPECT_EQ(found.count(LayerKind::global_average_pool), 1U);
}

TEST(PublishedExports, FoldedBatchNormBecomesBiases) {
    const OnnxModel folded = imported("residual_folded");
    expect_pytorchs_scores("residual_folded", folded.model);
    EXPECT_EQ(kinds(folded.model.network).count(LayerKind::batch_norm), 0U);
    EXPECT_TRUE(folded.model.network.layers[1].bias);
    EXPECT_EQ(folded.model.network.layers[1].name, "conv1");  // the weights are called onnx::Conv_N
}

TEST(PublishedExports, MobileNetworkWithUnevenPaddingGatesAndConcatenations) {
    const OnnxModel mobile = imported("mobile");
    expect_pytorchs_scores("mobile", mobile.model);
    const Padding& padding = mobile.model.network.layers[1].padding;
    EXPECT_EQ(padding.top + padding.left, 0);
    EXPECT_EQ(padding.bottom * padding.right, 1);
    EXPECT_EQ(kinds(mobile.model.network).count(LayerKind::concatenate), 2U);
}

TEST(PublishedExports, PlainNetworkWithHiddenLayersAndSoftmax) {
    const OnnxModel plain = imported("plain");
    expect_pytorchs_scores("plain", plain.model);
    ASSERT_EQ(plain.notes.size(), 1U);
    EXPECT_THAT(plain.notes[0], testing::HasSubstr("Softmax at the end is left out"));
}

}  // namespace
}  // namespace remask
