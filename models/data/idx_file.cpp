#include "models/data/idx_file.h"

#include <cstdio>
#include <string>

#include "models/data/byte_source.h"
#include "models/data/dataset.h"
#include "sim/base/diagnostics.h"

namespace remask::data {
namespace {

constexpr std::uint32_t largest_side = 4096;

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& message) {
    throw InputError(path.string() + ": " + message);
}

std::string hex(const std::vector<std::uint8_t>& bytes) {
    std::string text;
    for (const std::uint8_t byte : bytes) {
        char buffer[4];
        std::snprintf(buffer, sizeof buffer, "%02x ", byte);
        text += buffer;
    }
    if (!text.empty()) text.pop_back();
    return text;
}

void check_magic(const std::filesystem::path& path, const std::vector<std::uint8_t>& magic, int rank) {
    if (magic.size() == 4 && magic[0] == 0 && magic[1] == 0 && magic[2] == 8 && magic[3] == rank) return;
    refuse(path, "wrong magic: the first bytes are '" + hex(magic) + "', an IDX file of bytes with " +
                     std::to_string(rank) + " dimensions begins with '00 00 08 0" + std::to_string(rank) + "'");
}

}  // namespace

IdxFile read_idx_file(const std::filesystem::path& path, int rank) {
    ByteSource source(path);
    std::vector<std::uint8_t> header;
    source.append(header, 4);
    check_magic(path, header, rank);
    const std::uint64_t size_bytes = 4 * static_cast<std::uint64_t>(rank);
    header.clear();
    if (source.append(header, size_bytes) < size_bytes) refuse(path, "truncated within its header");

    IdxFile file;
    std::uint64_t expected = 1;
    for (std::size_t i = 0; i < header.size(); i += 4) {
        const std::uint32_t size = std::uint32_t{header[i]} << 24U | std::uint32_t{header[i + 1]} << 16U |
                                   std::uint32_t{header[i + 2]} << 8U | std::uint32_t{header[i + 3]};
        if (size == 0) refuse(path, "holds nothing: its header names a size of 0");
        file.sizes.push_back(size);
        if (rank == 3 && i > 0 && size > largest_side) {
            refuse(path, "images of " + std::to_string(size) + " pixels a side; 1 to " + std::to_string(largest_side) +
                             " can be read");
        }
        expected *= size;  // at most 2^32 images, or lines, of sides that have a limit
    }
    const std::uint64_t got = source.append(file.values, expected);
    if (got < expected) {
        refuse(path, "truncated: its header announces " + std::to_string(expected) + " bytes of values, it holds " +
                         std::to_string(got) + "; get the file again");
    }
    std::vector<std::uint8_t> rest;
    if (source.append(rest, 1) != 0) {
        refuse(path, "longer than the " + std::to_string(expected) + " bytes of values that its header announces");
    }
    return file;
}

}  // namespace remask::data

namespace remask {

Dataset read_idx(const std::filesystem::path& images, const std::filesystem::path& labels, int classes) {
    data::IdxFile pictures = data::read_idx_file(images, 3);
    const data::IdxFile marks = data::read_idx_file(labels, 1);
    const std::uint32_t height = pictures.sizes[1];
    const std::uint32_t width = pictures.sizes[2];
    if (pictures.sizes[0] != marks.sizes[0]) {
        data::refuse(images, "holds " + std::to_string(pictures.sizes[0]) + " images, but " + labels.string() +
                                 " holds " + std::to_string(marks.sizes[0]) + " labels; they do not belong together");
    }
    Dataset dataset;
    dataset.shape = {1, static_cast<int>(height), static_cast<int>(width)};
    dataset.classes = classes;
    dataset.pixels = std::move(pictures.values);
    dataset.labels.assign(marks.values.begin(), marks.values.end());
    for (std::size_t i = 0; i < dataset.labels.size(); ++i) {
        if (dataset.labels[i] < classes) continue;
        data::refuse(labels, "image " + std::to_string(i) + " (byte " + std::to_string(8 + i) + "): label " +
                                 std::to_string(dataset.labels[i]) + " is not in 0.." + std::to_string(classes - 1));
    }
    return dataset;
}

}  // namespace remask
