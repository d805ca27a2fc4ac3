#include "sim/app/resident_tasks.h"

#include <algorithm>

namespace remask {

ResidentTasks::ResidentTasks(const Mapping& mapping, const Hardware& hardware, const std::vector<ChipContent>& contents,
                             int wanted)
    : tasks_(contents.size() - 1), differs_(mapping.slots.size()) {
    std::int64_t pes = 0;  // of one copy
    for (std::size_t s = 0; s < differs_.size(); ++s) {
        for (std::size_t task = 2; task < contents.size(); ++task) {
            differs_[s] = differs_[s] || contents[task][s] != contents[1][s];
        }
        if (!differs_[s]) continue;
        pes += mapping.slots[s].pes;
        arrays_ += mapping.slots[s].total_arrays();
    }
    if (pes == 0 || mapping.rounds > 1) return;
    const std::int64_t all = std::int64_t{hardware.chip.tiles} * hardware.chip.pes_per_tile;
    const std::int64_t fit = 1 + (all - mapping.pes) / pes;
    copies_ = static_cast<int>(std::min({std::int64_t{wanted}, fit, static_cast<std::int64_t>(tasks_)}));
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
