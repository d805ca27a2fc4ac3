// JPEG and PNG files of all kinds against what Pillow makes of them, and faulty ones.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>

#include "models/data/decoded_image.h"
#include "photograph_files.h"
#include "sim/base/diagnostics.h"
#include "sim/base/random.h"

namespace remask::data {
namespace {

using ::remask::testing::Bytes;
using ::remask::testing::message_of;
using ::remask::testing::photograph;
using ::remask::testing::read_bytes;
using ::remask::testing::read_ppm;
using ::remask::testing::TemporaryFolder;
using ::remask::testing::write_bytes;
using ::testing::AllOf;
using ::testing::HasSubstr;

int largest_difference(const DecodedImage& a, const DecodedImage& b) {
    EXPECT_EQ(a.width, b.width);
    EXPECT_EQ(a.height, b.height);
    if (a.pixels.size() != b.pixels.size()) return 256;
    int largest = 0;
    for (std::size_t i = 0; i < a.pixels.size(); ++i) {
        largest = std::max(largest, std::abs(int{a.pixels[i]} - int{b.pixels[i]}));
    }
    return largest;
}

class Photographs : public ::testing::TestWithParam<std::string> {};

TEST_P(Photographs, AreWhatPillowMakesOfThem) {
    // Versions of libjpeg may round colours differently by a level or two; PNG is lossless.
    const int allowed = GetParam().ends_with(".jpg") ? 2 : 0;
    EXPECT_LE(largest_difference(decode_image(photograph(GetParam())), read_ppm(GetParam())), allowed);
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
    std::string name = info.param;
    std::replace(name.begin(), name.end(), '.', '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Kinds, Photographs,
                         ::testing::Values("rgb.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg", "rgb.png", "alpha.png",
                                           "grey.png", "one_bit.png", "palette.png", "rgb_16_bits.png",
                                           "grey_16_bits.png", "interlaced.png"),
                         test_name);
INSTANTIATE_TEST_SUITE_P(Orientations, Photographs,
                         ::testing::Values("orientation_1.jpg", "orientation_2.jpg", "orientation_3.jpg",
                                           "orientation_4.jpg", "orientation_5.jpg", "orientation_6.jpg",
                                           "orientation_7.jpg", "orientation_8.jpg", "orientation.png"),
                         test_name);

TEST(PhotographFaults, NameTheFileAndWhatIsWrong) {
    const TemporaryFolder folder;
    const auto fault = [&](const std::string& name, const Bytes& bytes) {
        const auto file = write_bytes(folder.path() / name, bytes);
        const std::string message = message_of<InputError>([&] { decode_image(file); });
        EXPECT_THAT(message, HasSubstr(file.string())) << name;
        return message;
    };
    const Bytes jpeg = read_bytes(photograph("rgb.jpg")), png = read_bytes(photograph("rgb.png"));
    EXPECT_THAT(fault("empty.jpg", {}), HasSubstr("is empty"));
    EXPECT_THAT(fault("text.jpg", {'h', 'e', 'l', 'l', 'o'}), HasSubstr("neither a JPEG nor a PNG"));
    EXPECT_THAT(fault("half.jpg", {jpeg.begin(), jpeg.begin() + std::ssize(jpeg) * 3 / 4}), HasSubstr("ends early"));
    EXPECT_THAT(fault("head.jpg", {jpeg.begin(), jpeg.begin() + 100}), HasSubstr("JPEG"));
    EXPECT_THAT(fault("half.png", {png.begin(), png.begin() + std::ssize(png) / 2}), HasSubstr("ends early"));
    Bytes damaged = png;
    damaged[damaged.size() / 2] ^= 0x55;
    EXPECT_THAT(fault("damaged.png", damaged), HasSubstr("cannot be decoded as PNG"));
    EXPECT_THAT(message_of<InputError>([&] { decode_image(folder.path() / "none.jpg"); }), HasSubstr("none.jpg"));
}

/// A PNG of `width` × `height` begins like this; nothing else has to follow for its size to be refused.
Bytes png_header(std::uint32_t width, std::uint32_t height, const Bytes& checksum) {
    Bytes bytes{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R'};
    for (const std::uint32_t number : {width, height}) {
        for (const unsigned move : {24U, 16U, 8U, 0U}) bytes.push_back(static_cast<std::uint8_t>(number >> move));
    }
    bytes.insert(bytes.end(), {8, 2, 0, 0, 0});
    bytes.insert(bytes.end(), checksum.begin(), checksum.end());
    return bytes;
}

TEST(PhotographFaults, SizesThatNoMemoryHoldsAreRefusedBeforeDecoding) {
    Bytes jpeg = read_bytes(photograph("rgb.jpg"));
    const Bytes start_of_frame{0xFF, 0xC0};
    const auto frame = std::search(jpeg.begin(), jpeg.end(), start_of_frame.begin(), start_of_frame.end());
    ASSERT_LT(frame, jpeg.end() - 9);
    for (int i = 5; i < 9; ++i) frame[i] = 0xFF;  // height, width
    EXPECT_THAT(message_of<InputError>([&] { decode_jpeg(jpeg, "x.jpg"); }), HasSubstr("x.jpg: cannot be decoded"))
        << "libjpeg's own limit is 65500 a side";
    for (int i = 5; i < 9; i += 2) frame[i] = 0x80;
    EXPECT_THAT(message_of<InputError>([&] { decode_jpeg(jpeg, "x.jpg"); }),
                AllOf(HasSubstr("x.jpg: an image of 33023×33023 pixels"), HasSubstr("178956970")));
    // The last argument is the header's CRC-32, by zlib.
    const Bytes wide = png_header(100000, 100000, {0x27, 0x30, 0x9C, 0x9F});
    EXPECT_THAT(message_of<InputError>([&] { decode_png(wide, "x.png"); }), HasSubstr("x.png"));
    EXPECT_THROW(decode_png(png_header(0, 5, {0xE4, 0x24, 0x7A, 0xF6}), "x.png"), InputError);
}

TEST(PhotographFaults, DamageAnywhereIsAFaultOfTheFileOrDecoded) {
    for (const char* name : {"rgb.jpg", "progressive.jpg", "orientation_6.jpg", "palette.png", "interlaced.png"}) {
        const Bytes intact = read_bytes(photograph(name));
        const bool png = std::string(name).ends_with(".png");
        RandomStream random(1, name);
        int decoded = 0, refused = 0;
        for (int round = 0; round < 400; ++round) {
            Bytes bytes = intact;
            for (int i = 0; i < 3; ++i) bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.bits());
            if (round % 4 == 0) bytes.resize(random.below(bytes.size()) + 1);
            try {
                const DecodedImage image = png ? decode_png(bytes, name) : decode_jpeg(bytes, name);
                EXPECT_EQ(std::ssize(image.pixels), std::int64_t{image.width} * image.height * 3);
                ++decoded;
            } catch (const InputError&) {
                ++refused;
            }
        }
        EXPECT_EQ(decoded + refused, 400);
        EXPECT_GT(refused, 50) << name;
    }
}

TEST(Orientation, WhatIsNoTiffStructureIsUpright) {
    const Bytes motorola{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 8, 0, 0};
    EXPECT_EQ(exif_orientation(motorola), 8);
    const Bytes intel{'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 3, 0, 0, 0};
    EXPECT_EQ(exif_orientation(intel), 3);
    for (std::size_t length = 0; length < motorola.size() - 3; ++length) {
        EXPECT_EQ(exif_orientation(std::span(motorola).first(length)), 1) << length;
    }
    Bytes beyond = motorola;
    beyond[4] = 0xFF;  // the directory lies beyond the end
    EXPECT_EQ(exif_orientation(beyond), 1);
    Bytes ninth = motorola;
    ninth[19] = 9;
    EXPECT_EQ(exif_orientation(ninth), 1);
}

}  // namespace
}  // namespace remask::data
