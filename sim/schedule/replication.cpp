#include "sim/schedule/replication.h"

#include <queue>
#include <utility>

namespace remask {

namespace {

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
    return (a + b - 1) / b;
}

/// The slots as they are raised, and what they take up.
class Balancer {
public:
    Balancer(const Mapping& mapping, const std::vector<SlotTime>& times, const ReplicationBudget& budget)
        : mapping_(mapping), times_(times), budget_(budget), replicas_(mapping.slots.size(), 1) {
        for (std::size_t s = 0; s < replicas_.size(); ++s) {
            arrays_ += arrays_of(s);
            pes_ += mapping_.placement.pes_for(arrays_of(s));
            slowest_.emplace(busy(s), s);
        }
    }

    // Each slot needs a least number of replicas for a given interval, whatever the others have, and no fewer for a
    // shorter one. Raising all of the slowest slots, each by as little as makes it faster, thus passes through the
    // cheapest choice for every interval that can be had, one after the other: the last one within the budget is the
    // best there is, and none of its slots has a replica to spare.
    std::vector<int> balance() {
        while (!slowest_.empty()) {
            const std::vector<int> before = replicas_;
            const Time interval = slowest_.top().first;
            while (!slowest_.empty() && slowest_.top().first == interval) {
                const std::size_t s = slowest_.top().second;
                slowest_.pop();
                if (!raise(s)) return before;
                slowest_.emplace(busy(s), s);
            }
        }
        return replicas_;
    }

private:
    std::int64_t vectors(std::size_t s) const { return ceil_div(mapping_.slots[s].vectors, replicas_[s]); }
    Time busy(std::size_t s) const { return static_cast<double>(vectors(s)) * times_[s].product; }
    std::int64_t arrays_of(std::size_t s) const {
        return static_cast<std::int64_t>(mapping_.slots[s].arrays.size()) * replicas_[s];
    }

    /// The least replicas that make the slot faster; false where nothing does, or the budget is exceeded.
    bool raise(std::size_t s) {
        if (vectors(s) <= 1) return false;
        arrays_ -= arrays_of(s);
        pes_ -= mapping_.placement.pes_for(arrays_of(s));
        replicas_[s] = static_cast<int>(ceil_div(mapping_.slots[s].vectors, vectors(s) - 1));
        arrays_ += arrays_of(s);
        pes_ += mapping_.placement.pes_for(arrays_of(s));
        return pes_ <= budget_.pes && (!budget_.arrays || arrays_ <= *budget_.arrays);
    }

    const Mapping& mapping_;
    const std::vector<SlotTime>& times_;
    const ReplicationBudget& budget_;
    std::vector<int> replicas_;
    std::int64_t arrays_ = 0, pes_ = 0;
    std::priority_queue<std::pair<Time, std::size_t>> slowest_;
};

}  // namespace

std::vector<int> balanced_replicas(const Mapping& mapping, const std::vector<SlotTime>& times,
                                   const ReplicationBudget& budget) {
    return Balancer(mapping, times, budget).balance();
}

}  // namespace remask
