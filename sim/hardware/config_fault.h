// How a fault of a hardware configuration is told where it shows only in use.
#pragma once

#include <string>

#include "sim/base/diagnostics.h"

namespace remask {

/// The fault at `path` (e.g. "hardware.energy.router"), without a place in a file.
Diagnostic fault_at(const std::string& path, const std::string& message);

/// Throws it as a ConfigError.
[[noreturn]] void refuse_config(const std::string& path, const std::string& message);

}  // namespace remask
