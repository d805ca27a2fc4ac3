// Does an assumed task drop the share that it was asked to?
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/unit/methods/small_task.h"

namespace remask {
namespace {

using test::config_of;

class AssumedTask : public testing::Test {
protected:
    AssumedTask() {
        test::append(network_, "conv1", LayerKind::convolution, 64, 3);
        test::append(network_, "pool", LayerKind::global_average_pool);
        test::append(network_, "fc", LayerKind::linear, 2);
        finish(network_);
        backbone_ = initial_parameters(network_, 1);
    }
    /// conv1's weights with a task that is assumed.
    std::vector<float> assumed(const std::string& method, double share, std::uint64_t seed = 1) const {
        LearningInput input{.network = network_,
                            .backbone = backbone_,
                            .images = {},
                            .labels = {},
                            .classes = 2,
                            .geometry = test::geometry_on(network_, 9, -1)};
        input.seed = seed;
        return assume_task(config_of(method), input, share).effective.at("conv1.weight").values;
    }

    Network network_ = test::empty({16, 4, 4});
    ParameterMap backbone_;
};

TEST_F(AssumedTask, DropsTheShareOfEntries) {
    const std::vector<float>& before = backbone_.at("conv1.weight").values;
    for (const char* name : {"piggyback", "ksm", "xbm", "xma", "finetune"}) {
        for (const double share : {0.0, 0.3, 1.0}) {
            const std::vector<float> after = assumed(name, share);
            double changed = 0.0;
            for (std::size_t i = 0; i < before.size(); ++i) changed += before[i] != after[i] ? 1.0 : 0.0;
            const double entries = std::string(name) == "piggyback" || std::string(name) == "finetune" ? 9216 : 1024;
            const double four_sigma = 4 * std::sqrt(share * (1 - share) / entries);
            EXPECT_NEAR(changed / 9216, share, four_sigma + 2e-3) << name;
        }
    }
}

/// supsup drops 1 − kept, whatever the share: two tasks' masks, drawn apart, differ in 2·kept·(1 − kept) of the
/// weights.
TEST_F(AssumedTask, OfSupsupLeavesOutOtherWeightsThanAnother) {
    for (const double share : {0.1, 0.9}) {
        const std::vector<float> one = assumed("supsup", share, 1), other = assumed("supsup", share, 2);
        double dropped = 0.0, differ = 0.0;
        for (std::size_t i = 0; i < one.size(); ++i) {
            dropped += one[i] == 0.0f ? 1.0 : 0.0;
            differ += (one[i] == 0.0f) != (other[i] == 0.0f) ? 1.0 : 0.0;
        }
        EXPECT_EQ(dropped, std::nearbyint(0.3 * 9216)) << share;
        const double expected = 2 * 0.7 * 0.3;
        EXPECT_NEAR(differ / 9216, expected, 4 * std::sqrt(expected * (1 - expected) / 9216) + 0.01) << share;
    }
}

}  // namespace
}  // namespace remask
