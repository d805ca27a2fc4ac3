#include "sim/schedule/buffer_shares.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "sim/base/units.h"
#include "sim/hardware/config_fault.h"

namespace remask {

namespace {

std::string size_of(std::int64_t bits) {
    return to_string(DataSize::from_si(static_cast<double>(bits)));
}

/// What the layers of one tile need of its buffer.
struct TileNeed {
    std::int64_t bits = 0;
    std::int64_t largest = 0;
    std::string largest_name;
};

[[noreturn]] void refuse(std::int64_t tile, const TileNeed& need, std::int64_t capacity) {
    const bool alone = need.largest > capacity;
    refuse_config("hardware.chip.buffer_capacity",
                  "layer '" + need.largest_name + "' needs " + size_of(need.largest) + " of inputs at a time in tile " +
                      std::to_string(tile) + (alone ? "" : " (with its other layers " + size_of(need.bits) + ")") +
                      ", its buffer holds " + size_of(capacity) +
                      ": give tiles a larger buffer or fewer arrays, use smaller images, or leave buffer_capacity out");
}

}  // namespace

std::int64_t window_bits(const StageEdge& edge, const RowMessage& message) {
    return edge.window * *std::max_element(message.bits.begin(), message.bits.end());
}

void share_buffers(StageGraph& graph, const Hardware& hardware) {
    if (!hardware.chip.buffer_capacity) return;
    constexpr double most = 0x1.0p62;  // bits; more is as good as no limit
    const auto capacity = static_cast<std::int64_t>(std::floor(std::min(hardware.chip.buffer_capacity->si(), most)));
    const auto is_buffered = [&](const StageEdge& edge) {
        return graph.stages[static_cast<std::size_t>(edge.to)].kind == StageKind::arrays;
    };
    std::map<std::int64_t, TileNeed> needs;
    for (const StageEdge& edge : graph.edges) {
        if (!is_buffered(edge)) continue;
        for (const RowMessage& message : edge.messages) {
            TileNeed& need = needs[message.tile];
            const std::int64_t bits = window_bits(edge, message);
            need.bits += bits;
            if (bits <= need.largest) continue;
            need.largest = bits;
            need.largest_name = graph.stages[static_cast<std::size_t>(edge.to)].name;
        }
    }
    for (const auto& [tile, need] : needs) {
        if (need.bits > capacity) refuse(tile, need, capacity);
    }
    for (StageEdge& edge : graph.edges) {
        if (!is_buffered(edge)) continue;
        for (const RowMessage& message : edge.messages) {
            const std::int64_t need = std::max<std::int64_t>(1, needs[message.tile].bits);
            const std::int64_t rows = edge.window * (capacity / need) + edge.window * (capacity % need) / need;
            edge.capacity = edge.capacity == 0 ? rows : std::min(edge.capacity, rows);
        }
    }
}

}  // namespace remask
