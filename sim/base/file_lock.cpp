#include "sim/base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sim/base/diagnostics.h"

namespace remask {

FileLock::FileLock(const std::filesystem::path& path)
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

FileLock::~FileLock() {
    close(descriptor_);
}

}  // namespace remask
