// Inside the folder only: answers of --json.
#pragma once

#include <iostream>

namespace remask {

/// To standard output; bytes that are not UTF-8, as names of files may have, are replaced.
template <class Json>
void print_json(const Json& json) {
    std::cout << json.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace remask
