// A backbone and an experiment small enough to run in a second, on embedded data.
#pragma once

#include <string>

#include "program.h"

namespace remask::test {

/// A tiny backbone trained by the program itself on five digits, made once for all tests of this process.
const std::string& small_backbone();

/// An experiment on it with these methods (a YAML list); `extra` is put at the end of the file.
std::string small_experiment(const std::string& methods, const std::string& extra = "",
                             const std::string& backbone = small_backbone());

}  // namespace remask::test
