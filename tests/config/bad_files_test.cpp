// What does a bad file say? Every file of bad/ begins with the messages that it must give, in their order:
//     # expect: NAME.yaml:LINE:COLUMN: error: PATH: MESSAGE
//     # set: PATH=VALUE      (given on the command line)
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "machine.h"
#include "sim/base/files.h"
#include "sim/config/config.h"

namespace remask {
namespace {

namespace fs = std::filesystem;

const fs::path folder = fs::path(REMASK_TEST_DIR) / "bad";

std::vector<std::string> bad_files() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.is_regular_file()) names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<std::string> comments(const std::string& text, const std::string& prefix) {
    std::vector<std::string> found;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind(prefix, 0) == 0) found.push_back(line.substr(prefix.size()));
    }
    return found;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from)) {
        text.replace(at, from.size(), to);
    }
}

/// Messages name files by their whole path; the test's own folder becomes "." and is left out in front of a name.
std::string without_folder(std::string text) {
    replace_all(text, folder.string() + "/", "");
    replace_all(text, folder.string(), ".");
    return text;
}

std::vector<std::string> messages_of(const fs::path& file, const std::vector<std::string>& settings) {
    std::vector<std::string> messages;
    try {
        Document document = Document::load(file, {folder / "library"});
        for (const std::string& setting : settings) document.set(setting);
        read_config<Machine>(document);
    } catch (const ConfigError& error) {
        for (const Diagnostic& diagnostic : error.diagnostics())
            messages.push_back(without_folder(to_string(diagnostic)));
    }
    return messages;
}

class BadFile : public testing::TestWithParam<std::string> {};

TEST_P(BadFile, SaysWhatIsWrong) {
    const fs::path file = folder / GetParam();
    const std::string text = read_file(file);
    const std::vector<std::string> expected = comments(text, "# expect: ");
    ASSERT_FALSE(expected.empty()) << file << " does not say what it expects";
    EXPECT_EQ(messages_of(file, comments(text, "# set: ")), expected);
}

std::string case_name(const testing::TestParamInfo<std::string>& file) {
    return file.param.substr(0, file.param.find('.'));
}

INSTANTIATE_TEST_SUITE_P(Config, BadFile, testing::ValuesIn(bad_files()), case_name);

}  // namespace
}  // namespace remask
