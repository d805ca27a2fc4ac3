#include <gmock/gmock.h>

#include "models/data/dataset.h"
#include "sim/base/diagnostics.h"
#include "tests/unit/data/small_files.h"

namespace remask {
namespace {

using ::testing::AllOf;
using testing::Bytes;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;
using testing::TemporaryFolder;
using testing::write_bytes;

/// Records whose image is one byte value throughout.
Bytes records(const std::vector<Bytes>& labels, const Bytes& fill) {
    Bytes bytes;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        bytes.insert(bytes.end(), labels[i].begin(), labels[i].end());
        bytes.insert(bytes.end(), 3072, fill[i]);
    }
    return bytes;
}

TEST(Cifar, ReadsLabelsAndPlanesInOrder) {
    const TemporaryFolder folder;
    Bytes bytes = records({{3}, {9}}, {0, 200});
    bytes[1 + 1024 + 32 + 2] = 77;  // image 0, green, row 1, column 2
    const Dataset dataset = read_cifar(write_bytes(folder.path() / "a.bin", bytes), 1, 0, 10);
    EXPECT_EQ(dataset.shape, (Shape{3, 32, 32}));
    EXPECT_THAT(dataset.labels, ElementsAre(3, 9));
    ASSERT_EQ(dataset.pixels.size(), 2U * 3072U);
    EXPECT_EQ(dataset.pixels[1 * 1024 + 1 * 32 + 2], 77);
    EXPECT_EQ(dataset.pixels[0], 0);
    EXPECT_THAT(Bytes(dataset.pixels.begin() + 3072, dataset.pixels.end()), Each(200));
}

TEST(Cifar, SaysHowManyBytesOfTheLastRecordThereAre) {
    const TemporaryFolder folder;
    Bytes bytes = records({{3}, {9}}, {0, 200});
    bytes.resize(3073 + 100);
    const auto path = write_bytes(folder.path() / "a.bin", bytes);
    EXPECT_THAT(message_of<InputError>([&] { read_cifar(path, 1, 0, 10); }),
                AllOf(HasSubstr("a.bin: truncated"), HasSubstr("byte 3073"), HasSubstr("100 of its 3073 bytes")));
    bytes.resize(1);  // of two label bytes
    EXPECT_THAT(message_of<InputError>([&] { read_cifar(write_bytes(path, bytes), 2, 1, 100); }),
                HasSubstr("1 of its 3074 bytes"));
    EXPECT_THAT(message_of<InputError>([&] { read_cifar(write_bytes(path, {}), 1, 0, 10); }), HasSubstr("is empty"));
}

TEST(Cifar, NamesTheImageWhoseLabelIsOutOfRange) {
    const TemporaryFolder folder;
    const auto path = write_bytes(folder.path() / "a.bin", records({{3}, {10}}, {0, 0}));
    EXPECT_THAT(message_of<InputError>([&] { read_cifar(path, 1, 0, 10); }),
                AllOf(HasSubstr("image 1 (byte 3073): label 10"), HasSubstr("0..9")));
    EXPECT_EQ(read_cifar(path, 1, 0, 43).labels[1], 10);
}

TEST(Cifar, Cifar10TakesFiveTrainingFilesAndOneTestFile) {
    const TemporaryFolder folder;
    for (std::uint8_t i = 0; i < 5; ++i) {
        const std::string name = "data_batch_" + std::to_string(i + 1) + ".bin";
        write_bytes(folder.path() / "cifar-10-batches-bin" / name, records({{i}}, {i}));
    }
    write_bytes(folder.path() / "cifar-10-batches-bin" / "test_batch.bin", records({{8}, {6}}, {1, 2}));
    const DataFolders folders{folder.path(), {}};
    DataSelection selection;
    selection.dataset = "cifar10";
    const Dataset train = load_dataset(selection, Split::train, folders, 1);
    EXPECT_THAT(train.labels, ElementsAre(0, 1, 2, 3, 4));
    EXPECT_EQ(train.pixels[4 * 3072], 4);
    const Dataset test = load_dataset(selection, Split::test, folders, 1);
    EXPECT_THAT(test.labels, ElementsAre(8, 6));
    EXPECT_EQ(test.name, "cifar10");
    EXPECT_EQ(test.class_names[8], "ship");
    std::filesystem::remove(folder.path() / "cifar-10-batches-bin" / "data_batch_3.bin");
    EXPECT_THAT(message_of<InputError>([&] { load_dataset(selection, Split::train, folders, 1); }),
                HasSubstr("lacks data_batch_3.bin"));
}

TEST(Cifar, Cifar100TakesFineOrCoarseLabels) {
    const TemporaryFolder folder;
    write_bytes(folder.path() / "cifar100" / "test.bin", records({{19, 99}, {4, 0}}, {1, 2}));
    const DataFolders folders{folder.path(), {}};
    DataSelection selection;
    selection.dataset = "cifar100";
    const Dataset fine = load_dataset(selection, Split::test, folders, 1);
    EXPECT_THAT(fine.labels, ElementsAre(99, 0));
    EXPECT_EQ(fine.classes, 100);
    EXPECT_EQ(fine.class_names.size(), 100U);
    selection.labels = "coarse";
    const Dataset coarse = load_dataset(selection, Split::test, folders, 1);
    EXPECT_THAT(coarse.labels, ElementsAre(19, 4));
    EXPECT_EQ(coarse.classes, 20);
    EXPECT_EQ(coarse.class_names[4], "fruit_and_vegetables");
    selection.labels = "course";
    EXPECT_THAT(message_of<ConfigError>([&] { load_dataset(selection, Split::test, folders, 1); }),
                HasSubstr("neither 'fine' nor 'coarse'"));
}

TEST(Cifar, GtsrbHas43ClassesInCifar10Records) {
    const TemporaryFolder folder;
    write_bytes(folder.path() / "gtsrb" / "train.bin", records({{42}}, {1}));
    write_bytes(folder.path() / "gtsrb" / "test.bin", records({{43}}, {1}));
    DataSelection selection;
    selection.dataset = "gtsrb";
    EXPECT_EQ(load_dataset(selection, Split::train, {folder.path(), {}}, 1).classes, 43);
    EXPECT_THROW(load_dataset(selection, Split::test, {folder.path(), {}}, 1), InputError);
}

}  // namespace
}  // namespace remask
