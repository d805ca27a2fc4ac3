#include <gmock/gmock.h>

#include "models/data/dataset.h"
#include "sim/base/diagnostics.h"
#include "tests/unit/data/small_files.h"

namespace remask {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::FloatEq;
using ::testing::HasSubstr;
using testing::message_of;
using ::testing::Pointwise;

Dataset images(const Shape& shape, const std::vector<std::uint8_t>& pixels) {
    Dataset dataset;
    dataset.shape = shape;
    dataset.pixels = pixels;
    dataset.labels.assign(pixels.size() / static_cast<std::size_t>(shape.size()), 0);
    dataset.classes = 1;
    return dataset;
}

/// Bytes as they are: divisor 1, no mean, no deviation.
Network raw(const Shape& input) {
    Network network;
    network.name = "test";
    network.input = input;
    network.normalisation.divisor = 1.0f;
    return network;
}

TEST(PrepareImages, NormalisesEachChannelByItsOwnMeanAndDeviation) {
    Network network = raw({3, 1, 1});
    network.normalisation = {255.0f, {0.5f, 0.25f, 0.0f}, {0.5f, 0.25f, 2.0f}};
    const auto out = prepare_images(images({3, 1, 1}, {255, 0, 255, 0, 255, 0}), network);
    EXPECT_THAT(out, ElementsAre(1.0f, -1.0f, 0.5f, -1.0f, 3.0f, 0.0f));
}

TEST(PrepareImages, SameShapeChangesNothing) {
    const std::vector<std::uint8_t> pixels{0, 1, 2, 127, 128, 255};
    for (const Resize resize : {Resize::bilinear, Resize::nearest, Resize::pad}) {
        EXPECT_THAT(prepare_images(images({1, 2, 3}, pixels), raw({1, 2, 3}), resize), ElementsAreArray(pixels));
    }
}

TEST(PrepareImages, GreyBecomesThreeEqualChannels) {
    Network network = raw({3, 1, 2});
    network.normalisation.mean = {0.0f, 1.0f, 2.0f};
    EXPECT_THAT(prepare_images(images({1, 1, 2}, {10, 20}), network), ElementsAre(10, 20, 9, 19, 8, 18));
}

TEST(PrepareImages, RgbBecomesLuma) {
    const auto out = prepare_images(images({3, 1, 1}, {100, 50, 200}), raw({1, 1, 1}));
    EXPECT_THAT(out, ElementsAre(FloatEq(0.299f * 100 + 0.587f * 50 + 0.114f * 200)));  // ITU-R BT.601
}

TEST(PrepareImages, BilinearDoublesByQuarters) {
    // Output centres lie at −1/4, 1/4, 3/4, 5/4 of the input's coordinates; outside the edge's value holds.
    const auto row = prepare_images(images({1, 1, 2}, {0, 100}), raw({1, 1, 4}));
    EXPECT_THAT(row, ElementsAre(0, 25, 75, 100));
    const auto square = prepare_images(images({1, 2, 2}, {0, 100, 200, 40}), raw({1, 4, 4}));
    // Rows 0 and 3 are the input's rows widened; rows 1 and 2 mix them 3:1 and 1:3.
    const std::vector<float> expected{0, 25, 75, 100, 50, 58.75, 76.25, 85, 150, 126.25, 78.75, 55, 200, 160, 80, 40};
    EXPECT_THAT(square, Pointwise(FloatEq(), expected));
}

TEST(PrepareImages, BilinearHalvesByMeans) {
    // Output centres lie at 1/2 and 5/2.
    EXPECT_THAT(prepare_images(images({1, 1, 4}, {10, 20, 60, 100}), raw({1, 1, 2})), ElementsAre(15, 80));
    EXPECT_THAT(prepare_images(images({1, 3, 1}, {10, 20, 60}), raw({1, 1, 1})), ElementsAre(20));
}

TEST(PrepareImages, BilinearKeepsConstantsAndLines) {
    EXPECT_THAT(prepare_images(images({1, 2, 2}, {9, 9, 9, 9}), raw({1, 5, 3})), ::testing::Each(FloatEq(9.0f)));
    std::vector<std::uint8_t> line;
    for (int i = 0; i < 28; ++i) line.push_back(static_cast<std::uint8_t>(8 * i));
    const auto out = prepare_images(images({1, 1, 28}, line), raw({1, 1, 32}));
    for (int i = 1; i < 31; ++i) {  // a line stays one where nothing is clamped
        EXPECT_NEAR(out[static_cast<std::size_t>(i)], 8 * ((i + 0.5) * 28 / 32 - 0.5), 1e-4) << i;
    }
}

TEST(PrepareImages, NearestTakesThePixelUnderTheCentre) {
    EXPECT_THAT(prepare_images(images({1, 1, 2}, {7, 9}), raw({1, 1, 4}), Resize::nearest), ElementsAre(7, 7, 9, 9));
    // Centres of 3 from 5: 0.83, 2.5, 4.17.
    EXPECT_THAT(prepare_images(images({1, 1, 5}, {1, 2, 3, 4, 5}), raw({1, 1, 3}), Resize::nearest),
                ElementsAre(1, 3, 5));
}

TEST(PrepareImages, PadPutsTheImageInTheMiddle) {
    EXPECT_THAT(prepare_images(images({1, 1, 2}, {7, 9}), raw({1, 3, 5}), Resize::pad),
                ElementsAre(0, 0, 0, 0, 0, 0, 7, 9, 0, 0, 0, 0, 0, 0, 0));
    Network network = raw({1, 1, 3});
    network.normalisation.mean = {4.0f};
    EXPECT_THAT(prepare_images(images({1, 1, 1}, {7}), network, Resize::pad), ElementsAre(-4, 3, -4))
        << "the border is byte 0, then normalised";
    EXPECT_THAT(message_of<ConfigError>([] {
                    prepare_images(images({1, 1, 2}, {7, 9}), raw({1, 3, 1}), Resize::pad);
                }),
                HasSubstr("larger than the input"));
}

TEST(PrepareImages, APartIsTheSameAsInTheWhole) {
    const Dataset dataset = images({1, 1, 2}, {1, 2, 3, 4, 5, 6});
    EXPECT_THAT(prepare_images(dataset, raw({1, 1, 2}), Resize::bilinear, 1, 1), ElementsAre(3, 4));
    EXPECT_THROW(prepare_images(dataset, raw({1, 1, 2}), Resize::bilinear, 2, 2), InternalError);
}

TEST(PrepareImages, WhatDoesNotFitIsReported) {
    EXPECT_THAT(message_of<ConfigError>([] {
                    prepare_images(images({3, 1, 1}, {1, 2, 3}), raw({4, 1, 1}));
                }),
                HasSubstr("images of 3×1×1 cannot become the input 4×1×1 of network 'test'"));
    Network network = raw({3, 1, 1});
    network.normalisation.mean = {0.5f};
    EXPECT_THAT(message_of<ConfigError>([&] {
                    prepare_images(images({3, 1, 1}, {1, 2, 3}), network);
                }),
                HasSubstr("1 mean values"));
    network.normalisation = {255.0f, {}, {1.0f, 0.0f, 1.0f}};
    EXPECT_THAT(message_of<ConfigError>([&] {
                    prepare_images(images({3, 1, 1}, {1, 2, 3}), network);
                }),
                HasSubstr("divides by zero"));
}

}  // namespace
}  // namespace remask
