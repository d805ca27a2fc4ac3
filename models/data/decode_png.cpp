// PNG by libpng. As with libjpeg, a fault does not return: guarded() catches its longjmp, and steps hold nothing that
// would have to be destroyed.
#include <algorithm>
#include <csetjmp>

#include <png.h>

#include "models/data/decoded_image.h"
#include "sim/base/diagnostics.h"

namespace remask::data {
namespace {

class PngReader {
public:
    PngReader(std::span<const std::uint8_t> bytes, const std::string& origin);
    ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
    PngReader(const PngReader&) = delete;
    PngReader& operator=(const PngReader&) = delete;

    DecodedImage read();

private:
    void guarded(void (*step)(PngReader& reader));
    [[noreturn]] static void fail(png_structp png, png_const_charp message);
    static void ignore(png_structp, png_const_charp) {}
    static void supply(png_structp png, png_bytep to, std::size_t count);
    static void ask_for_rgb(PngReader& reader);
    static void read_orientation(PngReader& reader);

    std::span<const std::uint8_t> bytes_;
    const std::string& origin_;
    std::size_t position_ = 0;
    std::jmp_buf escape_;
    char message_[128] = {};
    png_structp png_ = nullptr;
    png_infop info_ = nullptr;
    std::vector<png_bytep> rows_;
    int orientation_ = 1;
};

PngReader::PngReader(std::span<const std::uint8_t> bytes, const std::string& origin) : bytes_(bytes), origin_(origin) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, fail, ignore);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ == nullptr) {
        png_destroy_read_struct(&png_, &info_, nullptr);
        throw RunError(origin_ + ": no memory to decode it");
    }
    png_set_read_fn(png_, this, supply);
}

void PngReader::guarded(void (*step)(PngReader& reader)) {
    if (setjmp(escape_) != 0) throw InputError(origin_ + ": cannot be decoded as PNG: " + message_);
    step(*this);
}

void PngReader::fail(png_structp png, png_const_charp message) {
    auto* reader = static_cast<PngReader*>(png_get_error_ptr(png));
    std::size_t length = 0;
    for (; message[length] != '\0' && length + 1 < sizeof reader->message_; ++length) {
        reader->message_[length] = message[length];
    }
    reader->message_[length] = '\0';
    std::longjmp(reader->escape_, 1);
}

void PngReader::supply(png_structp png, png_bytep to, std::size_t count) {
    auto* reader = static_cast<PngReader*>(png_get_io_ptr(png));
    if (count > reader->bytes_.size() - reader->position_) png_error(png, "the file ends early");
    const auto from = reader->bytes_.begin() + static_cast<std::ptrdiff_t>(reader->position_);
    std::copy(from, from + static_cast<std::ptrdiff_t>(count), to);
    reader->position_ += count;
}

/// 8 bits, three channels, no alpha; gamma and colour profiles are not applied.
void PngReader::ask_for_rgb(PngReader& reader) {
    png_structp png = reader.png_;
    png_set_strip_16(png);
    png_set_packing(png);
    png_set_palette_to_rgb(png);
    png_set_expand_gray_1_2_4_to_8(png);
    png_set_gray_to_rgb(png);
    png_set_strip_alpha(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, reader.info_);
}

void PngReader::read_orientation(PngReader& reader) {
    png_uint_32 length = 0;
    png_bytep exif = nullptr;
    if (png_get_eXIf_1(reader.png_, reader.info_, &length, &exif) != 0 && exif != nullptr) {
        reader.orientation_ = exif_orientation({exif, length});
    }
}

DecodedImage PngReader::read() {
    guarded([](PngReader& reader) { png_read_info(reader.png_, reader.info_); });
    const std::int64_t width = png_get_image_width(png_, info_), height = png_get_image_height(png_, info_);
    check_image_size(width, height, origin_);
    guarded(ask_for_rgb);
    DecodedImage image{static_cast<int>(width), static_cast<int>(height), {}};
    const auto row = static_cast<std::size_t>(width) * 3;
    if (png_get_rowbytes(png_, info_) != row) throw InternalError(origin_ + ": libpng does not make RGB of it");
    image.pixels.resize(static_cast<std::size_t>(height) * row);
    for (std::size_t y = 0; y < static_cast<std::size_t>(height); ++y) rows_.push_back(image.pixels.data() + y * row);
    guarded([](PngReader& reader) { png_read_image(reader.png_, reader.rows_.data()); });
    guarded([](PngReader& reader) { png_read_end(reader.png_, reader.info_); });
    guarded(read_orientation);
    return upright(std::move(image), orientation_);
}

}  // namespace

DecodedImage decode_png(std::span<const std::uint8_t> bytes, const std::string& origin) {
    return PngReader(bytes, origin).read();
}

}  // namespace remask::data
