// Tables of memories by node and size.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace remask {

/// 1 KiB to 4 MiB, each twice the one before.
inline constexpr std::size_t memory_sizes = 13;

struct MemoryPoint {
    double read_pj, leakage_mw, area_mm2;
    double write_pj = 0.0;  ///< 0: as reading
};

struct MemoryTable {
    std::span<const double> nodes;  ///< nm, ascending
    std::span<const std::array<MemoryPoint, memory_sizes>> points;
};

/// `access_bits`: 64 or 256.
MemoryTable sram_table(int access_bits);
MemoryTable edram_table(int access_bits);

}  // namespace remask
