#include "sim/device/level_errors.h"

#include <charconv>
#include <cmath>
#include <sstream>
#include <string>
#include <string_view>

#include "sim/base/diagnostics.h"
#include "sim/base/files.h"
#include "sim/hardware/config_fault.h"

namespace remask {

namespace {

class LevelTable {
public:
    explicit LevelTable(const std::filesystem::path& file) : file_(file.string()) {}

    std::vector<LevelError> read(const std::string& text) {
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            ++number_;
            line = trimmed(std::string_view(line).substr(0, line.find('#')));
            if (!line.empty()) read_line(line);
        }
        if (levels_.empty()) fail("has no levels; expected lines 'level,mean,deviation' below that heading");
        return std::move(levels_);
    }

private:
    static std::string trimmed(std::string_view text) {
        const auto first = text.find_first_not_of(" \t\r");
        if (first == std::string_view::npos) return {};
        return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
    }

    [[noreturn]] void fail(const std::string& what) const {
        Diagnostic fault;
        fault.location = {file_, number_, 0};
        fault.message = what;
        throw InputError(std::vector<Diagnostic>{fault});
    }

    double number(const std::string& text) const {
        double value = 0.0;
        const char* end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), end, value);
        if (error != std::errc() || stop != end || !std::isfinite(value)) fail("'" + text + "' is no number");
        return value;
    }

    void read_line(const std::string& line) {
        std::vector<std::string> cells;
        std::istringstream parts(line);
        for (std::string cell; std::getline(parts, cell, ',');) cells.push_back(trimmed(cell));
        if (cells.size() != 3) fail("must have three columns: level,mean,deviation");
        if (!heading_seen_) {
            heading_seen_ = true;
            if (cells != std::vector<std::string>{"level", "mean", "deviation"}) {
                fail("the first line must be the heading 'level,mean,deviation'");
            }
            return;
        }
        if (cells[0] != std::to_string(levels_.size())) {
            fail("level " + std::to_string(levels_.size()) + " was expected, not '" + cells[0] + "'");
        }
        const LevelError error{number(cells[1]), number(cells[2])};
        if (std::abs(error.mean) > 1.0) fail("the mean is a share of Gmax - Gmin: -1 to 1");
        if (error.deviation < 0.0 || error.deviation > 1.0) fail("the deviation is a share of Gmax - Gmin: 0 to 1");
        levels_.push_back(error);
    }

    std::string file_;
    int number_ = 0;
    bool heading_seen_ = false;
    std::vector<LevelError> levels_;
};

}  // namespace

std::vector<LevelError> read_level_errors(const std::filesystem::path& file) {
    return LevelTable(file).read(read_file(file));
}

DeviceParameters with_level_errors(DeviceParameters device, int cell_bits) {
    if (!device.programming_error || device.programming_error->model != ErrorModel::table) return device;
    ProgrammingError& error = *device.programming_error;
    if (!error.levels_file.empty()) error.levels = read_level_errors(error.levels_file);
    const std::size_t levels = std::size_t{1} << cell_bits;
    if (error.levels.size() != levels) {
        refuse_config("device.programming_error", "has errors of " + std::to_string(error.levels.size()) +
                                                      " levels, but a cell of " + std::to_string(cell_bits) +
                                                      " bits (crossbar.cell_bits) has " + std::to_string(levels));
    }
    return device;
}

}  // namespace remask
