// A sweep's points as processes of this program.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <map>
#include <string>

#include "sim/app/sweep/sweep_points.h"

namespace remask {

/// Starts "remask run" for one point; its messages go to the point's stderr.txt.
pid_t start_point(const Sweep& sweep, const SweepOptions& options, const SweepPoint& point);

/// Waits for one child; returns its process number, or 0 if interrupted first.
pid_t wait_for_one(int& status);

/// The points that run, by their processes. Those still there when it goes are stopped, each as soon as it has kept
/// what it has finished: SIGTERM, since a terminal's SIGINT has reached them already and a second one kills.
struct RunningPoints : std::map<pid_t, std::size_t> {
    RunningPoints() = default;
    RunningPoints(const RunningPoints&) = delete;
    RunningPoints& operator=(const RunningPoints&) = delete;
    ~RunningPoints();
};

/// The first line of the point's stderr.txt; empty where there is none.
std::string first_message(const SweepPoint& point);

}  // namespace remask
