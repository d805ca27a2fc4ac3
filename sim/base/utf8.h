// Is a text UTF-8, as result files need it?
#pragma once

#include <cstddef>
#include <string_view>

namespace remask {

/// Bytes of the UTF-8 character that begins at `at`; 0: none does (a lone or missing continuation byte, an overlong
/// first byte).
std::size_t utf8_length(std::string_view text, std::size_t at);

bool is_utf8(std::string_view text);

}  // namespace remask
