// Two published networks and real images, where they are on this machine: REMASK_BENCHMARK_DATA names a folder with
// cifar10/test_batch.bin and, from other programs, weights/ and weights_resnet8/ with weights and logits.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "models/network/model_file.h"
#include "models/network/quantized_network.h"
#include "sim/base/parallel.h"

namespace remask {
namespace {

struct PublishedNetwork {
    const char* name;
    const char* weights;
    const char* logits;       ///< of the first 100 test images, float32, by an independent program
    double accuracy;          ///< in float, of all 10,000 test images, by the same program
    std::int64_t parameters;  ///< as published, batch-norm's mean and variance included
};

class PublishedNetworks : public ::testing::TestWithParam<PublishedNetwork> {
protected:
    void SetUp() override {
        const char* folder = std::getenv("REMASK_BENCHMARK_DATA");
        if (folder == nullptr) GTEST_SKIP() << "set REMASK_BENCHMARK_DATA to the folder of the benchmark data";
        folder_ = folder;
        if (!std::filesystem::exists(folder_ / GetParam().weights)) GTEST_SKIP() << "no " << GetParam().weights;
        model_ = import_safetensors(folder_ / GetParam().weights, "auto");
    }

    static std::string bytes(const std::filesystem::path& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    /// Normalised images of CIFAR-10's test set; labels beside them.
    void read_images(int count) {
        constexpr std::size_t kPixels = 3072, kRecord = kPixels + 1;
        const std::string file = bytes(folder_ / "cifar10/test_batch.bin");
        const Normalisation& n = model_.network.normalisation;
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
            labels_.push_back(static_cast<unsigned char>(file.at(i * kRecord)));
            for (std::size_t p = 0; p < kPixels; ++p) {
                const auto byte = static_cast<float>(static_cast<unsigned char>(file.at(i * kRecord + 1 + p)));
                images_.push_back((byte / n.divisor - n.mean[p / 1024]) / n.deviation[p / 1024]);
            }
        }
    }

    /// The first 100 images calibrate: in 16 bits nothing of them is clipped.
    std::vector<float> run(int bits, int count) {
        read_images(count);
        QuantizationOptions options;
        options.weight_bits = options.input_bits = bits;
        ThreadPool pool(available_threads());
        const int calibration = 100;
        const QuantizedNetwork quantized(model_.network, model_.parameters, model_.parameters, model_.parameters,
                                         options, false, std::span(images_).first(calibration * 3072), calibration,
                                         pool);
        return quantized.run(images_, count, *fast_integer_product(quantized.layers()), pool);
    }

    std::filesystem::path folder_;
    Model model_;
    std::vector<float> images_;
    std::vector<int> labels_;
};

TEST_P(PublishedNetworks, HaveThePublishedNumberOfParameters) {
    std::int64_t count = 0;
    for (const auto& item : model_.parameters) count += item.second.size();
    EXPECT_EQ(count, GetParam().parameters);
}

TEST_P(PublishedNetworks, In16BitsGiveTheLogitsOfAnotherProgram) {
    const auto logits = run(16, 100);
    const std::string golden = bytes(folder_ / GetParam().logits);
    ASSERT_EQ(golden.size(), 1000 * sizeof(float));
    float worst = 0.0f;
    for (std::size_t i = 0; i < 1000; ++i) {
        float expected = 0.0f;
        std::memcpy(&expected, golden.data() + i * sizeof(float), sizeof(float));
        worst = std::max(worst, std::fabs(logits[i] - expected));
    }
    EXPECT_LT(worst, 0.02f);  // logits reach 20; a step of a 16-bit code is 1/32767 of a layer's range
}

TEST_P(PublishedNetworks, In8BitsKeepTheirAccuracy) {
    const int count = 1000;
    const auto logits = run(8, count);
    int right = 0;
    for (int i = 0; i < count; ++i) {
        const auto* row = logits.data() + i * 10;
        right +=
            static_cast<int>(std::max_element(row, row + 10) - row) == labels_[static_cast<std::size_t>(i)] ? 1 : 0;
    }
    // three standard deviations of 1,000 images
    const double a = GetParam().accuracy;
    EXPECT_NEAR(right / 1000.0, a, 3.0 * std::sqrt(a * (1.0 - a) / count));
}

INSTANTIATE_TEST_SUITE_P(Cifar10, PublishedNetworks,
                         ::testing::Values(
                             // ResNet-20 of Y. Idelbayev: 269,722 trained, and 2·688 of batch-norm
                             PublishedNetwork{"resnet20", "weights/resnet20-12fca82f.safetensors",
                                              "weights/resnet20.logits_test_first100.f32", 0.9173, 269722 + 2 * 688},
                             // MLPerf Tiny's ResNet-8: "Total params: 78,666" of Keras
                             PublishedNetwork{"resnet8", "weights_resnet8/resnet8.safetensors",
                                              "weights_resnet8/resnet8.logits_test_first100.f32", 0.8719, 78666}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace remask
