// Balanced replicas against the best of all choices, found by trying them.
#include "sim/schedule/replication.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "random_networks.h"
#include "sim/base/random.h"
#include "tests/unit/mapping/examples.h"

namespace remask::test {
namespace {

Mapping once_each(const ScheduleCase& made) {
    MappingOptions options;
    options.classifier_on_crossbar = made.mapping.classifier_on_crossbar;
    return map_network(made.network, made.hardware, options);
}

Mapping with_replicas(const ScheduleCase& made, const std::vector<int>& replicas) {
    MappingOptions options;
    options.classifier_on_crossbar = made.mapping.classifier_on_crossbar;
    options.replicas = replicas;
    return map_network(made.network, made.hardware, options);
}

/// The shortest interval within the budget, over all replicas of all slots, up to as many as the budget has room for.
Time best_by_trying(const ScheduleCase& made, const ReplicationBudget& budget, const std::vector<int>& most) {
    std::vector<int> replicas(most.size(), 1);
    Time best = closed_form(with_replicas(made, replicas), made.hardware).interval;
    for (;;) {
        std::size_t s = 0;
        while (s < replicas.size() && replicas[s] == most[s]) replicas[s++] = 1;
        if (s == replicas.size()) return best;
        ++replicas[s];
        const Mapping mapping = with_replicas(made, replicas);
        if (mapping.pes > budget.pes || mapping.arrays > *budget.arrays) continue;
        best = std::min(best, closed_form(mapping, made.hardware).interval);
    }
}

/// One replica less of any slot makes the interval longer. Returns how many slots have several.
int expect_none_to_spare(const ScheduleCase& made, const std::vector<int>& replicas, Time interval) {
    int several = 0;
    for (std::size_t s = 0; s < replicas.size(); ++s) {
        if (replicas[s] == 1) continue;
        std::vector<int> fewer = replicas;
        --fewer[s];
        EXPECT_GT(closed_form(with_replicas(made, fewer), made.hardware).interval, interval) << s;
        ++several;
    }
    return several;
}

TEST(Replication, IsTheBestOfAllChoices) {
    int several = 0, tried = 0;
    for (std::uint64_t seed = 0; seed < 400 && tried < 60; ++seed) {
        SCOPED_TRACE(seed);
        const ScheduleCase made = random_case(seed);
        RandomStream random(seed, "budget");
        const Mapping single = once_each(made);
        const auto extra = static_cast<std::int64_t>(random.uniform() * 20);
        std::vector<int> most;
        double choices = 1.0;
        for (const MappedSlot& slot : single.slots) {
            most.push_back(static_cast<int>(1 + extra / static_cast<std::int64_t>(slot.arrays.size())));
            choices *= most.back();
        }
        if (choices > 3000.0) continue;
        ++tried;
        const ReplicationBudget budget{single.arrays + extra,
                                       single.pes + static_cast<std::int64_t>(random.uniform() * 20)};
        const std::vector<int> replicas = balanced_replicas(single, closed_form(single, made.hardware).slots, budget);
        const Mapping balanced = with_replicas(made, replicas);
        EXPECT_LE(balanced.arrays, *budget.arrays);
        EXPECT_LE(balanced.pes, budget.pes);
        const Time interval = closed_form(balanced, made.hardware).interval;
        EXPECT_EQ(interval, best_by_trying(made, budget, most));
        several += expect_none_to_spare(made, replicas, interval);
    }
    EXPECT_GE(tried, 40);
    EXPECT_GE(several, 20);
}

TEST(Replication, KeepsToLargeBudgetsAndUsesThem) {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        SCOPED_TRACE(seed);
        const ScheduleCase made = random_case(seed);
        const Mapping single = once_each(made);
        const ImageTime times = closed_form(single, made.hardware);
        Time before = times.interval;
        for (const std::int64_t factor : {1, 2, 4, 8, 16, 1000}) {
            const ReplicationBudget budget{single.arrays * factor, 1'000'000};
            const Mapping balanced = with_replicas(made, balanced_replicas(single, times.slots, budget));
            EXPECT_LE(balanced.arrays, *budget.arrays);
            const Time interval = closed_form(balanced, made.hardware).interval;
            EXPECT_LE(interval, before);  // more arrays never hurt
            before = interval;
        }
        // Without a limit some layer has a replica for every vector, and all others keep up with it.
        Time shortest;
        for (const SlotTime& slot : times.slots) shortest = std::max(shortest, slot.product);
        EXPECT_EQ(before, shortest);
    }
}

// Layers of 1024, 256 and 64 vectors with t_mvm equal, one array each: 16, 4 and 1 replicas take 21 arrays. With 20 the
// interval is that of 15 (69 vectors) and 4 (64): the first needs no more than ceil(1024/69) = 15.
TEST(Replication, BalancesAPipelineWorkedOutByHand) {
    Mapping mapping;
    mapping.placement = {1, 1, 100, 10, TileOrder::rows};
    std::vector<SlotTime> times(3);
    for (const std::int64_t vectors : {1024, 256, 64}) {
        MappedSlot slot;
        slot.vectors = vectors;
        slot.arrays.resize(1);
        mapping.slots.push_back(slot);
    }
    for (SlotTime& time : times) time.product = Time::from_si(1e-6);
    ReplicationBudget budget;
    budget.pes = 100;
    budget.arrays = 21;
    EXPECT_EQ(balanced_replicas(mapping, times, budget), (std::vector<int>{16, 4, 1}));
    budget.arrays = 20;
    EXPECT_EQ(balanced_replicas(mapping, times, budget), (std::vector<int>{15, 4, 1}));
    budget.arrays = 2;  // below what one each takes: nothing to give away
    EXPECT_EQ(balanced_replicas(mapping, times, budget), (std::vector<int>{1, 1, 1}));
}

}  // namespace
}  // namespace remask::test
