// Links between neighbouring tiles, and the way of a message over them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace remask {

/// Links are numbered tile·4 + direction: the directed link that leaves `tile` there.
enum class Direction { east, west, south, north };

/// The links from tile `from` to tile `to` on a mesh whose rows have `width` tiles: as many as Mapping::hops(). Down
/// the mesh a message goes along the row first, up it last, so that it meets only tiles that exist where the last row
/// is not full.
std::vector<std::int64_t> mesh_path(std::int64_t from, std::int64_t to, std::int64_t width);

/// "tile 3 to 4".
std::string link_name(std::int64_t link, std::int64_t width);

}  // namespace remask
