#include "mapping/placement.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

namespace remask {
namespace {

Placement chip_of(std::int64_t tiles, std::int64_t width, TileOrder order) {
    return {3, 2, tiles, width, order};
}

TEST(Placement, TakesEveryTileOnceInEitherOrder) {
    for (const TileOrder order : {TileOrder::rows, TileOrder::snake}) {
        for (std::int64_t tiles = 1; tiles < 30; ++tiles) {
            const Placement chip = chip_of(tiles, 5, order);
            std::set<std::int64_t> taken;
            for (std::int64_t position = 0; position < tiles; ++position) taken.insert(chip.tile_at(position));
            EXPECT_EQ(taken.size(), static_cast<std::size_t>(tiles));
            EXPECT_EQ(*taken.begin(), 0);
            EXPECT_EQ(*taken.rbegin(), tiles - 1);
        }
    }
}

TEST(Placement, ASnakeGoesFromTileToNeighbour) {
    const Placement chip = chip_of(20, 5, TileOrder::snake);
    for (std::int64_t position = 1; position < 20; ++position) {
        const std::int64_t a = chip.tile_at(position - 1), b = chip.tile_at(position);
        EXPECT_EQ(std::abs(a / 5 - b / 5) + std::abs(a % 5 - b % 5), 1) << position;
    }
    EXPECT_EQ(chip.tile_at(5), 9);  // below tile 4
}

TEST(Placement, ArraysFillPesAndPesFillTiles) {
    const Placement chip = chip_of(20, 5, TileOrder::snake);  // 3 arrays a PE, 2 PEs a tile
    EXPECT_EQ(chip.place(4, 5).pe, 5);
    EXPECT_EQ(chip.place(4, 5).tile, 2);
    EXPECT_EQ(chip.place(10, 0).tile, 9);  // the sixth tile
    EXPECT_EQ(chip.pes_for(7), 3);
    EXPECT_EQ(chip.tiles_for(3), 2);
}

}  // namespace
}  // namespace remask
