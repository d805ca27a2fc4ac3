#include "sim/hardware/config_fault.h"

#include <vector>

namespace remask {

Diagnostic fault_at(const std::string& path, const std::string& message) {
    Diagnostic diagnostic;
    diagnostic.path = path;
    diagnostic.message = message;
    return diagnostic;
}

void refuse_config(const std::string& path, const std::string& message) {
    throw ConfigError(std::vector<Diagnostic>{fault_at(path, message)});
}

}  // namespace remask
