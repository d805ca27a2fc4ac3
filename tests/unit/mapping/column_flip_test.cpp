// What flipped columns (crossbar.column_flip) cost: cells written, wear, mean level, sums of inputs. All by hand.
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "mapping/cell_levels.h"
#include "mapping/inference_cost.h"
#include "mapping/task_switch.h"
#include "tests/unit/mapping/examples.h"

namespace remask {
namespace {

using Weights = std::vector<std::int32_t>;

/// One column of 16 rows. Each physical column sums up to 16·3 = 48, six bits: flipped from 32 on.
Hardware flipping_chip() {
    Hardware hardware = examples::small_chip();
    hardware.crossbar.column_flip = true;
    return hardware;
}

/// 15 = digits 3, 3 of the positive side in the first `full` rows, 0 in the others.
Weights full_rows(int full) {
    Weights weights(16, 0);
    std::fill(weights.begin(), weights.begin() + full, 15);
    return weights;
}

class FlippedSwitch : public testing::Test {
protected:
    SwitchPlan plan(const Weights& from, const Weights& to) {
        const std::vector<SlotWeights> before{from};
        const std::vector<SlotWeights> after{to};
        return plan_switch(mapping, hardware, before, after);
    }

    const Hardware hardware = flipping_chip();
    const Mapping mapping = map_network(examples::one_matrix(16, 1), hardware);
};

TEST_F(FlippedSwitch, ColumnsOfLargestLevelsAreErasedOnes) {
    EXPECT_EQ(plan({}, full_rows(16)).cells_written(), 0);
}

TEST_F(FlippedSwitch, ColumnsBelowTheMostSignificantBitAreWrittenAsTheyAre) {
    const SwitchPlan p = plan({}, full_rows(10));  // 10·3 = 30 < 32
    EXPECT_EQ(p.cells_set, 2 * 10);
    EXPECT_EQ(p.cells_reset, 0);
}

/// 11·3 = 33 sets the most significant bit: one weight that changes turns both columns.
TEST_F(FlippedSwitch, OneWeightCanTurnItsColumns) {
    const SwitchPlan p = plan(full_rows(10), full_rows(11));
    EXPECT_EQ(p.cells_reset, 2 * 10);  // level 3 becomes 0; in row 10 it was 0 and stays so
    EXPECT_EQ(p.cells_set, 2 * 5);     // the complement of 0
    EXPECT_EQ(p.weights_rewritten, 15);
}

TEST_F(FlippedSwitch, WearSeesTheSameCells) {
    WearCounter wear(mapping, hardware);
    const Weights from = full_rows(10);
    const Weights to = full_rows(11);
    wear.add(std::vector<SlotWeights>{from}, std::vector<SlotWeights>{to});
    EXPECT_EQ(wear.histogram(), (std::vector<std::int64_t>{64 - 30, 30}));
}

/// Columns of 9 rows, groups of 4, 4 and 1: each group decides for itself, by the bits that 4 rows need.
TEST(ColumnFlip, RowGroupsTurnByThemselves) {
    Hardware hardware = flipping_chip();
    hardware.crossbar.active_rows = 4;  // 4·3 = 12, four bits: from 8 on
    const Mapping mapping = map_network(examples::one_matrix(9, 1), hardware);
    const Weights weights{15, 15, 15, 0, 15, 15, 0, 0, 15};  // sums 9, 6, 3
    const Weights nothing;
    const SwitchPlan p =
        plan_switch(mapping, hardware, std::vector<SlotWeights>{nothing}, std::vector<SlotWeights>{weights});
    EXPECT_EQ(p.cells_set, 2 * (1 + 2 + 1));
}

TEST(ColumnFlip, SumsOfInputsAreCountedOnceForEachRow) {
    const Network network = examples::one_matrix(40, 3);
    for (const Encoding encoding : {Encoding::differential, Encoding::offset}) {
        Hardware hardware = flipping_chip();
        hardware.crossbar.encoding = encoding;
        const ActionCounts counts = total(inference_counts(map_network(network, hardware), network, hardware));
        EXPECT_EQ(counts[Action::input_sum], 40);
    }
}

}  // namespace
}  // namespace remask
