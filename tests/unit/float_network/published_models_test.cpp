// Published networks on the real CIFAR-10 test images: the logits that their authors' frameworks compute.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "models/data/dataset.h"
#include "models/network/float_network.h"
#include "models/network/model_file.h"
#include "sim/base/files.h"
#include "sim/base/parallel.h"

namespace remask {
namespace {

struct PublishedModel {
    const char* name;
    const char* weights;
    const char* logits;       // float32, 100 × 10
    const char* predictions;  // one byte for each of 10,000 images
};

constexpr PublishedModel models[] = {
    {"resnet20", "weights/resnet20-12fca82f.safetensors", "weights/resnet20.logits_test_first100.f32",
     "weights/resnet20.pred_test_10000.u8"},
    {"resnet8", "weights_resnet8/resnet8.safetensors", "weights_resnet8/resnet8.logits_test_first100.f32",
     "weights_resnet8/resnet8.pred_test_10000.u8"},
};

class Published : public testing::TestWithParam<PublishedModel> {
protected:
    void SetUp() override {
        const char* folder = std::getenv("REMASK_BENCHMARK_DATA");
        if (folder == nullptr || *folder == '\0') {
            GTEST_SKIP() << "REMASK_BENCHMARK_DATA does not name the folder of the unpacked benchmark data";
        }
        folder_ = folder;
        model_ = import_safetensors(folder_ / GetParam().weights, "auto");
    }

    std::vector<float> logits(int count) const {
        Dataset test = read_cifar(folder_ / "cifar10" / "test_batch.bin", 1, 0, 10);
        test.pixels.resize(static_cast<std::size_t>(count * test.shape.size()));
        test.labels.resize(static_cast<std::size_t>(count));
        const std::vector<float> images = prepare_images(test, model_.network);
        ThreadPool pool(available_threads());
        FloatNetwork network(model_.network, pool);
        return network.forward(images, count, model_.parameters);
    }

    std::filesystem::path folder_;
    Model model_;
};

TEST_P(Published, LogitsOfTheFirstImages) {
    const std::string bytes = read_file(folder_ / GetParam().logits);
    std::vector<float> expected(bytes.size() / sizeof(float));
    ASSERT_EQ(expected.size(), 1000u);
    std::memcpy(expected.data(), bytes.data(), bytes.size());
    const std::vector<float> found = logits(100);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], expected[i], 1e-3) << "logit " << i;
}

TEST_P(Published, PredictionsOfAThousandImages) {
    const std::string expected = read_file(folder_ / GetParam().predictions);
    const std::vector<float> found = logits(1000);
    int different = 0;
    for (std::size_t image = 0; image < 1000; ++image) {
        const auto row = found.begin() + static_cast<std::ptrdiff_t>(image * 10);
        if (std::max_element(row, row + 10) - row != static_cast<unsigned char>(expected[image])) ++different;
    }
    EXPECT_LE(different, 1);  // two logits may be equal up to their last bits
}

INSTANTIATE_TEST_SUITE_P(Models, Published, testing::ValuesIn(models),
                         [](const auto& which) { return std::string(which.param.name); });

}  // namespace
}  // namespace remask
