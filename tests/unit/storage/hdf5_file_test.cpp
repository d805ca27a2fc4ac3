// HDF5 files: what is written is read back, and a damaged file says what is wrong with it.
#include "sim/storage/hdf5_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <thread>

#include "sim/base/diagnostics.h"
#include "sim/base/files.h"

namespace remask {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Hdf5File : public ::testing::Test {
protected:
    Hdf5File() {
        folder_ = std::filesystem::temp_directory_path() / ("remask_hdf5_test_" + std::to_string(getpid()));
        std::filesystem::create_directories(folder_);
        file_ = folder_ / "data.h5";
    }
    ~Hdf5File() override { std::filesystem::remove_all(folder_); }

    template <class T>
    void store(const std::vector<T>& values) {
        Hdf5Writer writer(file_);
        writer.write<T>("/values", {static_cast<std::int64_t>(values.size())}, values);
        writer.commit();
    }

    template <class F>
    std::string input_error(F&& work) {
        try {
            work();
        } catch (const InputError& error) {
            return error.what();
        }
        return "no InputError was thrown";
    }

    std::filesystem::path folder_, file_;
};

TEST_F(Hdf5File, GivesBackWhatWasWritten) {
    const std::vector<float> matrix{1.5f, -2.0f, 0.1f, std::numeric_limits<float>::infinity(), 0.0f, 3e-39f};
    {
        Hdf5Writer writer(file_);
        writer.write<float>("/a/b/matrix", {2, 3}, matrix);
        writer.write_scalar<std::int64_t>("/a/count", std::numeric_limits<std::int64_t>::min());
        writer.write_text("/a/text", "grüße\nzwei");
        writer.write_text("/empty text", "");
        writer.write<double>("/nothing", {0, 4}, {});
        writer.commit();
    }
    const Hdf5Reader reader(file_);
    EXPECT_THAT(reader.shape("/a/b/matrix"), ElementsAre(2, 3));
    EXPECT_EQ(reader.read<float>("/a/b/matrix"), matrix);
    EXPECT_THAT(reader.shape("/a/count"), ElementsAre());
    EXPECT_THAT(reader.read<std::int64_t>("/a/count"), ElementsAre(std::numeric_limits<std::int64_t>::min()));
    EXPECT_EQ(reader.read_text("/a/text"), "grüße\nzwei");
    EXPECT_EQ(reader.read_text("/empty text"), "");
    EXPECT_THAT(reader.read<double>("/nothing"), ElementsAre());
    EXPECT_THAT(reader.members("/"), ElementsAre("a", "empty text", "nothing"));
    EXPECT_THAT(reader.members("/a"), ElementsAre("b", "count", "text"));
    EXPECT_TRUE(reader.contains("/a/b"));
    EXPECT_FALSE(reader.contains("/a/c/matrix"));
}

TEST_F(Hdf5File, KeepsNaN) {
    store<double>({std::nan(""), 1.0});
    EXPECT_TRUE(std::isnan(Hdf5Reader(file_).read<double>("/values")[0]));
    EXPECT_TRUE(std::isnan(Hdf5Reader(file_).read<float>("/values")[0]));
}

TEST_F(Hdf5File, ConvertsBetweenNumberTypesThatFit) {
    store<std::int64_t>({-128, 127});
    EXPECT_THAT(Hdf5Reader(file_).read<std::int8_t>("/values"), ElementsAre(-128, 127));
    EXPECT_THAT(Hdf5Reader(file_).read<double>("/values"), ElementsAre(-128.0, 127.0));
    store<float>({-3.0f, 255.0f});
    EXPECT_THAT(Hdf5Reader(file_).read<std::int16_t>("/values"), ElementsAre(-3, 255));
    store<std::uint8_t>({0, 200});
    EXPECT_THAT(Hdf5Reader(file_).read<std::int16_t>("/values"), ElementsAre(0, 200));
}

TEST_F(Hdf5File, RefusesValuesThatDoNotFit) {
    const auto read_byte = [&] { (void)Hdf5Reader(file_).read<std::uint8_t>("/values"); };
    for (const double value : {-1.0, 256.0, 0.5, std::nan(""), std::numeric_limits<double>::infinity()}) {
        store<double>({7.0, value});
        EXPECT_THAT(input_error(read_byte), AllOf(HasSubstr("data.h5: /values"), HasSubstr("position 1"))) << value;
    }
    store<std::int32_t>({-1});
    EXPECT_THAT(input_error(read_byte), HasSubstr("value -1 at position 0"));
    store<double>({9223372036854775808.0});  // 2^63
    EXPECT_THAT(input_error([&] { (void)Hdf5Reader(file_).read<std::int64_t>("/values"); }), HasSubstr("does not fit"));
    store<double>({1e39});
    EXPECT_THAT(input_error([&] { (void)Hdf5Reader(file_).read<float>("/values"); }), HasSubstr("does not fit"));
}

TEST_F(Hdf5File, NamesWhatIsMissingOrOfTheWrongKind) {
    {
        Hdf5Writer writer(file_);
        writer.write_text("/group/text", "abc");
        writer.write_scalar<float>("/number", 1.0f);
        writer.commit();
    }
    const Hdf5Reader reader(file_);
    EXPECT_THAT(input_error([&] { (void)reader.read<float>("/none/x"); }),
                HasSubstr("data.h5: /none/x: no such dataset"));
    EXPECT_THAT(input_error([&] { (void)reader.read<float>("/group"); }), HasSubstr("is a group"));
    EXPECT_THAT(input_error([&] { (void)reader.read<float>("/group/text"); }), HasSubstr("does not hold numbers"));
    EXPECT_THAT(input_error([&] { (void)reader.read_text("/number"); }), HasSubstr("does not hold text"));
    EXPECT_THAT(input_error([&] { (void)reader.members("/number"); }), HasSubstr("is not a group"));
    EXPECT_THAT(input_error([&] { (void)reader.members("/none"); }), HasSubstr("no such group"));
}

TEST_F(Hdf5File, RefusesFilesThatAreNotHdf5) {
    EXPECT_THAT(input_error([&] { Hdf5Reader reader(folder_ / "none.h5"); }), HasSubstr("none.h5: no such file"));
    EXPECT_THAT(input_error([&] { Hdf5Reader reader(folder_); }), HasSubstr("is a folder"));
    std::ofstream(file_) << "not HDF5";
    EXPECT_THAT(input_error([&] { Hdf5Reader reader(file_); }), HasSubstr("data.h5: cannot be opened as HDF5"));
}

TEST_F(Hdf5File, RefusesTruncatedFilesWhereverTheyAreCut) {
    store<double>(std::vector<double>(1000, 1.0));
    const auto whole = std::filesystem::file_size(file_);
    for (std::uintmax_t size = 0; size < whole; size += 97) {
        store<double>(std::vector<double>(1000, 1.0));
        std::filesystem::resize_file(file_, size);
        EXPECT_THROW((void)Hdf5Reader(file_).read<double>("/values"), InputError) << size << " of " << whole;
    }
}

TEST_F(Hdf5File, FindsADamagedNumber) {
    const std::vector<float> values{1.5f, 2.5f, 3.5f, 4.5f};
    store<float>(values);
    std::string bytes = read_file(file_);
    const std::size_t at = bytes.find(std::string(reinterpret_cast<const char*>(values.data()), 16));
    ASSERT_NE(at, std::string::npos);
    bytes[at + 5] = static_cast<char>(bytes[at + 5] ^ 1);
    write_file(file_, bytes);
    EXPECT_THROW(Hdf5Reader(file_).read<float>("/values"), InputError);
}

TEST_F(Hdf5File, LeavesNothingWithoutCommit) {
    {
        Hdf5Writer writer(file_);
        writer.write_scalar<float>("/x", 1.0f);
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(Hdf5File, KeepsTheOldFileUntilCommit) {
    store<float>({1.0f});
    {
        Hdf5Writer writer(file_);
        writer.write<float>("/values", {1}, std::vector<float>{2.0f});
        EXPECT_THAT(Hdf5Reader(file_).read<float>("/values"), ElementsAre(1.0f));
        writer.commit();
    }
    EXPECT_THAT(Hdf5Reader(file_).read<float>("/values"), ElementsAre(2.0f));
}

TEST_F(Hdf5File, FailsToWriteWhereItMayNot) {
    EXPECT_THROW(Hdf5Writer(folder_ / "none" / "data.h5"), RunError);
    std::filesystem::create_directories(folder_ / "taken" / "x");
    EXPECT_THROW(Hdf5Writer(folder_ / "taken"), RunError);
    EXPECT_THROW(Hdf5Writer("/dev/null"), RunError);
    EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), std::filesystem::directory_iterator()), 1);
}

TEST_F(Hdf5File, RefusesAShapeThatIsNotItsValues) {
    Hdf5Writer writer(file_);
    EXPECT_THROW(writer.write<float>("/x", {2, 2}, std::vector<float>{1.0f}), InternalError);
}

TEST_F(Hdf5File, MayBeUsedFromManyThreads) {
    std::vector<std::thread> threads;
    std::vector<int> sums(4, 0);
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            const auto path = folder_ / ("thread" + std::to_string(t) + ".h5");
            for (int round = 0; round < 20; ++round) {
                Hdf5Writer writer(path);
                writer.write<std::int32_t>("/values", {2}, std::vector<std::int32_t>{t, round});
                writer.commit();
                const auto values = Hdf5Reader(path).read<std::int32_t>("/values");
                sums[static_cast<std::size_t>(t)] += values[0] + values[1];
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_THAT(sums, ElementsAre(190, 210, 230, 250));  // 20 t + 0 + 1 + … + 19
}

}  // namespace
}  // namespace remask
