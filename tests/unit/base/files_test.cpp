// Does a file appear whole or not at all? Are slips of the pen recognised?
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "sim/base/diagnostics.h"
#include "sim/base/files.h"

namespace remask {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "remask-files-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    std::size_t files() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
    }
    fs::path folder_;
};

/// No file of this process may grow beyond `bytes` as long as it lives: a disk that is full.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit limit = before_;
        limit.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        ::signal(SIGXFSZ, handler_);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

private:
    rlimit before_{};
    void (*handler_)(int);
};

TEST_F(Files, WritesAndReadsBack) {
    const std::string content("text\n\0binary\xff", 13);
    write_file(folder_ / "a", content);
    EXPECT_EQ(read_file(folder_ / "a"), content);
    write_file(folder_ / "a", "");
    EXPECT_EQ(read_file(folder_ / "a"), "");
    const std::string large(3000000, 'x');
    write_file(folder_ / "a", large);
    EXPECT_EQ(read_file(folder_ / "a"), large);
    EXPECT_EQ(files(), 1u);
}

TEST_F(Files, AFailedWriteLeavesTheOldFileAndNoOther) {
    write_file(folder_ / "a", "old");
    {
        const FileSizeLimit limit(1000);
        EXPECT_THROW(write_file(folder_ / "a", std::string(5000, 'x')), RunError);
    }
    EXPECT_EQ(read_file(folder_ / "a"), "old");
    EXPECT_EQ(files(), 1u);
}

TEST_F(Files, WhatKilledProcessesLeftIsRemovedOnceItIsOld) {
    const auto make = [&](const std::string& name, std::chrono::minutes age) {
        std::ofstream(folder_ / name) << "half";
        fs::last_write_time(folder_ / name, fs::file_time_type::clock::now() - age);
    };
    make(".remask-tmp-1-0", std::chrono::minutes(61));
    make(".remask-tmp-2-0", std::chrono::minutes(1));  // may be being written
    make("results.json", std::chrono::minutes(61));
    fs::create_directory(folder_ / ".remask-tmp-folder");
    remove_left_temporaries(folder_);
    EXPECT_FALSE(fs::exists(folder_ / ".remask-tmp-1-0"));
    EXPECT_TRUE(fs::exists(folder_ / ".remask-tmp-2-0"));
    EXPECT_TRUE(fs::exists(folder_ / "results.json"));
    EXPECT_TRUE(fs::exists(folder_ / ".remask-tmp-folder"));
    remove_left_temporaries(folder_ / "none");
}

TEST_F(Files, WhereNothingCanBeWritten) {
    write_file(folder_ / "file", "x");
    fs::create_directory(folder_ / "folder");
    EXPECT_THROW(write_file(folder_ / "missing" / "a", "x"), RunError);
    EXPECT_THROW(write_file(folder_ / "file" / "a", "x"), RunError);
    EXPECT_THROW(write_file(folder_ / "folder", "x"), RunError);
    EXPECT_THROW(write_file(folder_ / "folder" / "", "x"), RunError);
    EXPECT_THROW(write_file("/dev/null", "x"), RunError);
    EXPECT_THROW(write_file("", "x"), RunError);
    EXPECT_EQ(files(), 2u);
    EXPECT_TRUE(fs::is_empty(folder_ / "folder"));
    EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(Files, AnUnwritableFolder) {
    const fs::path closed = folder_ / "closed";
    fs::create_directory(closed);
    fs::permissions(closed, fs::perms::owner_read | fs::perms::owner_exec);
    if (std::ofstream(closed / "probe")) GTEST_SKIP() << "this user may write everywhere";
    EXPECT_THROW(write_file(closed / "a", "x"), RunError);
    EXPECT_TRUE(fs::is_empty(closed));
}

TEST_F(Files, TheLongestNameWorks) {
    const std::string name(255, 'n');
    write_file(folder_ / name, "x");
    EXPECT_EQ(read_file(folder_ / name), "x");
}

TEST_F(Files, ALinkStaysALink) {
    write_file(folder_ / "target", "old");
    fs::create_symlink("target", folder_ / "link");
    write_file(folder_ / "link", "new");
    EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
    EXPECT_EQ(read_file(folder_ / "target"), "new");
}

TEST_F(Files, WhatCannotBeRead) {
    try {
        read_file(folder_ / "missing");
        FAIL() << "a missing file was read";
    } catch (const InputError& error) {
        ASSERT_EQ(error.diagnostics().size(), 1u);
        EXPECT_EQ(error.diagnostics()[0].location.file, (folder_ / "missing").string());
        EXPECT_EQ(error.diagnostics()[0].message, "cannot read: No such file or directory");
    }
    EXPECT_THROW(read_file(folder_), InputError);
}

TEST(NearestWord, FindsSlips) {
    const std::vector<std::string> words{"rows", "columns", "active_rows", "adc_bits"};
    EXPECT_EQ(nearest_word("rwos", words), "rows");         // two swapped
    EXPECT_EQ(nearest_word("row", words), "rows");          // one missing
    EXPECT_EQ(nearest_word("collumns", words), "columns");  // one too many
    EXPECT_EQ(nearest_word("Active-Rows", words), "active_rows");
    EXPECT_EQ(nearest_word("adcbits", words), "adc_bits");
    EXPECT_EQ(nearest_word("rows", words), "rows");
}

TEST(NearestWord, LeavesOtherWordsAlone) {
    EXPECT_EQ(nearest_word("voltage", {"rows", "columns"}), "");
    EXPECT_EQ(nearest_word("a", {"b", "c"}), "");
    EXPECT_EQ(nearest_word("", {"b"}), "");
    EXPECT_EQ(nearest_word("x", {}), "");
}

TEST(NearestWord, OfTwoTheNearerThenTheFirst) {
    EXPECT_EQ(nearest_word("column", {"colums", "columns"}), "colums");
    EXPECT_EQ(nearest_word("columns_", {"colums", "columns"}), "columns");
}

TEST(DidYouMean, IsEmptyOrAQuestion) {
    EXPECT_EQ(did_you_mean("rwos", {"rows"}), " (did you mean 'rows'?)");
    EXPECT_EQ(did_you_mean("voltage", {"rows"}), "");
}

}  // namespace
}  // namespace remask
