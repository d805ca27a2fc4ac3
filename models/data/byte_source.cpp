#include "models/data/byte_source.h"

#include <zlib.h>

#include <algorithm>
#include <string>
#include <system_error>

#include "sim/base/diagnostics.h"

namespace remask::data {

struct ByteSource::Stream {
    gzFile file = nullptr;
};

ByteSource::ByteSource(const std::filesystem::path& path) : path_(path), stream_(std::make_unique<Stream>()) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) throw InputError(path.string() + ": no such file");
    if (std::filesystem::is_directory(path, ignored)) throw InputError(path.string() + ": is a folder, not a file");
    stream_->file = gzopen(path.c_str(), "rb");
    if (stream_->file == nullptr) throw InputError(path.string() + ": cannot be opened; check its permissions");
    gzbuffer(stream_->file, 1U << 18U);
}

ByteSource::~ByteSource() {
    if (stream_->file != nullptr) gzclose(stream_->file);
}

std::uint64_t ByteSource::append(std::vector<std::uint8_t>& bytes, std::uint64_t wanted) {
    constexpr std::uint64_t chunk = 1U << 22U;
    std::uint64_t done = 0;
    while (done < wanted) {
        const auto step = static_cast<unsigned>(std::min(chunk, wanted - done));
        const std::size_t before = bytes.size();
        bytes.resize(before + step);
        const int got = gzread(stream_->file, bytes.data() + before, step);
        bytes.resize(before + static_cast<std::size_t>(std::max(got, 0)));
        int code = Z_OK;
        const std::string reason = gzerror(stream_->file, &code);
        if (got < 0 || code == Z_BUF_ERROR || code == Z_DATA_ERROR) {
            throw InputError(path_.string() + ": truncated or damaged after " + std::to_string(bytes.size()) +
                             " unpacked bytes (" + (reason.empty() ? "unreadable" : reason) + "); get the file again");
        }
        if (got == 0) break;
        done += static_cast<std::uint64_t>(got);
    }
    return done;
}

}  // namespace remask::data
