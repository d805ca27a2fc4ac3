#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>

#include "models/data/decoded_image.h"
#include "sim/base/diagnostics.h"

namespace remask::data {
namespace {

constexpr std::uintmax_t most_file_bytes = std::uintmax_t{1} << 28;
constexpr std::array<std::uint8_t, 3> jpeg_start{0xFF, 0xD8, 0xFF};
constexpr std::array<std::uint8_t, 8> png_start{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

std::vector<std::uint8_t> bytes_of(const std::filesystem::path& path) {
    std::error_code fault;
    const std::uintmax_t size = std::filesystem::file_size(path, fault);
    if (fault) throw InputError(path.string() + ": cannot be read: " + fault.message());
    if (size > most_file_bytes) {
        throw InputError(path.string() + ": " + std::to_string(size) + " bytes; an image file may have at most " +
                         std::to_string(most_file_bytes) + ": make it smaller or take it out of the folder");
    }
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
    std::ifstream in(path, std::ios::binary);
    in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!in) throw InputError(path.string() + ": cannot be read");
    return bytes;
}

template <std::size_t length>
bool begins_with(const std::vector<std::uint8_t>& bytes, const std::array<std::uint8_t, length>& start) {
    return bytes.size() >= length && std::equal(start.begin(), start.end(), bytes.begin());
}

}  // namespace

void check_image_size(std::int64_t width, std::int64_t height, const std::string& origin) {
    const std::string size = std::to_string(width) + "×" + std::to_string(height);
    if (width < 1 || height < 1) throw InputError(origin + ": an image of " + size + " pixels holds nothing");
    if (width > most_pixels / height) {
        throw InputError(origin + ": an image of " + size + " pixels is larger than " + std::to_string(most_pixels) +
                         " pixels: make it smaller or take it out of the folder");
    }
}

DecodedImage decode_image(const std::filesystem::path& path) {
    const std::vector<std::uint8_t> bytes = bytes_of(path);
    if (begins_with(bytes, jpeg_start)) return decode_jpeg(bytes, path.string());
    if (begins_with(bytes, png_start)) return decode_png(bytes, path.string());
    throw InputError(path.string() + (bytes.empty() ? ": is empty" : ": is neither a JPEG nor a PNG file") +
                     "; put an intact file in its place or take it out of the folder");
}

}  // namespace remask::data
