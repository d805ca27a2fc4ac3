#include "sim/schedule/mesh.h"

namespace remask {

namespace {

std::int64_t step_of(Direction direction, std::int64_t width) {
    switch (direction) {
        case Direction::east:
            return 1;
        case Direction::west:
            return -1;
        case Direction::south:
            return width;
        case Direction::north:
            return -width;
    }
    return 0;
}

}  // namespace

std::vector<std::int64_t> mesh_path(std::int64_t from, std::int64_t to, std::int64_t width) {
    std::vector<std::int64_t> links;
    std::int64_t tile = from;
    const auto go = [&](Direction direction, std::int64_t steps) {
        for (std::int64_t i = 0; i < steps; ++i) {
            links.push_back(tile * 4 + static_cast<std::int64_t>(direction));
            tile += step_of(direction, width);
        }
    };
    const std::int64_t columns = to % width - from % width, rows = to / width - from / width;
    if (rows < 0) go(Direction::north, -rows);
    go(columns > 0 ? Direction::east : Direction::west, columns > 0 ? columns : -columns);
    if (rows > 0) go(Direction::south, rows);
    return links;
}

std::string link_name(std::int64_t link, std::int64_t width) {
    const std::int64_t tile = link / 4;
    return "tile " + std::to_string(tile) + " to " +
           std::to_string(tile + step_of(static_cast<Direction>(link % 4), width));
}

}  // namespace remask
