// Is the mask memory entries × bits per entry?
#include <gtest/gtest.h>

#include <algorithm>

#include "models/methods/task_session.h"
#include "tests/unit/methods/small_task.h"

namespace remask {
namespace {

using test::config_of;
using test::SmallTask;

TaskParameters start_of(const SmallTask& task, const MethodConfig& config, double masked_share = 0.0) {
    const LearningInput input{.network = task.network,
                              .backbone = task.backbone,
                              .images = {},
                              .labels = {},
                              .classes = 3,
                              .geometry = task.geometry};
    return assume_task(config, input, masked_share);
}

// conv1 4×36, conv2 4×18, conv3 6×4, hidden 8×6
constexpr double weights = 4 * 36 + 4 * 18 + 6 * 4 + 8 * 6;

TEST(MaskMemory, OfPiggybackIsOneBitAWeight) {
    const SmallTask task;
    const TaskParameters result = start_of(task, config_of("piggyback"));
    EXPECT_EQ(result.mask_bits, weights);
    EXPECT_EQ(result.bits_per_weight, 1.0);
    MethodConfig ternary = config_of("piggyback");
    ternary.piggyback.ternary = true;
    EXPECT_EQ(start_of(task, ternary).mask_bits, 2 * weights);
}

TEST(MaskMemory, OfXbmWith72RowColumnsIsA72ndOfPiggybacks) {
    Network network = test::empty({16, 4, 4});
    test::append(network, "conv1", LayerKind::convolution, 5, 3);
    test::append(network, "pool", LayerKind::global_average_pool);
    test::append(network, "fc", LayerKind::linear, 2);
    finish(network);
    const ParameterMap backbone = initial_parameters(network, 1);
    const auto bits = [&](const std::string& method) {
        const LearningInput input{.network = network,
                                  .backbone = backbone,
                                  .images = {},
                                  .labels = {},
                                  .classes = 2,
                                  .geometry = test::geometry_on(network, 72)};
        return assume_task(config_of(method), input, 0.0).mask_bits;
    };
    EXPECT_EQ(bits("piggyback"), 5.0 * 16 * 9);
    EXPECT_EQ(bits("xbm") * 72, bits("piggyback"));
    EXPECT_EQ(bits("xma"), 2 * bits("xbm"));
}

TEST(MaskMemory, OfXmaIsLog2OfTheLevelsRoundedUp) {
    const SmallTask task;
    constexpr double columns = 4 * 2 + 4 * 1 + 6 * 1 + 8 * 1;
    MethodConfig config = config_of("xma");
    EXPECT_EQ(start_of(task, config).mask_bits, 2 * columns);
    config.xma.sign = true;  // −2 −1 −½ 0 ½ 1 2
    EXPECT_EQ(start_of(task, config).mask_bits, 3 * columns);
    config.xma.sign = false;
    config.xma.levels = {0.0, 1.0};
    EXPECT_EQ(start_of(task, config).mask_bits, 1 * columns);
    config.xma.levels = {0.0, 0.5, 1.0};
    EXPECT_EQ(start_of(task, config).mask_bits, 2 * columns);
    config.xma.real = true;
    EXPECT_EQ(start_of(task, config).mask_bits, 32 * columns);
}

TEST(MaskMemory, OfKsmIsABitAKernelAndEightADroppedOne) {
    const SmallTask task(-1);
    constexpr double kernels =
        4 * 4 + 4 * 2 + 6 * 4 + 8 * 6;  // a kernel of a 1×1 convolution or linear layer is a weight
    EXPECT_EQ(start_of(task, config_of("ksm")).mask_bits, kernels);
    EXPECT_EQ(start_of(task, config_of("ksm"), 1.0).mask_bits, 9 * kernels);
    MethodConfig config = config_of("ksm");
    config.ksm.soft = false;
    EXPECT_EQ(start_of(task, config, 1.0).mask_bits, kernels);
    config.ksm.granularity = KsmGranularity::channel;
    EXPECT_EQ(start_of(task, config).mask_bits, 4 + 4 + 6 + 8);
    config.ksm.granularity = KsmGranularity::element;
    EXPECT_EQ(start_of(task, config).mask_bits, weights);
    config.ksm.granularity =
        KsmGranularity::group_of_8;  // conv1 and conv2 have fewer than 8 channels; hidden has 6 inputs
    EXPECT_EQ(start_of(task, config).mask_bits, 4 + 4 + 6 + 8);
}

TEST(MaskMemory, OfFinetuneIsAWeightsBitsAndOfClassifierNothing) {
    const SmallTask task;
    const TaskParameters tuned = start_of(task, config_of("finetune"));
    EXPECT_EQ(tuned.mask_bits, 8 * weights);
    EXPECT_EQ(tuned.bits_per_weight, 8.0);
    EXPECT_EQ(start_of(task, config_of("classifier")).mask_bits, 0.0);
}

TEST(Constants, AreBatchNormAndClassifierIn32Bits) {
    const SmallTask task;
    constexpr double classifier = (8 + 1) * 3;      // 8 features, 3 classes
    constexpr double batch_norm = 2 * (4 + 4 + 6);  // a scale and a bias a channel
    EXPECT_EQ(start_of(task, config_of("classifier")).constants_bits, 32 * classifier);
    EXPECT_EQ(start_of(task, config_of("piggyback")).constants_bits, 32 * classifier);
    EXPECT_EQ(start_of(task, config_of("xbm")).constants_bits, 32 * (classifier + batch_norm));
    EXPECT_EQ(start_of(task, config_of("finetune")).constants_bits,
              32 * (classifier + batch_norm + 8));  // and hidden's bias
}

}  // namespace
}  // namespace remask
