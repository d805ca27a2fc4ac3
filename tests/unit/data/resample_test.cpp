#include "models/data/resample.h"

#include <gmock/gmock.h>

#include "photograph_files.h"
#include "sim/base/diagnostics.h"

namespace remask::data {
namespace {

using ::remask::testing::Bytes;
using ::remask::testing::read_ppm;
using ::remask::testing::whole;
using ::testing::Each;
using ::testing::ElementsAre;

/// Grey values in a row.
Bytes resampled_row(const Bytes& values, int width) {
    Bytes pixels;
    for (const std::uint8_t value : values) pixels.insert(pixels.end(), 3, value);
    const int from = static_cast<int>(values.size());
    const Bytes out = resample({pixels.data(), from, 1, std::int64_t{from} * 3}, width, 1);
    Bytes grey;
    for (std::size_t i = 0; i < out.size(); i += 3) grey.push_back(out[i]);
    return grey;
}

TEST(Resample, HalvingWeighsByATriangleOverTwoOutputPixels) {
    // Around 1: the pixels at 0.5, 1.5 and 2.5 with 3/4, 3/4, 1/4 of 7/4. (3·70 + 3·140 + 210)/7 and (140 + 3·210)/7.
    EXPECT_THAT(resampled_row({70, 140, 210, 0}, 2), ElementsAre(120, 110));
}

TEST(Resample, GrowingInterpolatesBetweenCentres) {
    EXPECT_THAT(resampled_row({0, 100}, 4), ElementsAre(0, 25, 75, 100));
}

TEST(Resample, OfTheSameSizeIsACopyAndOfOneColourStaysIt) {
    const DecodedImage scene = read_ppm("scene");
    EXPECT_EQ(resample(whole(scene), scene.width, scene.height), scene.pixels);
    const Bytes grey(std::size_t{50} * 31 * 3, 201);
    for (const int size : {1, 7, 31, 90}) EXPECT_THAT(resample({grey.data(), 50, 31, 150}, size, size), Each(201));
    EXPECT_THROW(resample({grey.data(), 50, 0, 150}, 3, 3), InternalError);
}

TEST(Resample, GivesPillowsBytes) {
    const DecodedImage scene = read_ppm("scene");
    for (const char* size : {"16x12", "64x41", "37x10", "5x29", "1x1"}) {
        const DecodedImage expected = read_ppm("scene_" + std::string(size));
        EXPECT_EQ(resample(whole(scene), expected.width, expected.height), expected.pixels) << size;
    }
}

TEST(Resample, NothingBesideTheRectangleCounts) {
    const DecodedImage scene = read_ppm("scene");
    const std::int64_t row = std::int64_t{scene.width} * 3;
    const PixelRectangle part{scene.pixels.data() + 9 * row + 6 * 3, 31 - 6, 22 - 9, row};
    EXPECT_EQ(resample(part, 8, 8), read_ppm("scene_part_8x8").pixels);
}

}  // namespace
}  // namespace remask::data
