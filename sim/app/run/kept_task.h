// Learned parameters of a task that another's turn has followed.
#pragma once

#include <filesystem>
#include <string>

#include "models/methods/task_parameters.h"

namespace remask {

/// A run keeps where they lie, for those of many tasks of a large network do not fit memory together.
struct KeptTask {
    std::filesystem::path file;  ///< of the store, or an earlier run's; empty where they are assumed
    std::string group;           ///< in the file
    TaskParameters assumed;      ///< else empty

    /// Without what the next task starts from. Throws InputError: the file is gone or damaged.
    TaskParameters load() const;
};

/// The group of a store's file.
inline constexpr const char* saved_task = "/task";

/// What Store keeps of a learned task. Throws RunError.
void save_learned(const std::filesystem::path& file, const TaskParameters& task);
/// From save_learned()'s group, or one of a run's results.h5. Throws InputError.
TaskParameters load_learned(const std::filesystem::path& file, const std::string& group = saved_task);

}  // namespace remask
