#include "sim/app/run/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "sim/base/diagnostics.h"
#include "sim/base/files.h"

namespace remask {

namespace {

/// Holds an exclusive lock on a file as long as it lives; the kernel lets go when the process dies.
class FileLock {
public:
    explicit FileLock(const std::filesystem::path& path)
        : descriptor_(open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666)) {
        if (descriptor_ < 0) throw RunError(path.string() + ": can't be written: " + std::strerror(errno));
        while (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK && errno != EINTR) {
                const int fault = errno;
                close(descriptor_);
                throw RunError(path.string() + ": can't be locked: " + std::strerror(fault));
            }
            if (interrupt_requested()) {
                close(descriptor_);
                throw Interrupted();
            }
            usleep(50'000);
        }
    }
    ~FileLock() { close(descriptor_); }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

private:
    int descriptor_;
};

}  // namespace

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
