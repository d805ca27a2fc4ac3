#include <gtest/gtest.h>

#include <cmath>

#include "mapping/task_switch.h"
#include "tests/unit/mapping/examples.h"

namespace remask {
namespace {

using examples::one_matrix;
using examples::small_chip;

// One weight of 2 slices and 2 sides. 0 → 1 → 5 (digits 1,1) → −5: the positive low cell changes in steps 1 and 3, the
// positive high one in steps 2 and 3, the negative ones in step 3.
TEST(Wear, CountsWritesOfEachCell) {
    const Mapping mapping = map_network(one_matrix(1, 1), small_chip());
    WearCounter wear(mapping, small_chip());
    EXPECT_EQ(wear.max_writes(), 0);
    EXPECT_EQ(wear.histogram(), std::vector<std::int64_t>{4});
    const std::vector<std::vector<std::int32_t>> values{{0}, {1}, {5}, {-5}};
    for (std::size_t i = 1; i < values.size(); ++i) {
        const std::vector<SlotWeights> from{values[i - 1]};
        const std::vector<SlotWeights> to{values[i]};
        wear.add(from, to);
    }
    EXPECT_EQ(wear.max_writes(), 2);
    EXPECT_EQ(wear.histogram(), (std::vector<std::int64_t>{0, 2, 2}));
}

TEST(Wear, LifeIsEnduranceOverWritesADay) {
    EXPECT_DOUBLE_EQ(life_days(1e6, 1.0, 24.0), 1e6 / 24.0);
    EXPECT_DOUBLE_EQ(life_days(1e6, 0.5, 10.0), 2e5);
    EXPECT_TRUE(std::isinf(life_days(1e6, 0.0, 10.0)));
}

}  // namespace
}  // namespace remask
