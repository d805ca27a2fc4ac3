// The cells' conductances as the device leaves them, in integer units of 2^−F level units.
#include <algorithm>
#include <cmath>
#include <string>

#include "sim/crossbar/programmed_layer.h"
#include "sim/device/dac_levels.h"
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

std::int64_t largest_drive(const ProgrammedLayer& layer, std::int64_t k, std::int64_t n) {
    std::int32_t largest = 0;
    for (int digit = 0; digit < 1 << layer.parameters.dac_bits; ++digit) {
        largest = std::max(largest, layer.drive_level(k, n, digit));
    }
    return largest;
}

/// A conductance times a level is kept in 31 bits.
void check_products(const ProgrammedLayer& layer) {
    const auto largest = [](const std::vector<std::int32_t>& values) {
        return std::int64_t{*std::max_element(values.begin(), values.end())};
    };
    if (largest(layer.conductance) * largest(layer.drive) < std::int64_t{1} << 31) return;
    refuse_config("device.dac_errors.fraction_bits",
                  "a conductance times a DAC's level does not fit 31 bits: use fewer, or fewer "
                  "conductance_fraction_bits");
}

}  // namespace

void set_drive(ProgrammedLayer& layer, const DeviceParameters& device, const CellIdentity& identity) {
    if (!device.has_dac_errors()) return;
    const CrossbarGeometry& g = layer.geometry;
    const int dac_bits = layer.parameters.dac_bits;
    const std::vector<double>& given = device.dac_errors->levels;
    if (dac_bits > 8) refuse_config("device.dac_errors", "are for DACs of at most 8 bits (crossbar.dac_bits)");
    if (!given.empty() && given.size() != std::size_t{1} << dac_bits) {
        refuse_config("device.dac_errors.levels", "has " + std::to_string(given.size()) + " entries, but a DAC of " +
                                                      std::to_string(dac_bits) + " bits (crossbar.dac_bits) has " +
                                                      std::to_string(1 << dac_bits) + " levels");
    }
    for (std::int64_t column_tile = 0; column_tile < g.column_tiles; ++column_tile) {
        for (std::int64_t k = 0; k < g.rows; ++k) {
            const DacPlace place{k / g.rows_per_tile, column_tile, k % g.rows_per_tile};
            const std::vector<std::int32_t> levels = dac_levels(*device.dac_errors, identity, place, dac_bits);
            layer.drive.insert(layer.drive.end(), levels.begin(), levels.end());
        }
    }
    layer.drive_bits = device.dac_errors->fraction_bits;
    layer.fraction_bits += layer.drive_bits;
    layer.sum_unit = std::ldexp(layer.sum_unit, -layer.drive_bits);
    check_products(layer);
}

void set_conductances(ProgrammedLayer& layer, const DeviceParameters& device, const CellIdentity& identity) {
    const bool fractions = device.changes_cells() || device.changes_reads();
    if (!fractions && !device.has_dac_errors()) return;
    layer.fixed_point = true;
    DeviceParameters own = device;
    // DACs alone leave whole levels as they are, but for a floor.
    if (!fractions && layer.parameters.on_off_ratio == 0.0) own.conductance_fraction_bits = 0;
    layer.fraction_bits = own.conductance_fraction_bits;
    layer.sum_unit = std::ldexp(1.0, -layer.fraction_bits);
    const CrossbarParameters& p = layer.parameters;
    const CrossbarGeometry& g = layer.geometry;
    const ProgrammedCells cells(own, identity, p.cell_bits, floor_level(p));
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
                    (g < 0 ? lowest : highest) += g * (layer.drives_levels() ? largest_drive(layer, k, n) : digit);
                }
                layer.lowest_sum = std::min(layer.lowest_sum, lowest);
                layer.highest_sum = std::max(layer.highest_sum, highest);
            }
        }
    });
    if (std::max(layer.highest_sum, -layer.lowest_sum) < std::int64_t{1} << 31) return;
    const double highest_level = floor_level(p) + (1 << p.cell_bits) - 1;
    const double largest = *std::max_element(layer.conductance.begin(), layer.conductance.end());
    const double growth = std::ldexp(largest, layer.drive_bits - layer.fraction_bits) / highest_level;
    if (growth > 2.0) {  // no rounding's fault
        refuse_config("device", "a column's sum does not fit 31 bits, for a cell conducts " + std::to_string(growth) +
                                    " times as much as the highest level: look at drift (exponents below 0 make "
                                    "conductances grow, exponent_spread has some of them) and programming_error");
    }
    refuse_config("device.conductance_fraction_bits",
                  "a column's sum does not fit 31 bits: use fewer, or fewer active_rows, dac_bits or "
                  "device.dac_errors.fraction_bits");
}

std::int32_t ProgrammedLayer::cell_conductance(std::int64_t k, std::int64_t n, int side, int slice) const {
    if (!fixed_point) return level(k, n, side, slice);
    const std::int64_t matrix = side * geometry.slices + slice;
    return conductance[static_cast<std::size_t>((matrix * geometry.rows + k) * geometry.columns + n)];
}

std::int32_t ProgrammedLayer::plane_conductance(std::int64_t k, std::int64_t n, int plane) const {
    std::int32_t g = cell_conductance(k, n, side_of(plane), slice_of(plane));
    if (analog) g -= cell_conductance(k, n, 1, plane);
    return drive.empty() || drives_levels() ? g : g * drive_level(k, n, 1);
}

}  // namespace remask::detail
