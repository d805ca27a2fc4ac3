// Learned parameters of a task that another's turn has followed.
#pragma once

#include <filesystem>

#include "models/methods/task_parameters.h"

namespace remask {

/// A run keeps where they lie, for those of many tasks of a large network do not fit memory together.
struct KeptTask {
    std::filesystem::path file;  ///< of the store; empty in an estimate
    TaskParameters assumed;      ///< of an estimate, else empty

    /// Without what the next task starts from. Throws InputError: the file is gone or damaged.
    TaskParameters load() const;
};

/// What Store keeps of a learned task. Throws RunError.
void save_learned(const std::filesystem::path& file, const TaskParameters& task);
/// Throws InputError.
TaskParameters load_learned(const std::filesystem::path& file);

}  // namespace remask
