// How many tasks' weights fit side by side, and what they take.
#include "sim/app/costing/resident_tasks.h"

#include <gtest/gtest.h>

namespace remask {
namespace {

MappedSlot slot(std::int64_t pes, std::size_t arrays) {
    MappedSlot made;
    made.pes = pes;
    made.arrays.resize(arrays);
    return made;
}

/// A layer that no task changes (1 PE), one of the backbone's (2 PEs, 3 arrays), one that the second task grew
/// (4 PEs, 7 arrays).
struct Grown {
    Grown() {
        mapping.slots = {slot(1, 1), slot(2, 3), slot(4, 7)};
        mapping.pes = 7;
        contents = {{{0}, {0}, {}}, {{0}, {1}, {}}, {{0}, {2}, {5}}, {{0}, {3}, {6}}};
    }
    ResidentTasks on(int pes, int wanted, std::int64_t spare_pes = 0) {
        Hardware hardware;
        hardware.chip.tiles = 1;
        hardware.chip.pes_per_tile = pes;
        return {mapping, hardware, contents, wanted, spare_pes};
    }
    Mapping mapping;
    std::vector<ChipContent> contents;
};

TEST(ResidentTasks, GiveEachTaskTheRoomOfItsOwnNetwork) {
    Grown grown;
    const ResidentTasks two = grown.on(7 + 2, 3);  // the first task's copy has no grown layer
    EXPECT_EQ(two.copies(), 2);
    EXPECT_EQ(two.extra_arrays(), 3);
    EXPECT_TRUE(two.is_resident(1));
    EXPECT_FALSE(two.is_resident(2));
    EXPECT_EQ(two.found_by(3, 1), 2u);  // what the second task left in the copy that they share
    const ResidentTasks three = grown.on(7 + 2 + 6, 3);
    EXPECT_EQ(three.copies(), 3);
    EXPECT_EQ(three.extra_arrays(), 3 + 10);
    EXPECT_TRUE(three.is_resident(3));
}

TEST(ResidentTasks, AreNoMoreThanWantedOrThanThereIsRoomFor) {
    Grown grown;
    EXPECT_EQ(grown.on(100, 9).copies(), 3);
    EXPECT_EQ(grown.on(100, 2).copies(), 2);
    EXPECT_EQ(grown.on(100, 2).extra_arrays(), 3);
    EXPECT_EQ(grown.on(7 + 2 + 5, 3).copies(), 2);
    EXPECT_EQ(grown.on(7 + 1, 3).copies(), 1);
    EXPECT_EQ(grown.on(7 + 1, 3).extra_arrays(), 0);
    EXPECT_EQ(grown.on(7 + 2 + 1, 2, 1).copies(), 2);
    EXPECT_EQ(grown.on(7 + 2 + 1, 2, 2).copies(), 1);  // PEs that wear levelling needs free
    grown.mapping.rounds = 2;
    EXPECT_EQ(grown.on(100, 3).copies(), 1);
}

}  // namespace
}  // namespace remask
