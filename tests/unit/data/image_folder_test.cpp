// train/CLASS/ and test/CLASS/ on disk, and what a task sees of them.
#include <gmock/gmock.h>

#include "models/data/dataset.h"
#include "photograph_files.h"
#include "sim/base/diagnostics.h"

namespace remask {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;
using testing::photograph;
using testing::TemporaryFolder;

class ImageFolder : public ::testing::Test {
protected:
    ImageFolder() {
        selection_.dataset = "image_folder";
        selection_.path = "birds";
    }
    /// Copies an image to birds/`name`; no image: an empty file.
    void put(const std::string& name, const char* image = "rgb.png") const {
        const auto path = root() / name;
        std::filesystem::create_directories(path.parent_path());
        if (image == nullptr) {
            testing::write_bytes(path, {});
        } else {
            std::filesystem::copy_file(photograph(image), path);
        }
    }
    void put_two_classes() const {
        for (const char* split : {"train", "test"}) {
            for (const char* name : {"wren/2.png", "wren/10.JPG", "auk/1.jpeg"}) put(std::string(split) + "/" + name);
        }
    }
    std::filesystem::path root() const { return folder_.path() / "birds"; }
    Dataset load(Split split) const { return load_dataset(selection_, split, {folder_.path(), {}}, 1); }
    std::vector<std::string> names(const Dataset& dataset) const {
        std::vector<std::string> names;
        for (const auto& file : dataset.files) names.push_back(file.lexically_relative(root()).string());
        return names;
    }
    std::string input_fault(Split split) const {
        return message_of<InputError>([&] { load(split); });
    }

    TemporaryFolder folder_;
    DataSelection selection_;
};

TEST_F(ImageFolder, ClassesAndFilesAreSortedByName) {
    put_two_classes();
    put("train/wren/nested/0.png");
    put("train/wren/notes.txt", nullptr);
    put("train/wren/.hidden.png", nullptr);
    const Dataset train = load(Split::train);
    EXPECT_THAT(names(train),
                ElementsAre("train/auk/1.jpeg", "train/wren/10.JPG", "train/wren/2.png", "train/wren/nested/0.png"));
    EXPECT_THAT(train.labels, ElementsAre(0, 1, 1, 1));
    EXPECT_THAT(train.class_names, ElementsAre("auk", "wren"));
    EXPECT_EQ(train.classes, 2);
    EXPECT_TRUE(train.pixels.empty()) << "nothing is decoded";
    EXPECT_THAT(names(load(Split::test)), ElementsAre("test/auk/1.jpeg", "test/wren/10.JPG", "test/wren/2.png"));
}

TEST_F(ImageFolder, TheFirstImagesShowAllClasses) {
    for (const char* name : {"a/1.png", "a/2.png", "a/3.png", "b/1.png", "c/1.png", "c/2.png"}) {
        put("test/" + std::string(name));
    }
    const Dataset test = load(Split::test);
    EXPECT_THAT(names(test), ElementsAre("test/a/1.png", "test/b/1.png", "test/c/1.png", "test/a/2.png", "test/c/2.png",
                                         "test/a/3.png"));
    EXPECT_THAT(test.labels, ElementsAre(0, 1, 2, 0, 2, 0));
    selection_.test_limit = 3;
    EXPECT_THAT(load(Split::test).labels, ElementsAre(0, 1, 2));
}

TEST_F(ImageFolder, ValidationFolderServesWhereThereIsNoTest) {
    put("val/auk/1.png");
    EXPECT_THAT(names(load(Split::test)), ElementsAre("val/auk/1.png"));
    EXPECT_THAT(input_fault(Split::train), HasSubstr("birds: holds no folder train"));
}

TEST_F(ImageFolder, PathIsBelowTheFolderOfDataOrAbsolute) {
    put_two_classes();
    selection_.path = root().string();
    EXPECT_EQ(load_dataset(selection_, Split::test, {}, 1).count(), 3);
    selection_.path = "bird";
    EXPECT_THAT(input_fault(Split::test),
                AllOf(HasSubstr((folder_.path() / "bird").string()), HasSubstr("--data"), HasSubstr("absolute")));
    selection_.path.clear();
    EXPECT_THAT(message_of<ConfigError>([&] { load(Split::test); }), HasSubstr("'path' is missing"));
}

TEST_F(ImageFolder, SelectionAppliesToFiles) {
    put_two_classes();
    selection_.classes = {1};
    EXPECT_THAT(names(load(Split::test)), ElementsAre("test/wren/10.JPG", "test/wren/2.png"));
    EXPECT_THAT(load(Split::test).labels, ElementsAre(0, 0));
    EXPECT_THAT(load(Split::test).class_names, ElementsAre("wren"));
    selection_.train_limit = 1;
    EXPECT_THAT(names(load(Split::train)), ElementsAre("train/wren/10.JPG"));
    selection_.classes = {2};
    EXPECT_THAT(message_of<ConfigError>([&] { load(Split::test); }), HasSubstr("0..1"));
}

TEST_F(ImageFolder, TestImagesAloneCanBeSharedOut) {
    for (const char* name : {"1", "2", "3", "4"}) put("test/auk/" + std::string(name) + ".png");
    selection_.train_share_of_test = 0.5;
    EXPECT_THAT(names(load(Split::train)), ElementsAre("test/auk/1.png", "test/auk/2.png"));
    EXPECT_THAT(names(load(Split::test)), ElementsAre("test/auk/3.png", "test/auk/4.png"));
}

TEST_F(ImageFolder, FaultsNameTheFolderOrFile) {
    EXPECT_THAT(input_fault(Split::train), HasSubstr("there is no folder"));
    std::filesystem::create_directories(root());
    EXPECT_THAT(input_fault(Split::test), HasSubstr("neither a folder test nor a folder val"));
    std::filesystem::create_directories(root() / "test");
    EXPECT_THAT(input_fault(Split::test), HasSubstr("birds/test: holds no class folders"));
    std::filesystem::create_directories(root() / "test/auk");
    EXPECT_THAT(input_fault(Split::test), HasSubstr("birds/test/auk: holds no .jpg, .jpeg or .png file"));
    put("test/auk/1.webp", nullptr);
    EXPECT_THAT(input_fault(Split::test), HasSubstr("birds/test/auk/1.webp: only JPEG and PNG"));
}

TEST_F(ImageFolder, BothSplitsNeedTheSameClasses) {
    put_two_classes();
    put("train/crow/1.png");
    EXPECT_THAT(input_fault(Split::train), AllOf(HasSubstr("birds/train: class 'crow'"), HasSubstr("birds/test")));
    EXPECT_THAT(input_fault(Split::test), AllOf(HasSubstr("birds/train: class 'crow'"), HasSubstr("birds/test")));
}

TEST_F(ImageFolder, ALinkThatLeadsRoundEnds) {
    put_two_classes();
    std::filesystem::create_directory_symlink("..", root() / "test/wren/up");
    EXPECT_THAT(input_fault(Split::test), HasSubstr("too deep"));
}

}  // namespace
}  // namespace remask
