#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "models/data/dataset.h"
#include "sim/base/diagnostics.h"
#include "tests/unit/data/small_files.h"

namespace remask {
namespace {

using testing::Bytes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;
using ::testing::Pair;
using testing::TemporaryFolder;
using testing::write_numbered_mnist;

class SelectionTest : public ::testing::Test {
protected:
    /// The pixel of an image is its number in the file.
    Dataset load(Split split, std::uint64_t seed = 1) {
        selection_.dataset = "mnist";
        return load_dataset(selection_, split, {folder_.path(), {}}, seed);
    }
    void write(const std::string& prefix, const Bytes& labels) {
        write_numbered_mnist(folder_.path() / "mnist", prefix, labels);
    }
    /// 36 images of class 0, 24 of class 1, 12 of class 2, mixed.
    void write_uneven() {
        Bytes labels;
        for (int i = 0; i < 72; ++i) {
            const int label = i % 6 == 5 ? 2 : (i % 18 < 10 ? 0 : 1);
            labels.push_back(static_cast<std::uint8_t>(label));
        }
        write("train", labels);
    }

    TemporaryFolder folder_;
    DataSelection selection_;
};

std::map<int, int> histogram(const Dataset& dataset) {
    std::map<int, int> counts;
    for (const int label : dataset.labels) ++counts[label];
    return counts;
}

TEST_F(SelectionTest, ClassesAreRelabelledInTheOrderGiven) {
    write("t10k", {0, 5, 2, 5, 9, 2});
    selection_.classes = {5, 2};
    const Dataset test = load(Split::test);
    EXPECT_THAT(test.pixels, ElementsAre(1, 2, 3, 5));
    EXPECT_THAT(test.labels, ElementsAre(0, 1, 0, 1));
    EXPECT_EQ(test.classes, 2);
    EXPECT_THAT(test.class_names, ElementsAre("5", "2"));
}

TEST_F(SelectionTest, NoClassesMeansAll) {
    write("t10k", {0, 5, 9});
    const Dataset test = load(Split::test);
    EXPECT_THAT(test.labels, ElementsAre(0, 5, 9));
    EXPECT_EQ(test.classes, 10);
}

TEST_F(SelectionTest, WrongClassesAreReported) {
    write("t10k", {0, 5, 9});
    selection_.classes = {3, 10};
    EXPECT_THAT(message_of<ConfigError>([&] { load(Split::test); }), HasSubstr("10 is not a class of 'mnist'"));
    selection_.classes = {-1};
    EXPECT_THAT(message_of<ConfigError>([&] { load(Split::test); }), HasSubstr("0..9"));
    selection_.classes = {3, 4, 3};
    EXPECT_THAT(message_of<ConfigError>([&] { load(Split::test); }), HasSubstr("class 3 is named twice"));
}

TEST_F(SelectionTest, TrainLimitTakesTheFirstOfEachClassInTheFilesOrder) {
    write("train", {1, 1, 1, 0, 1, 0, 2, 0, 2, 2});
    selection_.classes = {0, 1, 2};
    selection_.train_limit = 5;  // 2 of class 0, 2 of class 1, 1 of class 2
    EXPECT_THAT(load(Split::train).pixels, ElementsAre(0, 1, 3, 5, 6));
    selection_.train_limit = 9;  // all 3 of class 0 and 2, the first 3 of class 1
    EXPECT_THAT(load(Split::train).pixels, ElementsAre(0, 1, 2, 3, 5, 6, 7, 8, 9));
    selection_.train_limit = 1000;
    EXPECT_EQ(load(Split::train).count(), 10);
}

TEST_F(SelectionTest, TestLimitIsAPrefixOfTheChosenClasses) {
    write("t10k", {1, 1, 1, 0, 1, 0, 2});
    selection_.test_limit = 3;
    EXPECT_THAT(load(Split::test).pixels, ElementsAre(0, 1, 2));
    selection_.classes = {0, 2};
    EXPECT_THAT(load(Split::test).pixels, ElementsAre(3, 5, 6));
}

TEST_F(SelectionTest, ValidationTakesItsShareOfEachClassAndTrainTheRest) {
    write_uneven();
    ASSERT_THAT(histogram(load(Split::train)), ElementsAre(Pair(0, 36), Pair(1, 24), Pair(2, 12)));
    selection_.validation_share = 0.3;  // 10.8, 7.2 and 3.6 images
    const Dataset train = load(Split::train);
    const Dataset validation = load(Split::validation);
    EXPECT_THAT(histogram(validation), ElementsAre(Pair(0, 11), Pair(1, 7), Pair(2, 4)));
    EXPECT_THAT(histogram(train), ElementsAre(Pair(0, 25), Pair(1, 17), Pair(2, 8)));
    Bytes together = train.pixels;
    together.insert(together.end(), validation.pixels.begin(), validation.pixels.end());
    std::sort(together.begin(), together.end());
    for (std::size_t i = 0; i < together.size(); ++i) ASSERT_EQ(together[i], i) << "each image once";
    EXPECT_TRUE(std::is_sorted(train.pixels.begin(), train.pixels.end())) << "the file's order is kept";
}

TEST_F(SelectionTest, ValidationDependsOnTheSeedAndNothingElse) {
    write_uneven();
    selection_.validation_share = 0.5;
    EXPECT_EQ(load(Split::validation, 7).pixels, load(Split::validation, 7).pixels);
    EXPECT_NE(load(Split::validation, 7).pixels, load(Split::validation, 8).pixels);
    const Dataset all = load(Split::validation, 7);
    Bytes of_class_two;
    for (std::size_t i = 0; i < all.labels.size(); ++i) {
        if (all.labels[i] == 2) of_class_two.push_back(all.pixels[i]);
    }
    selection_.classes = {2};
    EXPECT_EQ(load(Split::validation, 7).pixels, of_class_two) << "other classes do not change a class's split";
}

TEST_F(SelectionTest, AShareOfTheTestImagesIsTrainedOnAndTheOthersAreTested) {
    write("t10k", {0, 1, 0, 0, 1, 0, 2, 1, 1, 0});  // no training files
    selection_.train_share_of_test = 0.5;
    EXPECT_THAT(load(Split::train).pixels, ElementsAre(0, 1, 2, 4));  // 2 of five, 2 of four, 0 of one
    EXPECT_THAT(load(Split::test).pixels, ElementsAre(3, 5, 6, 7, 8, 9));
    selection_.test_limit = 2;
    EXPECT_THAT(load(Split::test).pixels, ElementsAre(3, 5));
    selection_.classes = {1};
    EXPECT_THAT(load(Split::train).pixels, ElementsAre(1, 4));
    selection_.train_share_of_test = 0.95;
    EXPECT_THAT(message_of<ConfigError>([&] { load(Split::train); }), HasSubstr("train_share_of_test"));
}

TEST_F(SelectionTest, WithoutAShareThereIsNoValidation) {
    write_uneven();
    EXPECT_THAT(load(Split::validation).labels, IsEmpty());
    selection_.validation_share = 0.6;
    EXPECT_THROW(load(Split::train), ConfigError);
}

TEST_F(SelectionTest, TheLimitCountsValidationImagesToo) {
    write_uneven();
    selection_.classes = {0, 1, 2};
    selection_.train_limit = 24;
    selection_.validation_share = 0.25;
    EXPECT_EQ(load(Split::train).count(), 18);
    EXPECT_EQ(load(Split::validation).count(), 6);
}

}  // namespace
}  // namespace remask
