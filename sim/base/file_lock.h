// One process at a time.
#pragma once

#include <filesystem>

namespace remask {

/// Holds an exclusive lock on a file, which it makes, as long as it lives; the kernel lets go when the process dies.
class FileLock {
public:
    /// Waits for it. Throws RunError where the file can't be made or locked, Interrupted after Ctrl-C.
    explicit FileLock(const std::filesystem::path& path);
    ~FileLock();
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

private:
    int descriptor_;
};

}  // namespace remask
