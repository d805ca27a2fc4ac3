// The real data sets where they are at hand: REMASK_BENCHMARK_DATA names their folder. Counts are the data sets'
// published ones.
#include <gmock/gmock.h>

#include <cstdlib>

#include "models/data/dataset.h"
#include "sim/base/diagnostics.h"

namespace remask {
namespace {

using ::testing::Each;

class BenchmarkDataTest : public ::testing::Test {
protected:
    void SetUp() override {
        const char* folder = std::getenv("REMASK_BENCHMARK_DATA");
        if (folder == nullptr || *folder == '\0')
            GTEST_SKIP() << "set REMASK_BENCHMARK_DATA to the folder of the data sets";
        folders_.user = folder;
    }
    Dataset load(const DataSelection& selection, Split split) const {
        return load_dataset(selection, split, folders_, 1);
    }
    static std::vector<int> class_counts(const Dataset& dataset) {
        std::vector<int> counts(static_cast<std::size_t>(dataset.classes), 0);
        for (const int label : dataset.labels) ++counts[static_cast<std::size_t>(label)];
        return counts;
    }
    static DataSelection of(const std::string& name) {
        DataSelection selection;
        selection.dataset = name;
        return selection;
    }

    DataFolders folders_;
};

TEST_F(BenchmarkDataTest, Cifar10HasAThousandTestImagesAClass) {
    EXPECT_THAT(class_counts(load(of("cifar10"), Split::test)), Each(1000));
}

TEST_F(BenchmarkDataTest, Cifar100HasFiveFineClassesInEachCoarseOne) {
    DataSelection selection = of("cifar100");
    const Dataset fine = load(selection, Split::test);
    selection.labels = "coarse";
    const Dataset coarse = load(selection, Split::test);
    EXPECT_THAT(class_counts(fine), Each(100));
    EXPECT_THAT(class_counts(coarse), Each(500));
    std::vector<int> group(100, -1);
    for (std::size_t i = 0; i < fine.labels.size(); ++i) {
        int& of_fine = group[static_cast<std::size_t>(fine.labels[i])];
        if (of_fine < 0) of_fine = coarse.labels[i];
        ASSERT_EQ(of_fine, coarse.labels[i]) << i;
    }
    // "apple" is of "fruit_and_vegetables", "worm" of "non-insect_invertebrates" (the data set's page).
    EXPECT_EQ(fine.class_names[0] + " " + coarse.class_names[static_cast<std::size_t>(group[0])],
              "apple fruit_and_vegetables");
    EXPECT_EQ(fine.class_names[99] + " " + coarse.class_names[static_cast<std::size_t>(group[99])],
              "worm non-insect_invertebrates");
}

TEST_F(BenchmarkDataTest, Cifar100SubsetsAreSmallAndBalanced) {
    DataSelection selection = of("cifar100");
    selection.classes = {4, 30, 55, 72, 95};  // aquatic mammals
    selection.train_limit = 500;
    selection.validation_share = 0.1;
    const Dataset train = load(selection, Split::train);
    EXPECT_THAT(class_counts(train), Each(90));
    EXPECT_THAT(class_counts(load(selection, Split::validation)), Each(10));
    EXPECT_EQ(train.class_names[0], "beaver");
}

TEST_F(BenchmarkDataTest, GtsrbHasAllItsTestImages) {
    const Dataset test = load(of("gtsrb"), Split::test);
    EXPECT_EQ(test.count(), 12630);
    EXPECT_THAT(class_counts(test), Each(::testing::Gt(0)));
}

TEST_F(BenchmarkDataTest, OmniglotHasTwentyDrawersACharacter) {
    DataSelection selection = of("omniglot");
    const Dataset train = load(selection, Split::train);
    EXPECT_EQ(train.shape, (Shape{1, 28, 28}));
    EXPECT_THAT(class_counts(train), Each(15));
    EXPECT_THAT(class_counts(load(selection, Split::test)), Each(5));
    selection.alphabet = "Greek";
    EXPECT_EQ(load(selection, Split::test).classes, 24);
    selection.alphabet = "Klingon";
    EXPECT_THROW(load(selection, Split::test), ConfigError);
}

}  // namespace
}  // namespace remask
