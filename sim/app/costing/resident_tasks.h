// Several tasks' weights side by side on the chip, so that a switch between them writes nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/app/costing/costing.h"

namespace remask {

/// Layers in which the tasks' weights differ lie on the chip so many times. Every copy but the last belongs to one
/// task, in the experiment's order, and has the layers of that task's network; the others share the last one, which the
/// backbone was programmed into and which has the layers of the largest.
class ResidentTasks {
public:
    /// `contents`: entry 0 the backbone's, then one a task; layers that its network does not have are empty. As many
    /// copies as the chip has room for beside `spare_pes` that stay free for wear levelling, at most `wanted`.
    ResidentTasks(const Mapping& mapping, const Hardware& hardware, const std::vector<ChipContent>& contents,
                  int wanted, std::int64_t spare_pes = 0);

    int copies() const { return copies_; }
    /// Taken by all copies but the last.
    std::int64_t extra_arrays() const { return extra_arrays_; }
    /// Has content `task` (1 = the first task) a copy to itself?
    bool is_resident(std::size_t task) const;
    /// What lies where `task` goes, when it comes after `previous`: itself where it is resident, else what the last
    /// task of those that share its copy left, at first the backbone's.
    std::size_t found_by(std::size_t task, std::size_t previous) const;
    /// Content of a copy that only the layers that differ have; others are empty.
    ChipContent copy_of(const ChipContent& content) const;

private:
    std::size_t tasks_ = 0;
    int copies_ = 1;
    std::vector<bool> differs_;  ///< by slot
    std::int64_t extra_arrays_ = 0;
};

}  // namespace remask
