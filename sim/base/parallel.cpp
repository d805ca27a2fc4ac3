#include "sim/base/parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "sim/base/diagnostics.h"

namespace remask {

struct ThreadPool::Shared {
    using Work = std::function<void(std::int64_t, int)>;

    std::mutex mutex;
    std::condition_variable wake;  // a new job or the end
    std::condition_variable done;  // the last worker left the job
    std::uint64_t job = 0;         // guarded by mutex, as are the next three
    int active = 0;
    bool end = false;
    std::exception_ptr exception;
    std::int64_t failed_chunk = 0;  // of `exception`

    const Work* work = nullptr;  // written before `job` changes, read after
    std::int64_t chunks = 0;
    std::atomic<std::int64_t> next{0};
    std::atomic<bool> stop{false};
    std::atomic<bool> running{false};
    std::vector<std::thread> workers;

    void take_chunks(int worker);
    void worker_loop(int worker);
    void finish();
};

void ThreadPool::Shared::take_chunks(int worker) {
    // A chunk that was claimed is always run, and chunks are claimed in order; so the lowest failing chunk is always
    // among those run, and the exception reported does not depend on the number of threads.
    while (!stop.load() && !interrupt_requested()) {
        const std::int64_t chunk = next.fetch_add(1);
        if (chunk >= chunks) return;
        try {
            (*work)(chunk, worker);
        } catch (...) {
            stop.store(true);
            const std::lock_guard lock(mutex);
            if (!exception || chunk < failed_chunk) {
                exception = std::current_exception();
                failed_chunk = chunk;
            }
        }
    }
}

void ThreadPool::Shared::worker_loop(int worker) {
    std::uint64_t seen = 0;
    std::unique_lock lock(mutex);
    for (;;) {
        wake.wait(lock, [&] { return end || job != seen; });
        if (end) return;
        seen = job;
        lock.unlock();
        take_chunks(worker);
        lock.lock();
        if (--active == 0) done.notify_one();
    }
}

void ThreadPool::Shared::finish() {
    {
        const std::lock_guard lock(mutex);
        end = true;
    }
    wake.notify_all();
    for (std::thread& worker : workers) worker.join();
}

ThreadPool::ThreadPool(int threads) : shared_(std::make_unique<Shared>()) {
    if (threads < 1) throw InternalError("a thread pool of " + std::to_string(threads) + " threads");
    try {
        for (int worker = 1; worker < threads; ++worker) {
            shared_->workers.emplace_back([shared = shared_.get(), worker] { shared->worker_loop(worker); });
        }
    } catch (const std::exception& error) {
        shared_->finish();
        throw RunError("cannot start " + std::to_string(threads) + " threads: " + error.what());
    }
}

ThreadPool::~ThreadPool() {
    shared_->finish();
}

int ThreadPool::threads() const {
    return static_cast<int>(shared_->workers.size()) + 1;
}

void ThreadPool::run(std::int64_t chunks, const std::function<void(std::int64_t chunk, int worker)>& work) {
    Shared& shared = *shared_;
    if (shared.running.exchange(true)) throw InternalError("ThreadPool::run within ThreadPool::run");
    {
        const std::lock_guard lock(shared.mutex);
        shared.work = &work;
        shared.chunks = chunks;
        shared.next.store(0);
        shared.stop.store(false);
        shared.exception = nullptr;
        shared.active = static_cast<int>(shared.workers.size());
        ++shared.job;
    }
    shared.wake.notify_all();
    shared.take_chunks(0);
    std::exception_ptr exception;
    {
        std::unique_lock lock(shared.mutex);
        shared.done.wait(lock, [&] { return shared.active == 0; });
        exception = std::exchange(shared.exception, nullptr);
    }
    shared.running.store(false);
    if (exception) std::rethrow_exception(exception);
    check_interrupt();
}

int available_threads() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return std::max(1, CPU_COUNT(&allowed));
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace remask
