#include <gmock/gmock.h>

#include "models/data/dataset.h"
#include "sim/base/diagnostics.h"
#include "tests/unit/data/small_files.h"

namespace remask {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::message_of;
using testing::TemporaryFolder;
using testing::write_numbered_mnist;

TEST(DataFolders, MissingFilesSayWhatWhereAndHow) {
    const TemporaryFolder folder;
    DataSelection selection;
    selection.dataset = "cifar10";
    const std::string with_folder = message_of<InputError>([&] {
        load_dataset(selection, Split::test, {folder.path(), folder.path() / "own"}, 1);
    });
    EXPECT_THAT(with_folder, AllOf(HasSubstr("data set 'cifar10'"), HasSubstr("test_batch.bin"),
                                   HasSubstr((folder.path() / "cifar10").string()),
                                   HasSubstr((folder.path() / "cifar-10-batches-bin").string()),
                                   HasSubstr((folder.path() / "own" / "cifar10").string()), HasSubstr("--data DIR"),
                                   HasSubstr("REMASK_DATA")));
    const std::string without = message_of<InputError>([&] { load_dataset(selection, Split::test, {}, 1); });
    EXPECT_THAT(without, AllOf(HasSubstr("no data folder was given"), HasSubstr("--data DIR")));
}

TEST(DataFolders, TheUsersFolderComesFirst) {
    const TemporaryFolder folder;
    write_numbered_mnist(folder.path() / "own" / "fashion_mnist", "t10k", {1, 2});
    DataSelection selection;
    selection.dataset = "fashion_mnist";
    const DataFolders folders{folder.path() / "user", folder.path() / "own"};
    EXPECT_EQ(load_dataset(selection, Split::test, folders, 1).count(), 2);
    write_numbered_mnist(folder.path() / "user" / "fashion-mnist", "t10k", {3, 4, 5});
    EXPECT_EQ(load_dataset(selection, Split::test, folders, 1).count(), 3);
}

TEST(DataFolders, ImagesAndLabelsNeverComeFromDifferentFolders) {
    const TemporaryFolder folder;
    write_numbered_mnist(folder.path() / "own" / "mnist", "t10k", {1, 2});
    write_numbered_mnist(folder.path() / "user" / "mnist", "t10k", {3, 4});
    std::filesystem::remove(folder.path() / "user" / "mnist" / "t10k-labels-idx1-ubyte");
    DataSelection selection;
    selection.dataset = "mnist";
    const DataFolders folders{folder.path() / "user", folder.path() / "own"};
    EXPECT_THAT(message_of<InputError>([&] { load_dataset(selection, Split::test, folders, 1); }),
                AllOf(HasSubstr("user/mnist"), HasSubstr("lacks t10k-labels-idx1-ubyte")));
}

TEST(DataFolders, UnknownDataSetsAreNamedWithASuggestion) {
    DataSelection selection;
    selection.dataset = "cifar_10";
    EXPECT_THAT(message_of<ConfigError>([&] { load_dataset(selection, Split::test, {}, 1); }),
                AllOf(HasSubstr("unknown data set 'cifar_10'"), HasSubstr("did you mean 'cifar10'?")));
}

}  // namespace
}  // namespace remask
