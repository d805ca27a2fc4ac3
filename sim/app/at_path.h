// Whose fault it is: the section of the configuration that was at work.
#pragma once

#include <string>
#include <vector>

#include "sim/base/diagnostics.h"

namespace remask {

/// Does `work` for the section at `path`, e.g. "tasks.0": a fault that names neither a path nor a file is that
/// section's.
template <class Work>
auto at_path(const std::string& path, Work&& work) {
    const auto attributed = [&](std::vector<Diagnostic> faults) {
        for (Diagnostic& fault : faults) {
            if (fault.path.empty() && fault.location.file.empty()) fault.path = path;
        }
        return faults;
    };
    try {
        return work();
    } catch (const ConfigError& error) {
        throw ConfigError(attributed(error.diagnostics()));
    } catch (const InputError& error) {
        throw InputError(attributed(error.diagnostics()));
    }
}

}  // namespace remask
