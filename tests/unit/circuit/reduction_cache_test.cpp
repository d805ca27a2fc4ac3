// Does the memory of reduced arrays answer as the reduction does, forget nothing that differs, and stay within its
// bounds?
#include <gtest/gtest.h>

#include "sim/base/parallel.h"
#include "sim/circuit/reduce_crosspoint.h"
#include "sim/circuit/reduction_cache.h"
#include "tests/unit/circuit/arrays.h"

namespace remask {
namespace {

TEST(ReductionCache, AnswersTheSecondTimeFromMemory) {
    RandomStream random(21, "cache");
    const CrosspointWires wires = uniform_wires(9, 7, 1.0, 2.0);
    std::vector<double> siemens = random_siemens(random, 63);
    ReductionCache cache(1 << 20);
    const auto first = cache.reduce(wires, siemens);
    EXPECT_EQ(*first, reduce_crosspoint(wires, siemens));
    EXPECT_EQ(cache.reduce(wires, siemens), first);
    EXPECT_EQ(cache.hits(), 1u);

    siemens[40] += 1e-12;
    EXPECT_EQ(*cache.reduce(wires, siemens), reduce_crosspoint(wires, siemens));
    const CrosspointWires turned = uniform_wires(7, 9, 2.0, 1.0);
    EXPECT_EQ(*cache.reduce(turned, siemens), reduce_crosspoint(turned, siemens));
    EXPECT_EQ(cache.hits(), 1u);
    EXPECT_EQ(cache.misses(), 3u);
}

TEST(ReductionCache, TheOldestMakeWay) {
    RandomStream random(22, "cache bounds");
    const CrosspointWires wires = uniform_wires(4, 4, 1.0, 1.0);
    // One array: 1 + 4 + 4 + 16 numbers asked, 16 answered.
    ReductionCache cache(2 * (25 + 16) * sizeof(double));
    std::vector<std::vector<double>> arrays;
    for (int i = 0; i < 3; ++i) {
        arrays.push_back(random_siemens(random, 16));
        cache.reduce(wires, arrays.back());
    }
    cache.reduce(wires, arrays[1]);
    cache.reduce(wires, arrays[2]);
    EXPECT_EQ(cache.hits(), 2u);
    EXPECT_EQ(*cache.reduce(wires, arrays[0]), reduce_crosspoint(wires, arrays[0]));
    EXPECT_EQ(cache.hits(), 2u);

    ReductionCache none(0);
    EXPECT_EQ(*none.reduce(wires, arrays[0]), reduce_crosspoint(wires, arrays[0]));
}

TEST(ReductionCache, ManyThreadsMayAskAtOnce) {
    RandomStream random(23, "cache threads");
    const CrosspointWires wires = uniform_wires(8, 8, 1.0, 1.0);
    std::vector<std::vector<double>> arrays;
    for (int i = 0; i < 6; ++i) arrays.push_back(random_siemens(random, 64));
    ReductionCache cache(4 * (81 + 64) * sizeof(double));
    ThreadPool pool(4);
    pool.run(200, [&](std::int64_t chunk, int) {
        const std::vector<double>& siemens = arrays[static_cast<std::size_t>(chunk % 6)];
        ASSERT_EQ(*cache.reduce(wires, siemens), reduce_crosspoint(wires, siemens));
    });
    EXPECT_EQ(cache.hits() + cache.misses(), 200u);
}

}  // namespace
}  // namespace remask
