// Photographs: JPEG and PNG files as RGB bytes. libjpeg and libpng are included by the two decode_*.cpp only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace remask::data {

struct DecodedImage {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> pixels;  ///< height × width × 3: red, green, blue
};

/// The largest image that is decoded: Pillow's limit against decompression bombs, 537 MB of RGB.
inline constexpr std::int64_t most_pixels = 178'956'970;

/// What a camera wrote about the image, JPEG's and PNG's alike: 1 to 8 (CIPA DC-008, table 6: 1 = upright, 6 = to be
/// turned right by 90°, …). 1 where `exif`, a TIFF structure, does not tell or is damaged.
int exif_orientation(std::span<const std::uint8_t> exif);
/// The image turned and mirrored so that it stands upright.
DecodedImage upright(DecodedImage image, int orientation);

/// Decode a whole file's bytes. Grey becomes three equal channels; alpha is dropped, not blended; 16 bits keep the
/// upper 8; CMYK is taken as Adobe writes it (inverted) and its black multiplied in, as Pillow does; EXIF's orientation
/// is applied. Damage inside a JPEG's data is decoded as far as libjpeg can. Throw InputError that begins with
/// `origin`: not of the format, damaged, ends early, beyond most_pixels.
DecodedImage decode_jpeg(std::span<const std::uint8_t> bytes, const std::string& origin);
DecodedImage decode_png(std::span<const std::uint8_t> bytes, const std::string& origin);

/// Reads and decodes a file, JPEG or PNG by what it holds, whatever its name. Throws InputError that names the file.
DecodedImage decode_image(const std::filesystem::path& path);

/// Throws InputError where an image of this size is empty or beyond most_pixels.
void check_image_size(std::int64_t width, std::int64_t height, const std::string& origin);

}  // namespace remask::data
