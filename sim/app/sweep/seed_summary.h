// What several seeds say together: mean and deviation of a sweep's accuracies.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace remask {

/// A finished point: its axes' values, `seed` among them, and the folder of its results.json.
struct SeedPoint {
    std::vector<std::pair<std::string, std::string>> axes;
    std::filesystem::path folder;
};

/// CSV, RFC 4180: for every combination of the other axes and every method a row per task and one for the mean over the
/// tasks (task "*"), with the number of seeds and, of float and crossbar accuracy and (row "*") of what was forgotten,
/// the mean and the sample standard deviation over the seeds (empty for one seed). Throws InputError for results.json
/// of another program.
std::string seed_summary(const std::vector<SeedPoint>& points);

}  // namespace remask
