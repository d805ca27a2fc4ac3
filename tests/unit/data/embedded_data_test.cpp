// The data that comes with remask: counts are facts of how scripts/make_embedded_data.py makes it.
#include <gmock/gmock.h>

#include <algorithm>

#include "models/data/dataset.h"

namespace remask {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

const DataFolders folders{{}, std::filesystem::path(REMASK_SOURCE_DIR) / "experiments" / "data"};

Dataset load(const std::string& name, Split split) {
    DataSelection selection;
    selection.dataset = name;
    return load_dataset(selection, split, folders, 1);
}

std::vector<int> class_counts(const Dataset& dataset) {
    std::vector<int> counts(static_cast<std::size_t>(dataset.classes), 0);
    for (const int label : dataset.labels) ++counts[static_cast<std::size_t>(label)];
    return counts;
}

TEST(EmbeddedData, FashionMnistIsBalanced) {
    const Dataset train = load("fashion_mnist", Split::train);
    const Dataset test = load("fashion_mnist", Split::test);
    EXPECT_EQ(train.shape, (Shape{1, 28, 28}));
    EXPECT_EQ(train.classes, 10);
    EXPECT_THAT(class_counts(train), Each(500));
    EXPECT_THAT(class_counts(test), Each(100));
    // The published file begins with these labels; all belong to the first 500 of their class.
    EXPECT_THAT(std::vector<int>(train.labels.begin(), train.labels.begin() + 10),
                ElementsAre(9, 0, 0, 3, 0, 2, 7, 2, 5, 5));
    EXPECT_EQ(train.class_names.at(9), "Ankle boot");
}

TEST(EmbeddedData, DigitsAreDividedFourToOneClassByClass) {
    const Dataset train = load("digits", Split::train);
    const Dataset test = load("digits", Split::test);
    EXPECT_EQ(train.shape, (Shape{1, 8, 8}));
    EXPECT_EQ(train.count(), 1437);
    EXPECT_EQ(test.count(), 360);
    const std::vector<int> published{178, 182, 177, 183, 181,
                                     182, 181, 179, 174, 180};  // of UCI's optdigits.names, test file
    const std::vector<int> train_counts = class_counts(train);
    const std::vector<int> test_counts = class_counts(test);
    for (std::size_t c = 0; c < published.size(); ++c) {
        EXPECT_EQ(train_counts[c] + test_counts[c], published[c]) << c;
        EXPECT_NEAR(test_counts[c], published[c] / 5.0, 1.0) << c;
    }
}

TEST(EmbeddedData, DigitsAreScaledToBytes) {
    const Dataset test = load("digits", Split::test);
    EXPECT_EQ(*std::max_element(test.pixels.begin(), test.pixels.end()), 255);
    // The first image of class 0 is the file's first: its first row is 0 0 5 13 9 1 0 0 of 16.
    ASSERT_EQ(test.labels[0], 0);
    EXPECT_THAT(std::vector<int>(test.pixels.begin(), test.pixels.begin() + 8),
                ElementsAre(0, 0, 80, 207, 143, 16, 0, 0));  // v × 255 / 16: 79.7, 207.2, 143.4, 15.9
}

TEST(EmbeddedData, WhatIsListedAsEmbeddedIsThereAndNothingElse) {
    for (const DatasetInfo& info : list_datasets()) {
        const bool there = std::filesystem::exists(folders.embedded / info.name);
        EXPECT_EQ(there, info.embedded) << info.name;
    }
}

}  // namespace
}  // namespace remask
