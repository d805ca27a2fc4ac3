// The version, from one place: project(remask VERSION …) in the top CMakeLists.txt.
#pragma once

#include <string_view>

namespace remask {

constexpr std::string_view version() {
    return REMASK_VERSION;
}

}  // namespace remask
