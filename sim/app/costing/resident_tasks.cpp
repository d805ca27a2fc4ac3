#include "sim/app/costing/resident_tasks.h"

#include <algorithm>

namespace remask {

ResidentTasks::ResidentTasks(const Mapping& mapping, const Hardware& hardware, const std::vector<ChipContent>& contents,
                             int wanted, std::int64_t spare_pes)
    : tasks_(contents.size() - 1), differs_(mapping.slots.size()) {
    for (std::size_t s = 0; s < differs_.size(); ++s) {
        for (std::size_t task = 2; task < contents.size(); ++task) {
            differs_[s] = differs_[s] || contents[task][s] != contents[1][s];
        }
    }
    const bool any = std::find(differs_.begin(), differs_.end(), true) != differs_.end();
    if (!any || mapping.rounds > 1) return;
    std::int64_t left = std::int64_t{hardware.chip.tiles} * hardware.chip.pes_per_tile - mapping.pes - spare_pes;
    for (std::size_t task = 1; task < tasks_ && copies_ < wanted; ++task, ++copies_) {
        std::int64_t pes = 0, arrays = 0;
        for (std::size_t s = 0; s < differs_.size(); ++s) {
            if (!differs_[s] || contents[task][s].empty()) continue;
            pes += mapping.slots[s].pes;
            arrays += mapping.slots[s].total_arrays();
        }
        left -= pes;
        if (left < 0) return;
        extra_arrays_ += arrays;
    }
}

bool ResidentTasks::is_resident(std::size_t task) const {
    return task > 0 && copies_ > 1 &&
           (task < static_cast<std::size_t>(copies_) || tasks_ == static_cast<std::size_t>(copies_));
}

std::size_t ResidentTasks::found_by(std::size_t task, std::size_t previous) const {
    if (is_resident(task)) return task;
    if (!is_resident(previous)) return previous;
    return task > static_cast<std::size_t>(copies_) ? task - 1 : 0;
}

ChipContent ResidentTasks::copy_of(const ChipContent& content) const {
    ChipContent copy(content.size());
    for (std::size_t s = 0; s < content.size(); ++s) {
        if (differs_[s]) copy[s] = content[s];
    }
    return copy;
}

}  // namespace remask
