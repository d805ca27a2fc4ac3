// What the runs of a sweep's points warned of.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace remask {

struct SweepWarning {
    std::string text;
    std::int64_t points = 0;  ///< that said so
};

/// Each warning once, in the order in which they first come in the folders' results.json. Throws InputError for
/// results.json of another program.
std::vector<SweepWarning> sweep_warnings(const std::vector<std::filesystem::path>& points);

}  // namespace remask
