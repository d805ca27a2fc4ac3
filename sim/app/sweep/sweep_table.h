// sweep.csv: the points of a sweep and what came out of them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/app/sweep/sweep.h"

namespace remask {

struct SweepRow {
    std::filesystem::path folder;  ///< of the point; its name is the point's
    Overrides overrides;
    std::string status;  ///< "done": `folder` holds results.json and tasks.csv; anything else: it is not read
};

/// Every path that a point sets, in the order in which they first come.
std::vector<std::string> sweep_paths(const std::vector<Overrides>& points);

/// The point's value of each of `paths`, empty where it sets none.
Overrides on_paths(const Overrides& point, const std::vector<std::string>& paths);

/// One line a point, or a task and method of a point, with a header line; RFC 4180. Columns: point, the paths, status,
/// the backbone's accuracies (share) and number of test images (empty where results.json has none) and those of
/// tasks.csv. Throws InputError where a results.json is not one of this program.
std::string sweep_table(const std::vector<SweepRow>& rows);

}  // namespace remask
