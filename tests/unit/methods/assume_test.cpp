// Does an assumed task drop the share that it was asked to?
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/unit/methods/small_task.h"

namespace remask {
namespace {

using test::config_of;

TEST(AssumedTask, DropsTheShareOfEntries) {
    Network network = test::empty({16, 4, 4});
    test::append(network, "conv1", LayerKind::convolution, 64, 3);
    test::append(network, "pool", LayerKind::global_average_pool);
    test::append(network, "fc", LayerKind::linear, 2);
    finish(network);
    const ParameterMap backbone = initial_parameters(network, 1);
    const LearningInput input{.network = network,
                              .backbone = backbone,
                              .images = {},
                              .labels = {},
                              .classes = 2,
                              .geometry = test::geometry_on(network, 9, -1)};
    const std::vector<float>& before = backbone.at("conv1.weight").values;
    for (const char* name : {"piggyback", "ksm", "xbm", "xma", "finetune"}) {
        for (const double share : {0.0, 0.3, 1.0}) {
            const TaskParameters task = assume_task(config_of(name), input, share);
            const std::vector<float>& after = task.effective.at("conv1.weight").values;
            double changed = 0.0;
            for (std::size_t i = 0; i < before.size(); ++i) changed += before[i] != after[i] ? 1.0 : 0.0;
            const double entries = std::string(name) == "piggyback" || std::string(name) == "finetune" ? 9216 : 1024;
            const double four_sigma = 4 * std::sqrt(share * (1 - share) / entries);
            EXPECT_NEAR(changed / 9216, share, four_sigma + 2e-3) << name;
        }
    }
}

}  // namespace
}  // namespace remask
