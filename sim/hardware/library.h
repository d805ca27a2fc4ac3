// The section `library:` of a hardware file: components whose figures energies, memories and parts take by name.
//
//     library:
//       tile_buffer: {kind: edram, node: 32 nm, capacity: 64 KiB, access_bits: 256}
//     energy:
//       buffer_read: {from: tile_buffer}
//     parts:
//       buffer: {per: tile, count: 1, from: tile_buffer}
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/hardware/hardware.h"

namespace remask {

/// Fills in what names a component. Reports at its line a name that the library does not have, or a component without
/// the figure that is asked of it.
void resolve_library(Fields& fields, Hardware& hardware);

/// "average of a published design" or "physics: …", for reports.
std::string_view describe_cell_read(CellReadModel model);

/// Where the energies of the library, of energy.adc and of cells read by physics come from, by path
/// ("energy.buffer_read", "memory.mask.energy").
std::map<std::string, std::string> library_sources(const Hardware& hardware);

/// Where a component or energy that is in use was carried beyond its source, one sentence each.
std::vector<std::string> cost_warnings(const Hardware& hardware);

}  // namespace remask
