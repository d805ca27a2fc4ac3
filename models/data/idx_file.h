// The IDX format of MNIST: magic 0 0 type rank, then `rank` big-endian 32-bit sizes, then the values.
// Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace remask::data {

struct IdxFile {
    std::vector<std::uint32_t> sizes;
    std::vector<std::uint8_t> values;  ///< product of sizes
};

/// Reads an IDX file of unsigned bytes with `rank` dimensions, plain or gzipped. Throws InputError: missing, wrong
/// magic, other type or rank, fewer or more values than its header says.
IdxFile read_idx_file(const std::filesystem::path& path, int rank);

}  // namespace remask::data
