// Small data files in a temporary folder.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace remask::testing {

using Bytes = std::vector<std::uint8_t>;

/// A folder that is removed at the end of the test.
class TemporaryFolder {
public:
    TemporaryFolder() {
        const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
        path_ = std::filesystem::temp_directory_path() / ("remask-" + std::string(info->test_suite_name()) + "-" +
                                                          info->name() + "-" + std::to_string(getpid()));
        std::filesystem::create_directories(path_);
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

inline std::filesystem::path write_bytes(const std::filesystem::path& path, const Bytes& bytes) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return path;
}

inline Bytes read_bytes(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline std::filesystem::path write_gzip(const std::filesystem::path& path, const Bytes& bytes) {
    std::filesystem::create_directories(path.parent_path());
    gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(file);
    return path;
}

/// IDX of unsigned bytes.
inline Bytes idx(const std::vector<std::uint32_t>& sizes, const Bytes& values) {
    Bytes bytes{0, 0, 8, static_cast<std::uint8_t>(sizes.size())};
    for (const std::uint32_t size : sizes) {
        for (const unsigned move : {24U, 16U, 8U, 0U}) bytes.push_back(static_cast<std::uint8_t>(size >> move));
    }
    bytes.insert(bytes.end(), values.begin(), values.end());
    return bytes;
}

/// One-pixel images in MNIST's layout: image i has the pixel value i mod 256, so that tests can tell which one they
/// got.
inline void write_numbered_mnist(const std::filesystem::path& folder, const std::string& prefix, const Bytes& labels) {
    const auto count = static_cast<std::uint32_t>(labels.size());
    Bytes pixels;
    for (std::uint32_t i = 0; i < count; ++i) pixels.push_back(static_cast<std::uint8_t>(i));
    write_bytes(folder / (prefix + "-images-idx3-ubyte"), idx({count, 1, 1}, pixels));
    write_bytes(folder / (prefix + "-labels-idx1-ubyte"), idx({count}, labels));
}

/// What `action` throws as `Fault`, as text; fails the test if it throws nothing or something else.
template <class Fault, class Action>
std::string message_of(Action action) {
    try {
        action();
    } catch (const Fault& fault) {
        return fault.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
}

}  // namespace remask::testing
