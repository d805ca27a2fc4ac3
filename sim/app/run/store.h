// Work that is done once: learned parameters and measured accuracies, filed under a hash of everything they depend on.
//
// A run that was stopped, and a sweep whose points differ only in cost, find them again; two processes never do the
// same piece twice.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace remask {

/// 128-bit hash (XXH3) of a text as 32 hexadecimal digits.
std::string hash_text(const std::string& text);
/// The same of a file's content; throws InputError.
std::string hash_file(const std::filesystem::path& path);

class Store {
public:
    /// Makes the folder; throws RunError where it can't be written.
    explicit Store(std::filesystem::path folder);

    /// Deletes what obtain() has left in a folder, and the folder if nothing else is in it. What a link leads to is
    /// left alone: others may use it.
    static void clear(const std::filesystem::path& folder);

    /// The file KIND-HASH.EXTENSION for `key`. If it is not there, `make(path)` writes it (whole or not at all), while
    /// other processes that want the same file wait.
    std::filesystem::path obtain(const std::string& kind, const std::string& key, const std::string& extension,
                                 const std::function<void(const std::filesystem::path&)>& make) const;

    const std::filesystem::path& folder() const { return folder_; }

private:
    std::filesystem::path folder_;
};

}  // namespace remask
