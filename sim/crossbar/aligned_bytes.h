// Internal: memory for vector instructions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace remask::detail {

/// Memory at a multiple of 64 bytes that grows and is reused.
class AlignedBytes {
public:
    std::uint8_t* at_least(std::size_t size) {
        if (bytes_.size() < size + cache_line) bytes_.resize(size + cache_line);
        void* start = bytes_.data();
        std::size_t space = bytes_.size();
        return static_cast<std::uint8_t*>(std::align(cache_line, size, start, space));
    }

private:
    static constexpr std::size_t cache_line = 64;
    std::vector<std::uint8_t> bytes_;
};

}  // namespace remask::detail
