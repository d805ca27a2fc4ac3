// Does every chunk run once, whatever the number of threads, and does a failure come out as it should?
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "sim/base/diagnostics.h"
#include "sim/base/parallel.h"
#include "sim/base/random.h"

namespace remask {
namespace {

class Pool : public testing::TestWithParam<int> {
protected:
    ThreadPool pool_{GetParam()};
};

TEST_P(Pool, RunsEveryChunkOnce) {
    EXPECT_EQ(pool_.threads(), GetParam());
    for (const std::int64_t chunks : {0, 1, 2, 7, 1000}) {
        std::vector<int> runs(static_cast<std::size_t>(chunks),
                              0);  // a chunk run twice at once is a race that TSan sees
        std::atomic<bool> worker_in_range{true};
        pool_.run(chunks, [&](std::int64_t chunk, int worker) {
            ++runs[static_cast<std::size_t>(chunk)];
            if (worker < 0 || worker >= GetParam()) worker_in_range = false;
        });
        EXPECT_EQ(runs, std::vector<int>(static_cast<std::size_t>(chunks), 1));
        EXPECT_TRUE(worker_in_range);
    }
}

TEST_P(Pool, AWorkersChunksDoNotOverlap) {
    std::vector<int> per_worker(static_cast<std::size_t>(GetParam()),
                                0);  // no lock: TSan sees two threads of one number
    pool_.run(500, [&](std::int64_t, int worker) { ++per_worker[static_cast<std::size_t>(worker)]; });
    int sum = 0;
    for (const int count : per_worker) sum += count;
    EXPECT_EQ(sum, 500);
}

TEST_P(Pool, ResultsDoNotDependOnThreads) {
    const auto compute = [](ThreadPool& pool) {
        std::vector<double> parts(64);
        pool.run(64, [&](std::int64_t chunk, int) {
            RandomStream random(1, "chunk", static_cast<std::uint64_t>(chunk));
            double sum = 0.0;
            for (int i = 0; i < 200; ++i) sum += random.normal();
            parts[static_cast<std::size_t>(chunk)] = sum;
        });
        return parts;
    };
    ThreadPool single(1);
    EXPECT_EQ(compute(pool_), compute(single));
}

TEST_P(Pool, ThrowsTheExceptionOfTheLowestFailingChunk) {
    for (int repeat = 0; repeat < 50; ++repeat) {
        std::string message;
        try {
            pool_.run(100, [](std::int64_t chunk, int) {
                if (chunk == 5) std::this_thread::sleep_for(std::chrono::microseconds(200));  // a later one fails first
                if (chunk >= 5) throw std::runtime_error("chunk " + std::to_string(chunk));
            });
        } catch (const std::runtime_error& error) {
            message = error.what();
        }
        ASSERT_EQ(message, "chunk 5");
    }
}

TEST_P(Pool, SkipsTheRestAfterAFailureAndCanBeUsedAgain) {
    std::atomic<int> runs{0};
    EXPECT_THROW(pool_.run(100000,
                           [&](std::int64_t, int) {
                               ++runs;
                               throw std::runtime_error("stop");
                           }),
                 std::runtime_error);
    EXPECT_LE(runs.load(), GetParam());  // each worker may have begun one
    std::atomic<int> again{0};
    pool_.run(10, [&](std::int64_t, int) { ++again; });
    EXPECT_EQ(again.load(), 10);
}

TEST_P(Pool, StopsAfterAnInterrupt) {
    std::atomic<int> runs{0};
    EXPECT_THROW(pool_.run(100000,
                           [&](std::int64_t, int) {
                               ++runs;
                               request_interrupt();
                           }),
                 Interrupted);
    EXPECT_LE(runs.load(), GetParam());
    EXPECT_THROW(pool_.run(1, [](std::int64_t, int) {}), Interrupted);
    clear_interrupt();
    EXPECT_NO_THROW(pool_.run(1, [](std::int64_t, int) {}));
}

TEST_P(Pool, RefusesToNest) {
    EXPECT_THROW(pool_.run(1, [&](std::int64_t, int) { pool_.run(1, [](std::int64_t, int) {}); }), InternalError);
    EXPECT_NO_THROW(pool_.run(1, [](std::int64_t, int) {}));
}

INSTANTIATE_TEST_SUITE_P(Threads, Pool, testing::Values(1, 2, 3, 8));

TEST(ThreadPool, NeedsAThread) {
    EXPECT_THROW(ThreadPool(0), InternalError);
}

TEST(ThreadPool, MayBeDestroyedUnused) {
    for (int i = 0; i < 20; ++i) ThreadPool pool(4);
}

TEST(AvailableThreads, IsAtLeastOne) {
    EXPECT_GE(available_threads(), 1);
}

}  // namespace
}  // namespace remask
