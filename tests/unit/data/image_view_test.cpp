#include "models/data/image_view.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "photograph_files.h"
#include "sim/base/diagnostics.h"

namespace remask::data {
namespace {

using ::remask::testing::message_of;
using ::remask::testing::read_ppm;
using ::testing::HasSubstr;

DataSelection folder_selection() {
    DataSelection selection;
    selection.dataset = "image_folder";
    return selection;
}

TEST(ImageView, IsTorchvisionsResizeAndCenterCrop) {
    EXPECT_EQ(test_view(read_ppm("wide"), {PhotoView::center_crop, 18, false, 16, 16}), read_ppm("wide_view").pixels);
    EXPECT_EQ(test_view(read_ppm("tall"), {PhotoView::center_crop, 20, false, 13, 13}), read_ppm("tall_view").pixels);
}

TEST(ImageView, StretchShowsTheWholePhotograph) {
    EXPECT_EQ(test_view(read_ppm("scene"), {PhotoView::stretch, 18, false, 12, 16}), read_ppm("scene_16x12").pixels);
}

TEST(ImageView, TheShorterSideIsEightSeventhsOfTheInput) {
    EXPECT_EQ(view_settings(folder_selection(), {3, 224, 224}).shorter_side, 256);
    EXPECT_EQ(view_settings(folder_selection(), {3, 28, 14}).shorter_side, 32);
    DataSelection selection = folder_selection();
    selection.shorter_side = 223;
    EXPECT_THAT(message_of<ConfigError>([&] {
                    view_settings(selection, {3, 224, 224});
                }),
                HasSubstr("shorter_side 223"));
    selection.view = PhotoView::stretch;  // nothing is cut
    EXPECT_NO_THROW(view_settings(selection, {3, 224, 224}));
}

TEST(ImageView, AStripThatWouldFillTheMemoryIsRefused) {
    const DecodedImage strip{1, 1'000'000, std::vector<std::uint8_t>(3'000'000)};
    const ViewSettings settings{PhotoView::center_crop, 256, false, 224, 224};
    EXPECT_THAT(message_of<InputError>([&] { check_view(strip, settings, "strip.png"); }), HasSubstr("strip.png"));
    EXPECT_NO_THROW(check_view(strip, {PhotoView::stretch, 256, false, 224, 224}, "strip.png"));
}

/// Red tells the column and green the row.
DecodedImage map_of_places(int side) {
    DecodedImage image{side, side, {}};
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            image.pixels.insert(image.pixels.end(), {static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(y), 0});
        }
    }
    return image;
}

/// The crop's sides and corner, from where the first and the last output pixel lie.
struct Seen {
    double left, top, width, height;
};

Seen seen_in(const std::vector<std::uint8_t>& view, int size) {
    const auto at = [&](int pixel, int channel) {
        return static_cast<double>(view[static_cast<std::size_t>(pixel * 3 + channel)]);
    };
    const double share = static_cast<double>(size) / (size - 1);
    const double width = (at(size - 1, 0) - at(0, 0)) * share, height = (at(size * (size - 1), 1) - at(0, 1)) * share;
    return {at(0, 0) - width / size / 2.0, at(0, 1) - height / size / 2.0, width, height};
}

TEST(TrainingView, CropsHaveTorchvisionsSizesAndRatios) {
    constexpr int side = 256, size = 16, draws = 400;
    const DecodedImage photo = map_of_places(side);
    const ViewSettings settings{PhotoView::center_crop, side, true, size, size};
    double smallest = 1.0, largest = 0.0, mean = 0.0, leftmost = side, rightmost = 0.0;
    for (int image = 0; image < draws; ++image) {
        const Seen seen = seen_in(training_view(photo, settings, 1, 0, image), size);
        const double area = seen.width * seen.height / (side * side), ratio = seen.width / seen.height;
        EXPECT_GT(ratio, 0.72);  // a level of red or green is a pixel, so that sides are known to about one in 70
        EXPECT_LT(ratio, 1.39);
        smallest = std::min(smallest, area);
        largest = std::max(largest, area);
        mean += area / draws;
        leftmost = std::min(leftmost, seen.left);
        rightmost = std::max(rightmost, seen.left + seen.width);
    }
    EXPECT_GT(smallest, 0.075);
    EXPECT_LT(smallest, 0.12);
    EXPECT_GT(largest, 0.9);
    // An area a above 3/4 fits only with ratios within ±ln a, so that the density is min(1, −ln a / ln 4/3) on [0.08,
    // 1]: its mean is 0.377/0.789.
    EXPECT_NEAR(mean, 0.478, 0.04);
    EXPECT_LT(leftmost, 3.0);
    EXPECT_GT(rightmost, side - 3.0);
}

TEST(TrainingView, DependsOnSeedEpochAndImage) {
    const DecodedImage photo = read_ppm("scene");
    const ViewSettings settings{PhotoView::center_crop, 20, true, 16, 16};
    const auto view = training_view(photo, settings, 1, 2, 3);
    EXPECT_EQ(training_view(photo, settings, 1, 2, 3), view);
    EXPECT_NE(training_view(photo, settings, 2, 2, 3), view);
    EXPECT_NE(training_view(photo, settings, 1, 3, 3), view);
    EXPECT_NE(training_view(photo, settings, 1, 2, 4), view);
    const ViewSettings plain{PhotoView::center_crop, 20, false, 16, 16};
    EXPECT_EQ(training_view(photo, plain, 1, 2, 3), test_view(photo, plain));
}

TEST(TrainingView, AVeryLongPhotographIsCutInTheMiddle) {
    // 8 % of its area are 1440 pixels, at the ratio of 4/3 at least 32.9 high: no such crop fits into 30. So it is the
    // largest one of that ratio in the middle.
    DecodedImage photo{600, 30, {}};
    for (int i = 0; i < 600 * 30; ++i) {
        const auto x = static_cast<std::uint8_t>(i % 600 * 255 / 599);
        photo.pixels.insert(photo.pixels.end(), {x, x, x});
    }
    const ViewSettings settings{PhotoView::center_crop, 30, true, 8, 8};
    const auto view = training_view(photo, settings, 1, 0, 0);
    EXPECT_NEAR(view[0], 255 * (280 + 2.5) / 600, 2.0);  // 40 wide from 280
    EXPECT_NEAR(view[7 * 3], 255 * (320 - 2.5) / 600, 2.0);
}

}  // namespace
}  // namespace remask::data
