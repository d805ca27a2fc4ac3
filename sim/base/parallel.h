// Threads: a pool that runs numbered chunks of work. What a chunk computes never depends on the number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace remask {

class ThreadPool {
public:
    /// `threads` ≥ 1 workers, the calling thread among them.
    explicit ThreadPool(int threads);
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    int threads() const;

    /// Runs work(chunk, worker) for every chunk in [0, chunks), in any order, worker in [0, threads()).
    /// The first exception is rethrown here after all workers have stopped; chunks not yet started are skipped then,
    /// and after request_interrupt() (Interrupted is thrown). Calls must not nest.
    void run(std::int64_t chunks, const std::function<void(std::int64_t chunk, int worker)>& work);

private:
    struct Shared;
    std::unique_ptr<Shared> shared_;
};

/// The number of processors this process may use, at least 1.
int available_threads();

}  // namespace remask
