// Whose fault it is: the section of the configuration that was at work.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "sim/base/diagnostics.h"

namespace remask {

/// `faults`; those that name neither a path nor a file are the section's at `path`, a path that begins with a point is
/// one within it.
inline std::vector<Diagnostic> attributed(std::vector<Diagnostic> faults, const std::string& path) {
    for (Diagnostic& fault : faults) {
        const bool within = fault.path.empty() || fault.path.front() == '.';
        if (within && fault.location.file.empty()) fault.path = path + fault.path;
    }
    return faults;
}

/// Does `work` for the section at `path`, e.g. "methods.0"; a ConfigError without a path is that section's.
template <class Work>
auto at_path(const std::string& path, Work&& work) {
    try {
        return work();
    } catch (const ConfigError& error) {
        throw ConfigError(attributed(error.diagnostics(), path));
    }
}

/// The same for a section that names a file or data which `work` reads: an InputError too.
template <class Work>
auto read_at_path(const std::string& path, Work&& work) {
    try {
        return at_path(path, work);
    } catch (const InputError& error) {
        throw InputError(attributed(error.diagnostics(), path));
    }
}

/// Faults of pieces of work that do not need one another, told together.
class FoundFaults {
public:
    /// Does `work`; what it refuses is kept, one fault a path.
    template <class Work>
    void of(Work&& work) {
        try {
            work();
        } catch (const ConfigError& error) {
            keep(error);
        } catch (const InputError& error) {
            of_input_ = true;
            keep(error);
        }
    }
    /// Throws what was found: an InputError where any of it was one.
    void tell() const {
        if (found_.empty()) return;
        if (of_input_) throw InputError(found_);
        throw ConfigError(found_);
    }

private:
    void keep(const Error& error) {
        for (const Diagnostic& fault : error.diagnostics()) {
            const bool known = std::any_of(found_.begin(), found_.end(), [&](const Diagnostic& other) {
                return other.path == fault.path && (!fault.path.empty() || other.message == fault.message);
            });
            if (!known) found_.push_back(fault);
        }
    }

    std::vector<Diagnostic> found_;
    bool of_input_ = false;
};

}  // namespace remask
