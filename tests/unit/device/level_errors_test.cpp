// Does a table of errors in CSV become the errors, and does a bad one say where and why?
#include "sim/device/level_errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>

#include "sim/base/diagnostics.h"
#include "sim/base/files.h"

namespace remask {
namespace {

using testing::HasSubstr;

/// A file of its own, as tests run side by side.
class TableFile {
public:
    explicit TableFile(const std::string& text)
        : path_(std::filesystem::path(testing::TempDir()) /
                ("remask_level_errors_" + std::to_string(getpid()) + ".csv")) {
        write_file(path_, text);
    }
    ~TableFile() { std::filesystem::remove(path_); }
    TableFile(const TableFile&) = delete;
    TableFile& operator=(const TableFile&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

std::string fault_of(const std::string& text) {
    try {
        read_level_errors(TableFile(text).path());
    } catch (const InputError& error) {
        return to_string(error.diagnostics().at(0));
    }
    return "no fault";
}

DeviceParameters device_of(const TableFile& table) {
    DeviceParameters device;
    device.programming_error.emplace();
    device.programming_error->model = ErrorModel::table;
    device.programming_error->levels_file = table.path();
    return device;
}

TEST(LevelErrors, ReadsALineALevel) {
    const TableFile table("# measured\nlevel,mean,deviation\n0, -0.01 ,0.02\r\n\n1,0,1e-3 # fine\n");
    const auto device = with_level_errors(device_of(table), 1);
    ASSERT_EQ(device.programming_error->levels.size(), 2U);
    EXPECT_EQ(device.programming_error->levels[0].mean, -0.01);
    EXPECT_EQ(device.programming_error->levels[0].deviation, 0.02);
    EXPECT_EQ(device.programming_error->levels[1].mean, 0.0);
    EXPECT_EQ(device.programming_error->levels[1].deviation, 1e-3);
}

TEST(LevelErrors, SaysWhereATableIsWrong) {
    EXPECT_THAT(fault_of("level,mean,deviation\n0,0,0.1\n1,0\n"), HasSubstr(".csv:3: error: must have three columns"));
    EXPECT_THAT(fault_of("0,0,0.1\n"), HasSubstr(".csv:1: error: the first line must be the heading"));
    EXPECT_THAT(fault_of("level,mean,deviation\n1,0,0.1\n"), HasSubstr(".csv:2: error: level 0 was expected, not '1'"));
    EXPECT_THAT(fault_of("level,mean,deviation\n0,0,0.1x\n"), HasSubstr("'0.1x' is no number"));
    EXPECT_THAT(fault_of("level,mean,deviation\n0,0,-0.1\n"), HasSubstr("deviation is a share"));
    EXPECT_THAT(fault_of("level,mean,deviation\n0,2,0.1\n"), HasSubstr("mean is a share"));
    EXPECT_THAT(fault_of("\n"), HasSubstr("has no levels"));
    EXPECT_THROW(read_level_errors("/nowhere/table.csv"), InputError);
}

TEST(LevelErrors, RefusesATableForOtherCells) {
    const TableFile table("level,mean,deviation\n0,0,0.1\n1,0,0.1\n");
    try {
        with_level_errors(device_of(table), 2);
        FAIL() << "no error";
    } catch (const ConfigError& error) {
        EXPECT_THAT(error.what(), HasSubstr("errors of 2 levels, but a cell of 2 bits (crossbar.cell_bits) has 4"));
    }
}

}  // namespace
}  // namespace remask
