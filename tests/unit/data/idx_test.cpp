#include <gmock/gmock.h>

#include "models/data/dataset.h"
#include "models/data/idx_file.h"
#include "sim/base/diagnostics.h"
#include "tests/unit/data/small_files.h"

namespace remask {
namespace {

using ::testing::AllOf;
using testing::Bytes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::idx;
using testing::message_of;
using testing::TemporaryFolder;
using testing::write_bytes;
using testing::write_gzip;

const Bytes two_images{1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60};  // 2 × 2 × 3

TEST(Idx, ReadsPlainAndGzippedFilesAlike) {
    const TemporaryFolder folder;
    const auto plain = write_bytes(folder.path() / "images", idx({2, 2, 3}, two_images));
    const auto packed = write_gzip(folder.path() / "images.gz", idx({2, 2, 3}, two_images));
    const auto labels = write_gzip(folder.path() / "labels.gz", idx({2}, {7, 0}));
    for (const auto& images : {plain, packed}) {
        const Dataset dataset = read_idx(images, labels, 10);
        EXPECT_EQ(dataset.count(), 2);
        EXPECT_EQ(dataset.shape, (Shape{1, 2, 3}));
        EXPECT_EQ(dataset.pixels, two_images);
        EXPECT_THAT(dataset.labels, ElementsAre(7, 0));
        EXPECT_EQ(dataset.classes, 10);
    }
}

TEST(Idx, NamesAMissingFileAndAFolder) {
    const TemporaryFolder folder;
    EXPECT_THAT(message_of<InputError>([&] { data::read_idx_file(folder.path() / "none", 1); }),
                HasSubstr("none: no such file"));
    EXPECT_THAT(message_of<InputError>([&] { data::read_idx_file(folder.path(), 1); }), HasSubstr("is a folder"));
}

TEST(Idx, RefusesAWrongMagic) {
    const TemporaryFolder folder;
    Bytes floats = idx({2}, {1, 2});
    floats[2] = 0x0d;
    for (const Bytes& bytes : {floats, idx({1, 2}, {1, 2}), Bytes{'P', 'K', 3, 4, 0}, Bytes{0, 0}, Bytes{}}) {
        const auto path = write_bytes(folder.path() / "labels", bytes);
        EXPECT_THAT(message_of<InputError>([&] { data::read_idx_file(path, 1); }),
                    AllOf(HasSubstr("labels: wrong magic"), HasSubstr("'00 00 08 01'")));
    }
}

TEST(Idx, SaysWhatIsMissingOfATruncatedFile) {
    const TemporaryFolder folder;
    Bytes bytes = idx({2, 2, 3}, two_images);
    bytes.pop_back();
    const auto path = write_bytes(folder.path() / "images", bytes);
    EXPECT_THAT(message_of<InputError>([&] { data::read_idx_file(path, 3); }),
                AllOf(HasSubstr("truncated"), HasSubstr("announces 12 bytes"), HasSubstr("holds 11")));
    bytes.resize(9);
    EXPECT_THAT(message_of<InputError>([&] { data::read_idx_file(write_bytes(path, bytes), 3); }),
                HasSubstr("truncated within its header"));
}

TEST(Idx, SaysThatAGzipFileIsCutOff) {
    const TemporaryFolder folder;
    const auto path = write_gzip(folder.path() / "images.gz", idx({2, 2, 3}, two_images));
    const Bytes whole = testing::read_bytes(path);
    for (const std::size_t length : {whole.size() - 1, whole.size() - 8, whole.size() - 12, std::size_t{12}}) {
        write_bytes(path, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)));
        EXPECT_THROW(data::read_idx_file(path, 3), InputError) << length << " of " << whole.size() << " bytes";
    }
}

TEST(Idx, NoticesADamagedGzipFile) {
    const TemporaryFolder folder;
    const auto path = write_gzip(folder.path() / "images.gz", idx({2, 2, 3}, two_images));
    Bytes bytes = testing::read_bytes(path);
    bytes[bytes.size() - 6] ^= 0x55U;  // within the check sum
    write_bytes(path, bytes);
    EXPECT_THAT(message_of<InputError>([&] { data::read_idx_file(path, 3); }), HasSubstr("damaged"));
}

TEST(Idx, RefusesTrailingBytesAndImpossibleSizes) {
    const TemporaryFolder folder;
    Bytes longer = idx({2}, {1, 2, 3});
    EXPECT_THAT(message_of<InputError>([&] { data::read_idx_file(write_bytes(folder.path() / "a", longer), 1); }),
                HasSubstr("longer than the 2 bytes"));
    const Bytes huge = idx({0xffffffffU, 0xffffffffU, 0xffffffffU}, {1});
    EXPECT_THAT(message_of<InputError>([&] { data::read_idx_file(write_bytes(folder.path() / "b", huge), 3); }),
                HasSubstr("a side; 1 to 4096 can be read"));
    const Bytes large = idx({0xffffffffU, 28, 28}, {1, 2, 3});  // must not allocate what it announces
    EXPECT_THAT(message_of<InputError>([&] { data::read_idx_file(write_bytes(folder.path() / "c", large), 3); }),
                HasSubstr("holds 3"));
    EXPECT_THAT(message_of<InputError>([&] { data::read_idx_file(write_bytes(folder.path() / "d", idx({0}, {})), 1); }),
                HasSubstr("holds nothing"));
}

TEST(Idx, RefusesImagesAndLabelsOfDifferentNumber) {
    const TemporaryFolder folder;
    const auto images = write_bytes(folder.path() / "images", idx({2, 2, 3}, two_images));
    const auto labels = write_bytes(folder.path() / "labels", idx({3}, {0, 1, 2}));
    EXPECT_THAT(message_of<InputError>([&] { read_idx(images, labels, 10); }),
                AllOf(HasSubstr("2 images"), HasSubstr("3 labels")));
}

TEST(Idx, NamesTheImageWhoseLabelIsOutOfRange) {
    const TemporaryFolder folder;
    const auto images = write_bytes(folder.path() / "images", idx({2, 2, 3}, two_images));
    const auto labels = write_bytes(folder.path() / "labels", idx({2}, {9, 10}));
    EXPECT_THAT(message_of<InputError>([&] { read_idx(images, labels, 10); }),
                AllOf(HasSubstr("labels: image 1 (byte 9): label 10"), HasSubstr("0..9")));
}

}  // namespace
}  // namespace remask
