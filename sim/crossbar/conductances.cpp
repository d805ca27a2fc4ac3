// The cells' conductances as the device leaves them, in integer units of 2^−F level units.
#include <algorithm>
#include <cmath>

#include "sim/crossbar/programmed_layer.h"
#include "sim/hardware/config_fault.h"

namespace remask::detail {

namespace {

/// Visits every row group as (first row, end).
template <class Visit>
void for_each_group(const CrossbarGeometry& g, const Visit& visit) {
    for (std::int64_t t = 0; t < g.row_tiles; ++t) {
        const std::int64_t end = t * g.rows_per_tile + g.tile_rows(t);
        for (std::int64_t first = t * g.rows_per_tile; first < end; first += g.active_rows) {
            visit(first, std::min<std::int64_t>(first + g.active_rows, end));
        }
    }
}

}  // namespace

void set_conductances(ProgrammedLayer& layer, const DeviceParameters& device, const CellIdentity& identity) {
    if (!device.changes_cells() && !device.changes_reads()) return;
    layer.fixed_point = true;
    layer.fraction_bits = device.conductance_fraction_bits;
    layer.sum_unit = std::ldexp(1.0, -layer.fraction_bits);
    const CrossbarParameters& p = layer.parameters;
    const CrossbarGeometry& g = layer.geometry;
    const ProgrammedCells cells(device, identity, p.cell_bits, floor_level(p));
    layer.conductance.reserve(static_cast<std::size_t>(g.sides * g.slices * g.rows * g.columns));
    for (int side = 0; side < g.sides; ++side) {
        for (int slice = 0; slice < g.slices; ++slice) {
            for (std::int64_t k = 0; k < g.rows; ++k) {
                for (std::int64_t n = 0; n < g.columns; ++n) {
                    const std::int64_t cell = cell_number(k, n, side * g.slices + slice);
                    layer.conductance.push_back(cells.fixed_point(cell, layer.level(k, n, side, slice)));
                }
            }
        }
    }
}

void set_sum_bounds(ProgrammedLayer& layer) {
    const CrossbarParameters& p = layer.parameters;
    const std::int64_t digit = (1 << p.dac_bits) - 1;
    if (!layer.fixed_point) {
        const std::int64_t most_rows = std::min<std::int64_t>(layer.geometry.active_rows, layer.geometry.rows);
        layer.highest_sum = most_rows * digit * ((1 << p.cell_bits) - 1);
        layer.lowest_sum = layer.analog ? -layer.highest_sum : 0;
        return;
    }
    for_each_group(layer.geometry, [&](std::int64_t first, std::int64_t end) {
        for (std::int64_t n = 0; n < layer.geometry.columns; ++n) {
            for (int plane = 0; plane < layer.converted_planes; ++plane) {
                std::int64_t lowest = 0;
                std::int64_t highest = 0;
                for (std::int64_t k = first; k < end; ++k) {
                    const std::int64_t g = layer.plane_conductance(k, n, plane);
                    (g < 0 ? lowest : highest) += g;
                }
                layer.lowest_sum = std::min(layer.lowest_sum, lowest * digit);
                layer.highest_sum = std::max(layer.highest_sum, highest * digit);
            }
        }
    });
    if (std::max(layer.highest_sum, -layer.lowest_sum) >= std::int64_t{1} << 31) {
        refuse_config("device.conductance_fraction_bits",
                      "a column's sum does not fit 31 bits: use fewer, or fewer active_rows or dac_bits");
    }
}

std::int32_t ProgrammedLayer::cell_conductance(std::int64_t k, std::int64_t n, int side, int slice) const {
    if (!fixed_point) return level(k, n, side, slice);
    const std::int64_t matrix = side * geometry.slices + slice;
    return conductance[static_cast<std::size_t>((matrix * geometry.rows + k) * geometry.columns + n)];
}

std::int32_t ProgrammedLayer::plane_conductance(std::int64_t k, std::int64_t n, int plane) const {
    if (analog) return cell_conductance(k, n, 0, plane) - cell_conductance(k, n, 1, plane);
    if (offset != 0) return cell_conductance(k, n, 0, plane);
    return cell_conductance(k, n, plane % 2, plane / 2);
}

}  // namespace remask::detail
