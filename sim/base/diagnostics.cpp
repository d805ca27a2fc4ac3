#include "sim/base/diagnostics.h"

#include <atomic>
#include <utility>

namespace remask {

namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

std::string joined(const std::vector<Diagnostic>& diagnostics) {
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics) {
        if (!text.empty()) text += '\n';
        text += to_string(diagnostic);
    }
    return text;
}

std::vector<Diagnostic> without_place(const std::string& message) {
    std::vector<Diagnostic> diagnostics(1);
    diagnostics.front().message = message;
    return diagnostics;
}

}  // namespace

std::string to_string(const Diagnostic& diagnostic) {
    std::string text;
    if (!diagnostic.location.file.empty()) {
        text += diagnostic.location.file;
        if (diagnostic.location.line > 0) {
            text += ':' + std::to_string(diagnostic.location.line);
            if (diagnostic.location.column > 0) text += ':' + std::to_string(diagnostic.location.column);
        }
        text += ": ";
    }
    text += "error: ";
    if (!diagnostic.path.empty()) text += diagnostic.path + ": ";
    return text + diagnostic.message;
}

Error::Error(std::vector<Diagnostic> diagnostics)
    : std::runtime_error(joined(diagnostics)), diagnostics_(std::move(diagnostics)) {}

Error::Error(const std::string& message) : Error(without_place(message)) {}

InternalError::InternalError(const std::string& what) : std::logic_error("bug in remask, please report: " + what) {}

void request_interrupt() noexcept {
    interrupted.store(true);
}

bool interrupt_requested() noexcept {
    return interrupted.load();
}

void clear_interrupt() noexcept {
    interrupted.store(false);
}

void check_interrupt() {
    if (interrupt_requested()) throw Interrupted();
}

}  // namespace remask
