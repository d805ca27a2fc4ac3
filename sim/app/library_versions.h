// Which libraries this program runs with, and the kernels that they chose on this processor.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace remask {

std::vector<std::pair<std::string, std::string>> library_versions();

}  // namespace remask
