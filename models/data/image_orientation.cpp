// EXIF's orientation. Source: CIPA DC-008 (Exif 2.3), 4.6.2 and table 6.
#include <utility>

#include "models/data/decoded_image.h"

namespace remask::data {
namespace {

constexpr unsigned orientation_tag = 0x0112;
constexpr std::size_t entry_bytes = 12;

/// Unsigned numbers of a TIFF structure in its own byte order; 0 beyond its end.
class TiffBytes {
public:
    explicit TiffBytes(std::span<const std::uint8_t> bytes)
        : bytes_(bytes), little_(!bytes.empty() && bytes[0] == 'I') {}
    unsigned two(std::size_t at) const { return number(at, 2); }
    unsigned four(std::size_t at) const { return number(at, 4); }

private:
    unsigned number(std::size_t at, std::size_t count) const {
        if (at > bytes_.size() || count > bytes_.size() - at) return 0;
        unsigned value = 0;
        for (std::size_t i = 0; i < count; ++i) value = value << 8U | bytes_[at + (little_ ? count - 1 - i : i)];
        return value;
    }

    std::span<const std::uint8_t> bytes_;
    bool little_;
};

}  // namespace

int exif_orientation(std::span<const std::uint8_t> exif) {
    const TiffBytes tiff(exif);
    if (tiff.two(2) != 42) return 1;
    const std::size_t directory = tiff.four(4);
    const std::size_t entries = tiff.two(directory);
    for (std::size_t i = 0; i < entries; ++i) {
        const std::size_t entry = directory + 2 + i * entry_bytes;
        if (tiff.two(entry) != orientation_tag) continue;
        const unsigned value = tiff.two(entry + 8);
        return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
    }
    return 1;
}

DecodedImage upright(DecodedImage image, int orientation) {
    if (orientation <= 1 || orientation > 8) return image;
    const bool turned = orientation >= 5;  // rows become columns
    // Which of the stored image's axes the upright one runs through backwards.
    const bool columns_backwards = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool rows_backwards = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    const int width = turned ? image.height : image.width, height = turned ? image.width : image.height;
    DecodedImage out{width, height, std::vector<std::uint8_t>(image.pixels.size())};
    std::uint8_t* to = out.pixels.data();
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x, to += 3) {
            int column = turned ? y : x, row = turned ? x : y;
            if (columns_backwards) column = image.width - 1 - column;
            if (rows_backwards) row = image.height - 1 - row;
            const auto from = (static_cast<std::size_t>(row) * static_cast<std::size_t>(image.width) +
                               static_cast<std::size_t>(column)) *
                              3;
            for (std::size_t c = 0; c < 3; ++c) to[c] = image.pixels[from + c];
        }
    }
    return out;
}

}  // namespace remask::data
