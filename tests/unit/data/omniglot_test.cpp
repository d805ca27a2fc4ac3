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
using testing::idx;
using testing::message_of;
using testing::TemporaryFolder;
using testing::write_bytes;
using testing::write_gzip;

/// Two alphabets of 2 and 3 characters by 20 drawers; the pixel tells the drawer, 10 × alphabet + character the class.
void write_omniglot(const std::filesystem::path& folder) {
    Bytes pixels;
    Bytes meta;
    for (std::uint8_t alphabet = 0; alphabet < 2; ++alphabet) {
        for (std::uint8_t character = 0; character < 2 + alphabet; ++character) {
            for (std::uint8_t drawer = 1; drawer <= 20; ++drawer) {
                pixels.push_back(drawer);
                pixels.push_back(static_cast<std::uint8_t>(10 * alphabet + character));
                meta.insert(meta.end(), {alphabet, character, drawer});
            }
        }
    }
    const auto count = static_cast<std::uint32_t>(meta.size() / 3);
    write_gzip(folder / "omniglot" / "images-28x28-idx3-ubyte.gz", idx({count, 1, 2}, pixels));
    write_gzip(folder / "omniglot" / "meta-alphabet-char-drawer-idx2-ubyte.gz", idx({count, 3}, meta));
    const std::string names = "Greek\nLatin\n";
    write_bytes(folder / "omniglot" / "alphabets.txt", Bytes(names.begin(), names.end()));
}

DataSelection omniglot(const std::string& alphabet) {
    DataSelection selection;
    selection.dataset = "omniglot";
    selection.alphabet = alphabet;
    return selection;
}

TEST(Omniglot, DrawersOneToFifteenTrainAndTheRestTest) {
    const TemporaryFolder folder;
    write_omniglot(folder.path());
    const Dataset train = load_dataset(omniglot(""), Split::train, {folder.path(), {}}, 1);
    const Dataset test = load_dataset(omniglot(""), Split::test, {folder.path(), {}}, 1);
    EXPECT_EQ(train.count(), 5 * 15);
    EXPECT_EQ(test.count(), 5 * 5);
    EXPECT_EQ(train.classes, 5);
    for (std::size_t i = 0; i < train.labels.size(); ++i) EXPECT_LE(train.pixels[2 * i], 15);
    for (std::size_t i = 0; i < test.labels.size(); ++i) EXPECT_GE(test.pixels[2 * i], 16);
}

TEST(Omniglot, AnAlphabetIsATaskWhoseLabelsBeginAtZero) {
    const TemporaryFolder folder;
    write_omniglot(folder.path());
    DataSelection selection = omniglot("Latin");
    selection.test_limit = 3;
    const Dataset test = load_dataset(selection, Split::test, {folder.path(), {}}, 1);
    EXPECT_EQ(test.classes, 3);
    EXPECT_THAT(test.labels, ElementsAre(0, 1, 2)) << "a prefix must hold every character";
    EXPECT_THAT(test.pixels, ElementsAre(16, 10, 16, 11, 16, 12));
    EXPECT_THAT(test.class_names, ElementsAre("Latin/0", "Latin/1", "Latin/2"));
}

TEST(Omniglot, UnknownAlphabetsAndRowsAreReported) {
    const TemporaryFolder folder;
    write_omniglot(folder.path());
    EXPECT_THAT(message_of<ConfigError>([&] {
                    load_dataset(omniglot("Greak"), Split::test, {folder.path(), {}}, 1);
                }),
                AllOf(HasSubstr("no alphabet 'Greak'"), HasSubstr("did you mean 'Greek'?")));
    const std::string one = "Greek\n";
    write_bytes(folder.path() / "omniglot" / "alphabets.txt", Bytes(one.begin(), one.end()));
    EXPECT_THAT(message_of<InputError>([&] {
                    load_dataset(omniglot("Greek"), Split::test, {folder.path(), {}}, 1);
                }),
                AllOf(HasSubstr("row 40"), HasSubstr("alphabet 1")));
}

TEST(Omniglot, ImagesOfImpossibleSizesAreRefusedBeforeTheyAreRead) {
    const TemporaryFolder folder;
    write_omniglot(folder.path());
    write_gzip(folder.path() / "omniglot" / "images-28x28-idx3-ubyte.gz", idx({100, 0x80000000U, 2}, {}));
    EXPECT_THAT(message_of<InputError>([&] {
                    load_dataset(omniglot("Greek"), Split::test, {folder.path(), {}}, 1);
                }),
                HasSubstr("images of 2147483648 pixels a side; 1 to 4096 can be read"));
}

}  // namespace
}  // namespace remask
