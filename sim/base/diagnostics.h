// What went wrong, where, and how to mend it. Library code throws these; only the application prints and exits.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace remask {

/// A place in a text file; line and column count from 1, 0 = unknown.
struct SourceLocation {
    std::string file;
    int line = 0;
    int column = 0;
};

/// One fault: printed as `file:line:column: error: path: message`.
struct Diagnostic {
    SourceLocation location;
    std::string path;     ///< dotted path of the value, e.g. "hardware.crossbar.rows"; may be empty
    std::string message;  ///< what is wrong and how to mend it
};

std::string to_string(const Diagnostic& diagnostic);

/// The user's fault or the world's: carries everything found, so that it is reported at once.
class Error : public std::runtime_error {
public:
    explicit Error(std::vector<Diagnostic> diagnostics);
    explicit Error(const std::string& message);
    const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

private:
    std::vector<Diagnostic> diagnostics_;
};

/// The command line or a config is wrong; nothing was written. Exit code 2.
class ConfigError : public Error {
    using Error::Error;
};

/// An input file is missing, damaged or of the wrong kind. Exit code 3.
class InputError : public Error {
    using Error::Error;
};

/// The run failed (disk full, output folder not writable, …). Exit code 1.
class RunError : public Error {
    using Error::Error;
};

/// A fault of remask itself; the message asks to report it. Exit code 1.
class InternalError : public std::logic_error {
public:
    explicit InternalError(const std::string& what);
};

/// Thrown by check_interrupt() after Ctrl-C. Exit code 130.
class Interrupted : public std::exception {
public:
    const char* what() const noexcept override { return "interrupted"; }
};

/// Asks all running work to stop; safe to call from a signal handler.
void request_interrupt() noexcept;
bool interrupt_requested() noexcept;
/// Takes the request back, so that a program or a test may go on after it handled Interrupted.
void clear_interrupt() noexcept;
/// Throws Interrupted if request_interrupt() was called. Long loops call it.
void check_interrupt();

}  // namespace remask
