#include "sim/circuit/reduction_cache.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

#include "sim/circuit/reduce_crosspoint.h"

namespace remask {

namespace {

std::vector<double> question_of(const CrosspointWires& wires, std::span<const double> siemens) {
    std::vector<double> question{static_cast<double>(wires.rows())};
    question.insert(question.end(), wires.column_segments.begin(), wires.column_segments.end());
    question.insert(question.end(), wires.row_segments.begin(), wires.row_segments.end());
    question.insert(question.end(), siemens.begin(), siemens.end());
    return question;
}

std::size_t hash_of(const std::vector<double>& question) {
    std::uint64_t hash = 0x9E3779B97F4A7C15U;
    for (const double value : question) {
        hash = std::rotl((hash ^ std::bit_cast<std::uint64_t>(value)) * 0xBF58476D1CE4E5B9U, 27);
    }
    return static_cast<std::size_t>(hash);
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

}  // namespace

std::shared_ptr<const std::vector<double>> ReductionCache::reduce(const CrosspointWires& wires,
                                                                  std::span<const double> siemens) {
    std::vector<double> question = question_of(wires, siemens);
    const std::size_t hash = hash_of(question);
    {
        const std::lock_guard lock(mutex_);
        if (const Entry* known = find(hash, question)) {
            ++hits_;
            return known->answer;
        }
        ++misses_;
    }
    auto answer = std::make_shared<const std::vector<double>>(reduce_crosspoint(wires, siemens));
    const std::lock_guard lock(mutex_);
    if (find(hash, question) == nullptr) keep(hash, {std::move(question), answer});
    return answer;
}

std::size_t ReductionCache::hits() const {
    const std::lock_guard lock(mutex_);
    return hits_;
}

std::size_t ReductionCache::misses() const {
    const std::lock_guard lock(mutex_);
    return misses_;
}

const ReductionCache::Entry* ReductionCache::find(std::size_t hash, const std::vector<double>& question) const {
    const auto [first, last] = entries_.equal_range(hash);
    for (auto at = first; at != last; ++at) {
        if (same_bits(at->second.question, question)) return &at->second;
    }
    return nullptr;
}

void ReductionCache::keep(std::size_t hash, Entry entry) {
    bytes_ += entry.bytes();
    entries_.emplace(hash, std::move(entry));
    order_.push_back(hash);
    while (bytes_ > capacity_) {
        const auto oldest = entries_.find(order_.front());
        order_.pop_front();
        bytes_ -= oldest->second.bytes();
        entries_.erase(oldest);
    }
}

}  // namespace remask
