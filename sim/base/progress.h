// How library code tells what it is doing: it never prints. The application draws the bar and writes run.log.
#pragma once

#include <cstdint>
#include <string_view>

namespace remask {

class Progress {
public:
    virtual ~Progress() = default;
    /// A new piece of work of `total` steps begins.
    virtual void begin(std::string_view what, std::int64_t total) = 0;
    virtual void advance(std::int64_t steps) = 0;
    virtual void end() = 0;
    /// One line for the log (and the terminal where verbose).
    virtual void message(std::string_view text) = 0;
};

/// Says nothing.
Progress& silent_progress();

}  // namespace remask
