#include "sim/app/run/store.h"

#include <xxhash.h>

#include <cstdio>
#include <regex>
#include <vector>

#include "sim/base/diagnostics.h"
#include "sim/base/file_lock.h"
#include "sim/base/files.h"

namespace remask {

std::string hash_text(const std::string& text) {
    const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
    char digits[33];
    std::snprintf(digits, sizeof digits, "%016llx%016llx", static_cast<unsigned long long>(hash.high64),
                  static_cast<unsigned long long>(hash.low64));
    return digits;
}

std::string hash_file(const std::filesystem::path& path) {
    return hash_text(read_file(path));
}

Store::Store(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::error_code fault;
    std::filesystem::create_directories(folder_, fault);
    if (fault) throw RunError(folder_.string() + ": can't be made: " + fault.message());
    remove_left_temporaries(folder_);
}

void Store::clear(const std::filesystem::path& folder) {
    static const std::regex ours("[a-z]+-[0-9a-f]{32}\\.[a-z0-9]+");
    std::error_code ignored;
    if (std::filesystem::symlink_status(folder, ignored).type() != std::filesystem::file_type::directory) return;
    std::vector<std::filesystem::path> pieces;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
        if (entry.is_regular_file(ignored) && std::regex_match(entry.path().filename().string(), ours)) {
            pieces.push_back(entry.path());
        }
    }
    for (const std::filesystem::path& piece : pieces) std::filesystem::remove(piece, ignored);
    std::filesystem::remove(folder, ignored);
}

std::filesystem::path Store::obtain(const std::string& kind, const std::string& key, const std::string& extension,
                                    const std::function<void(const std::filesystem::path&)>& make) const {
    const std::string name = kind + "-" + hash_text(key);
    std::filesystem::path file = folder_ / (name + extension);
    const std::filesystem::path hash =
        folder_ / (name + ".hash");  // written last: its presence says that the file is whole
    if (!std::filesystem::exists(hash)) {
        const FileLock lock(folder_ / (name + ".lock"));
        if (!std::filesystem::exists(hash)) {
            make(file);
            write_file(hash, hash_file(file));
        }
    }
    if (hash_file(file) != read_file(hash)) {
        throw InputError(file.string() + ": is damaged; delete this file and " + hash.filename().string() +
                         ", and run again with --resume");
    }
    return file;
}

}  // namespace remask
