// Arrays that were reduced before: the tasks of an experiment share a backbone, whose arrays are the same each time.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "sim/circuit/crosspoint.h"

namespace remask {

/// reduce_crosspoint() with a memory. Every answer is that of reduce_crosspoint() for exactly these bits. Thread-safe.
class ReductionCache {
public:
    /// Keeps at most `bytes` of arrays; the oldest make way.
    explicit ReductionCache(std::size_t bytes) : capacity_(bytes) {}

    std::shared_ptr<const std::vector<double>> reduce(const CrosspointWires& wires, std::span<const double> siemens);

    /// Arrays that were found, and that were not.
    std::size_t hits() const;
    std::size_t misses() const;

private:
    struct Entry {
        std::vector<double> question;  ///< segments and conductances
        std::shared_ptr<const std::vector<double>> answer;
        std::size_t bytes() const { return (question.size() + answer->size()) * sizeof(double); }
    };
    const Entry* find(std::size_t hash, const std::vector<double>& question) const;
    void keep(std::size_t hash, Entry entry);

    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::unordered_multimap<std::size_t, Entry> entries_;
    std::deque<std::size_t> order_;  ///< hashes, oldest first
    std::size_t bytes_ = 0;
    std::size_t hits_ = 0;
    std::size_t misses_ = 0;
};

}  // namespace remask
