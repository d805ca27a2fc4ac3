// JPEG by libjpeg (libjpeg-turbo). libjpeg reports a fault by not returning: every call that may fail lies in a step
// without objects that would have to be destroyed, and guarded() catches its longjmp.
#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <utility>
// clang-format off
#include <jpeglib.h>  // needs FILE of <cstdio>
#include <jerror.h>
// clang-format on

#include "models/data/decoded_image.h"
#include "sim/base/diagnostics.h"

namespace remask::data {
namespace {

constexpr int exif_marker = JPEG_APP0 + 1;
constexpr unsigned longest_marker = 0xFFFF;
constexpr int most_scans = 500;  // a progressive image of a few bytes may ask for a million
constexpr char exif_start[] = {'E', 'x', 'i', 'f', '\0', '\0'};

class JpegReader {
public:
    JpegReader(std::span<const std::uint8_t> bytes, const std::string& origin);
    ~JpegReader() { jpeg_destroy_decompress(&jpeg_); }
    JpegReader(const JpegReader&) = delete;
    JpegReader& operator=(const JpegReader&) = delete;

    /// Once.
    DecodedImage read();

private:
    /// Runs one step; throws InputError where libjpeg finds a fault in it.
    void guarded(void (*step)(JpegReader& reader));
    [[noreturn]] static void fail(j_common_ptr jpeg);
    static void warn(j_common_ptr jpeg, int level);
    static void limit_scans(j_common_ptr jpeg);
    static void open(JpegReader& reader);
    static void read_rows(JpegReader& reader);
    int orientation() const;
    void take_row(const std::uint8_t* samples);

    std::span<const std::uint8_t> bytes_;
    const std::string& origin_;
    jpeg_error_mgr errors_{};
    jpeg_progress_mgr progress_{};
    std::jmp_buf escape_;
    jpeg_decompress_struct jpeg_{};
    bool ends_early_ = false;
    DecodedImage image_;
    std::vector<std::uint8_t> row_;
    std::size_t next_ = 0;  // in image_.pixels
};

JpegReader::JpegReader(std::span<const std::uint8_t> bytes, const std::string& origin)
    : bytes_(bytes), origin_(origin) {
    jpeg_.err = jpeg_std_error(&errors_);
    jpeg_.client_data = this;
    errors_.error_exit = fail;
    errors_.emit_message = warn;
    progress_.progress_monitor = limit_scans;
}

void JpegReader::guarded(void (*step)(JpegReader& reader)) {
    if (setjmp(escape_) != 0) {
        char message[JMSG_LENGTH_MAX];
        errors_.format_message(reinterpret_cast<j_common_ptr>(&jpeg_), message);
        throw InputError(origin_ + ": cannot be decoded as JPEG: " + message);
    }
    step(*this);
}

void JpegReader::fail(j_common_ptr jpeg) {
    std::longjmp(static_cast<JpegReader*>(jpeg->client_data)->escape_, 1);
}

void JpegReader::warn(j_common_ptr jpeg, int level) {
    if (level < 0 && jpeg->err->msg_code == JWRN_JPEG_EOF) {
        static_cast<JpegReader*>(jpeg->client_data)->ends_early_ = true;
    }
}

void JpegReader::limit_scans(j_common_ptr jpeg) {
    auto* decompress = reinterpret_cast<j_decompress_ptr>(jpeg);
    if (decompress->input_scan_number > most_scans) ERREXIT(decompress, JERR_BAD_PROGRESSION);
}

/// Reads up to the pixels and chooses their colours.
void JpegReader::open(JpegReader& reader) {
    jpeg_decompress_struct& jpeg = reader.jpeg_;
    jpeg_create_decompress(&jpeg);
    jpeg.progress = &reader.progress_;
    jpeg_mem_src(&jpeg, reader.bytes_.data(), static_cast<unsigned long>(reader.bytes_.size()));
    jpeg_save_markers(&jpeg, exif_marker, longest_marker);
    jpeg_read_header(&jpeg, TRUE);
    const bool inks = jpeg.jpeg_color_space == JCS_CMYK || jpeg.jpeg_color_space == JCS_YCCK;
    jpeg.out_color_space = inks ? JCS_CMYK : JCS_RGB;
    jpeg.dct_method = JDCT_ISLOW;
}

/// One row of RGB, or of CMYK with every ink's value inverted: 255 is none.
void JpegReader::take_row(const std::uint8_t* samples) {
    std::uint8_t* out = image_.pixels.data() + next_;
    const std::size_t width = jpeg_.output_width;
    next_ += 3 * width;
    if (jpeg_.output_components == 3) {
        std::copy(samples, samples + 3 * width, out);
        return;
    }
    for (std::size_t x = 0; x < width; ++x, samples += 4, out += 3) {
        const int black = samples[3];
        for (int channel = 0; channel < 3; ++channel) {
            out[channel] = static_cast<std::uint8_t>(black - ((255 - samples[channel]) * black + 127) / 255);
        }
    }
}

void JpegReader::read_rows(JpegReader& reader) {
    while (reader.jpeg_.output_scanline < reader.jpeg_.output_height) {
        JSAMPROW row = reader.row_.data();
        jpeg_read_scanlines(&reader.jpeg_, &row, 1);
        reader.take_row(row);
    }
    jpeg_finish_decompress(&reader.jpeg_);
}

int JpegReader::orientation() const {
    for (const jpeg_marker_struct* marker = jpeg_.marker_list; marker != nullptr; marker = marker->next) {
        const std::span<const std::uint8_t> data(marker->data, marker->data_length);
        if (marker->marker != exif_marker || data.size() < sizeof exif_start) continue;
        if (!std::equal(std::begin(exif_start), std::end(exif_start), data.begin())) continue;
        return exif_orientation(data.subspan(sizeof exif_start));
    }
    return 1;
}

DecodedImage JpegReader::read() {
    guarded(open);
    check_image_size(jpeg_.image_width, jpeg_.image_height, origin_);
    const int stored = orientation();  // markers are gone when the last row is read
    guarded([](JpegReader& reader) { jpeg_start_decompress(&reader.jpeg_); });
    image_.width = static_cast<int>(jpeg_.output_width);
    image_.height = static_cast<int>(jpeg_.output_height);
    image_.pixels.resize(std::size_t{jpeg_.output_width} * jpeg_.output_height * 3);
    row_.resize(std::size_t{jpeg_.output_width} * static_cast<std::size_t>(jpeg_.output_components));
    guarded(read_rows);
    if (ends_early_) {
        throw InputError(origin_ +
                         ": the JPEG ends early; put an intact file in its place or take it out of the folder");
    }
    return upright(std::move(image_), stored);
}

}  // namespace

DecodedImage decode_jpeg(std::span<const std::uint8_t> bytes, const std::string& origin) {
    return JpegReader(bytes, origin).read();
}

}  // namespace remask::data
