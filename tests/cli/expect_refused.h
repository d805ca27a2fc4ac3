// Experiments that must be refused.
#pragma once

#include <string>
#include <vector>

namespace remask::test {

/// Runs `text` as an experiment and expects this end and these messages; nothing may be left where the results would
/// be.
void expect_refused(const std::string& text, int exit_code, const std::vector<std::string>& messages,
                    const std::vector<std::string>& options = {});

}  // namespace remask::test
