// A plain or gzipped file read as one stream of bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace remask::data {

/// Reads a file from its beginning, unpacking gzip where the file is gzipped (whatever its name).
class ByteSource {
public:
    /// Throws InputError: missing, a directory, unreadable.
    explicit ByteSource(const std::filesystem::path& path);
    ~ByteSource();
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;

    /// Appends the next `wanted` bytes, fewer where the file ends; returns how many. Memory grows with what is really
    /// there. Throws InputError: the gzip stream is damaged or ends early.
    std::uint64_t append(std::vector<std::uint8_t>& bytes, std::uint64_t wanted);

private:
    struct Stream;
    std::filesystem::path path_;
    std::unique_ptr<Stream> stream_;
};

}  // namespace remask::data
