#include <unistd.h>

#include <chrono>
#include <iostream>
#include <mutex>
#include <string>

#include "sim/app/command_line.h"

namespace remask {

namespace {

using Clock = std::chrono::steady_clock;

/// A bar with the time that is left, on standard error; redrawn at most ten times a second.
class ConsoleProgress : public Progress {
public:
    explicit ConsoleProgress(bool terminal) : terminal_(terminal) {}

    void begin(std::string_view what, std::int64_t total) override {
        const std::lock_guard lock(mutex_);
        what_ = what;
        total_ = total;
        done_ = 0;
        started_ = drawn_ = Clock::now();
        if (terminal_) draw();
    }

    void advance(std::int64_t steps) override {
        const std::lock_guard lock(mutex_);
        done_ += steps;
        const auto now = Clock::now();
        if (!terminal_ || now - drawn_ < std::chrono::milliseconds(100)) return;
        drawn_ = now;
        draw();
    }

    void end() override {
        const std::lock_guard lock(mutex_);
        if (terminal_) std::cerr << "\r\033[K" << std::flush;
    }

    void message(std::string_view text) override {
        const std::lock_guard lock(mutex_);
        std::cerr << (terminal_ ? "\r\033[K" : "") << text << "\n" << std::flush;
    }

private:
    void draw() {
        constexpr int width = 30;
        const double share = total_ > 0 ? static_cast<double>(done_) / static_cast<double>(total_) : 0.0;
        const int filled = static_cast<int>(share * width);
        const double elapsed = std::chrono::duration<double>(Clock::now() - started_).count();
        std::cerr << "\r\033[K" << what_ << " [" << std::string(static_cast<std::size_t>(filled), '#')
                  << std::string(static_cast<std::size_t>(width - filled), '.') << "] " << static_cast<int>(share * 100)
                  << " %";
        if (share > 0.02) std::cerr << ", " << static_cast<int>(elapsed / share * (1 - share) + 0.5) << " s left";
        std::cerr << std::flush;
    }

    bool terminal_;
    std::mutex mutex_;
    std::string what_;
    std::int64_t total_ = 0, done_ = 0;
    Clock::time_point started_, drawn_;
};

class QuietProgress : public Progress {
    void begin(std::string_view, std::int64_t) override {}
    void advance(std::int64_t) override {}
    void end() override {}
    void message(std::string_view) override {}
};

}  // namespace

std::unique_ptr<Progress> console_progress(bool quiet) {
    if (quiet) return std::make_unique<QuietProgress>();
    return std::make_unique<ConsoleProgress>(isatty(STDERR_FILENO) != 0);
}

}  // namespace remask
