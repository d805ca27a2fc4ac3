// Messages take as many links as there are hops, over tiles that exist.
#include "sim/schedule/mesh.h"

#include <gtest/gtest.h>

#include "mapping/mapping.h"

namespace remask {
namespace {

TEST(Mesh, APathHasAsManyLinksAsHops) {
    Mapping mapping;
    mapping.placement.mesh_width = 5;
    constexpr std::int64_t tiles = 13;  // the last row has three
    for (std::int64_t from = 0; from < tiles; ++from) {
        for (std::int64_t to = 0; to < tiles; ++to) {
            const std::vector<std::int64_t> path = mesh_path(from, to, 5);
            EXPECT_EQ(static_cast<std::int64_t>(path.size()), mapping.hops(from, to));
            for (const std::int64_t link : path) EXPECT_LT(link / 4, tiles);
        }
    }
}

TEST(Mesh, APathLeadsWhereItShould) {
    EXPECT_TRUE(mesh_path(7, 7, 5).empty());
    const std::vector<std::int64_t> down = mesh_path(1, 8, 5);  // along the row first
    ASSERT_EQ(down.size(), 3u);
    EXPECT_EQ(link_name(down[0], 5), "tile 1 to 2");
    EXPECT_EQ(link_name(down[1], 5), "tile 2 to 3");
    EXPECT_EQ(link_name(down[2], 5), "tile 3 to 8");
    const std::vector<std::int64_t> up = mesh_path(8, 1, 5);  // up first
    EXPECT_EQ(link_name(up[0], 5), "tile 8 to 3");
    EXPECT_EQ(link_name(up[2], 5), "tile 2 to 1");
}

}  // namespace
}  // namespace remask
