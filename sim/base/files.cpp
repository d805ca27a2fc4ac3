#include "sim/base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <numeric>
#include <random>
#include <system_error>

#include "sim/base/diagnostics.h"
#include "sim/base/utf8.h"

namespace remask {

namespace {

std::vector<Diagnostic> file_fault(const std::filesystem::path& path, const std::string& message) {
    std::vector<Diagnostic> diagnostics(1);
    diagnostics.front().location.file = path.string();
    diagnostics.front().message = message;
    return diagnostics;
}

std::string reason(int error) {
    return std::generic_category().message(error);
}

/// A file descriptor that closes itself.
class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }
    bool close() {
        const int number = number_;
        number_ = -1;
        return ::close(number) == 0;
    }

private:
    int number_;
};

/// Returns 0 or an errno.
int write_all(const std::filesystem::path& path, std::string_view content) {
    Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file.number() < 0) return errno;
    while (!content.empty()) {
        const ssize_t written = ::write(file.number(), content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    // Without it a crash of the machine may leave the new name with old or no content.
    if (::fsync(file.number()) != 0 && errno != EINVAL) return errno;
    return file.close() ? 0 : errno;
}

constexpr std::string_view temporary_prefix = ".remask-tmp-";

std::filesystem::path temporary_name(const std::filesystem::path& target) {
    static std::atomic<unsigned> counter{0};
    // Of the process, which other machines that share the folder may have too.
    static const std::string process = std::to_string(::getpid()) + "-" + std::to_string(std::random_device{}()) + "-";
    std::string name(temporary_prefix);  // not the target's name: with a suffix it might be too long
    name += process + std::to_string(counter.fetch_add(1));
    return target.parent_path() / name;
}

char folded(char c) {
    if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
    return c == '-' ? '_' : c;
}

/// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment); case and '-' for '_' are
/// free.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
    std::iota(previous.begin(), previous.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = folded(a[i - 1]) == folded(b[j - 1]);
            current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) && folded(a[i - 2]) == folded(b[j - 1])) {
                current[j] = std::min(current[j], before[j - 2] + 1);
            }
        }
        before.swap(previous);
        previous.swap(current);
    }
    return previous[b.size()];
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
    const auto fail = [&](const std::string& why) { throw InputError(file_fault(path, "cannot read: " + why)); };
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.number() < 0) fail(reason(errno));
    struct stat status {};
    if (::fstat(file.number(), &status) == 0 && S_ISDIR(status.st_mode)) fail("it is a folder");
    std::string content;
    char buffer[1 << 16];
    for (;;) {
        const ssize_t count = ::read(file.number(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail(reason(errno));
        if (count == 0) return content;
        content.append(buffer, static_cast<std::size_t>(count));
    }
}

void write_file(const std::filesystem::path& path, std::string_view content) {
    const auto fail = [&](const std::string& why) { throw RunError(file_fault(path, "cannot write: " + why)); };
    if (path.filename().empty()) fail("it is not a file name");
    std::error_code error;
    std::filesystem::path target = path;
    if (std::filesystem::is_symlink(path, error)) {
        target = std::filesystem::weakly_canonical(path, error);
        if (error) fail(error.message());
    }
    // A rename would replace a device such as /dev/null by a plain file.
    if (std::filesystem::exists(target, error) && !std::filesystem::is_regular_file(target, error)) {
        fail("it exists and is not a plain file");
    }
    const std::filesystem::path temporary = temporary_name(target);
    int code = write_all(temporary, content);
    if (code == 0 && std::rename(temporary.c_str(), target.c_str()) != 0) code = errno;
    if (code == 0) return;
    if (code != EEXIST) ::unlink(temporary.c_str());
    fail(reason(code));
}

void remove_left_temporaries(const std::filesystem::path& folder) {
    std::error_code ignored;
    const auto an_hour_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
    for (std::filesystem::directory_iterator entry(folder, ignored), end; !ignored && entry != end;
         entry.increment(ignored)) {
        if (entry->path().filename().string().rfind(temporary_prefix, 0) != 0) continue;
        std::error_code fault;
        const bool is_old = entry->is_regular_file(fault) && entry->last_write_time(fault) < an_hour_ago;
        if (is_old && !fault) std::filesystem::remove(entry->path(), fault);
    }
}

std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates) {
    std::string_view best;
    std::size_t best_distance = 0;
    for (const std::string& candidate : candidates) {
        const std::size_t length = std::max(word.size(), candidate.size());
        const std::size_t distance = edit_distance(word, candidate);
        // A slip leaves two thirds of a word right, and at least one letter of a short one.
        if (distance > std::max<std::size_t>(1, length / 3) || distance >= length) continue;
        if (best.empty() || distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return std::string(best);
}

std::string fault_in_name(std::string_view name) {
    if (name.empty() || name == "." || name == "..") return "must not be empty, '.' or '..'";
    if (name.size() > 100) return "must not be longer than 100 bytes";
    for (std::size_t i = 0; i < name.size();) {
        const auto lead = static_cast<unsigned char>(name[i]);
        if (lead < 0x20 || lead == 0x7F || lead == '/' || lead == '\\') {
            return "must not hold '/', '\\' or control characters";
        }
        const std::size_t length = utf8_length(name, i);
        if (length == 0) return "must be UTF-8";
        i += length;
    }
    return {};
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
    const std::string nearest = nearest_word(word, candidates);
    return nearest.empty() ? "" : " (did you mean '" + nearest + "'?)";
}

}  // namespace remask
