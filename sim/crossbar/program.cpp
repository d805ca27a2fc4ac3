// Cuts a weight matrix into cells and decides, per row tile and column, which conversions need simulating.
#include <algorithm>
#include <functional>
#include <string>

#include "sim/base/diagnostics.h"
#include "sim/crossbar/programmed_layer.h"
#include "sim/hardware/column_flip.h"
#include "sim/hardware/config_fault.h"

namespace remask::detail {

namespace {

constexpr double float_exact = 16777216.0;           // 2^24
constexpr double double_exact = 9007199254740992.0;  // 2^53

void check_weights(const CrossbarParameters& p, std::int64_t rows, std::int64_t columns,
                   std::span<const std::int32_t> weights) {
    if (static_cast<std::int64_t>(weights.size()) != rows * columns) {
        throw InternalError("the weight matrix does not have rows × columns elements");
    }
    const std::int32_t largest = (1 << (p.weight_bits - 1)) - 1;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (weights[i] >= -largest && weights[i] <= largest) continue;
        const auto index = static_cast<std::int64_t>(i);
        refuse_config("crossbar.weight_bits",
                      "weight [" + std::to_string(index / columns) + ", " + std::to_string(index % columns) +
                          "] = " + std::to_string(weights[i]) + " does not fit " + std::to_string(p.weight_bits) +
                          " bits (-" + std::to_string(largest) + " to " + std::to_string(largest) + ")");
    }
}

void set_encoding(ProgrammedLayer& layer) {
    const CrossbarParameters& p = layer.parameters;
    const bool differential = p.encoding == Encoding::differential;
    layer.analog = differential && p.subtract == Subtract::analog;
    layer.converted_planes = layer.geometry.slices * (differential && !layer.analog ? 2 : 1);
    layer.offset = differential ? 0 : std::int64_t{1} << (p.weight_bits - 1);
    for (int slice = 0; slice < layer.geometry.slices; ++slice) layer.slice_places += layer.slice_place(slice);
    for (int phase = 0; phase < layer.geometry.phases; ++phase) layer.phase_places += layer.place(phase);
    layer.input_min = layer.input_signed ? -(std::int64_t{1} << (p.input_bits - 1)) : 0;
    layer.input_max = (std::int64_t{1} << (p.input_bits - (layer.input_signed ? 1 : 0))) - 1;
}

/// With analog subtraction, and without a quantiser, the floor cancels before anything can be lost, unless the cells'
/// own conductances hold it.
void set_floor(ProgrammedLayer& layer) {
    const CrossbarParameters& p = layer.parameters;
    if (p.on_off_ratio == 0.0) return;
    layer.periphery_floor = floor_level(p);
    const bool in_sums = layer.fixed_point || p.adc_bits > 0;
    layer.subtract_floor = layer.offset != 0 && in_sums;
    if (!layer.flips.empty() && in_sums) layer.flip_floor = 2.0 * layer.periphery_floor;
    if (!layer.fixed_point && p.adc_bits > 0 && !layer.analog) layer.floor_level = layer.periphery_floor;
}

/// Largest |sum of codes| of one logical column in `groups` row groups.
double code_bound(const ProgrammedLayer& layer, std::int64_t groups) {
    double places = 0.0;
    for (int phase = 0; phase < layer.geometry.phases; ++phase)
        places += std::abs(static_cast<double>(layer.place(phase)));
    const CrossbarParameters& p = layer.parameters;
    const double ideal = layer.fixed_point ? static_cast<double>(std::max(layer.highest_sum, -layer.lowest_sum))
                                           : layer.geometry.active_rows * (std::ldexp(1.0, p.dac_bits + p.cell_bits));
    return (layer.adc.ideal ? ideal : layer.adc.top_code) * places * layer.most_weight() * static_cast<double>(groups);
}

void require_53_bits(const ProgrammedLayer& layer) {
    if (code_bound(layer, layer.geometry.row_groups) < double_exact) return;
    refuse_config("crossbar",
                  "the shift-and-add of one column would need more than 53 bits: use fewer bits or more active rows");
}

/// Conductances in units of 2^−F: the same codes come of a range in these units, since powers of two scale exactly.
Adc in_sum_units(Adc adc, double sum_unit) {
    if (adc.ideal) return adc;
    for (double* of_range : {&adc.lo, &adc.hi, &adc.delta}) *of_range /= sum_unit;
    return adc;
}

/// Draws the errors of every ADC.
void set_adc_errors(ProgrammedLayer& layer, const DeviceParameters& device, const CellIdentity& identity) {
    if (!device.has_adc_errors() || layer.parameters.adc_bits == 0) return;
    layer.adcs_per_array = device.adc_errors->adcs_per_array;
    if (layer.adcs_per_array < 1) throw InternalError("ADC errors without the number of ADCs of an array");
    for (std::int64_t t = 0; t < layer.geometry.row_tiles; ++t) {
        for (std::int64_t c = 0; c < layer.geometry.column_tiles; ++c) {
            for (int adc = 0; adc < layer.adcs_per_array; ++adc) {
                layer.adc_errors.push_back(draw_adc_error(*device.adc_errors, identity, {t, c, adc}));
            }
        }
    }
}

/// For converters that differ from slice to slice and have no errors.
void set_slice_shortcuts(ProgrammedLayer& layer) {
    if (!layer.adc_errors.empty() || layer.floor_level > 0.0) return;
    for (const Adc& adc : layer.slice_adcs) {
        const std::optional<FloatAdc> shortcut = find_float_adc(adc, layer.lowest_sum, layer.highest_sum);
        if (!shortcut) return layer.slice_float_adcs.clear();
        layer.slice_float_adcs.push_back(*shortcut);
    }
}

void set_converter(ProgrammedLayer& layer, const std::vector<AdcWindow>& windows) {
    const CrossbarParameters& p = layer.parameters;
    layer.calibrated = p.adc_bits == 0 || p.adc_range != AdcRange::calibrated || !windows.empty();
    if (!layer.calibrated) return;
    std::vector<Adc> adcs = make_slice_adcs(p, layer.geometry.active_rows, windows);
    for (Adc& adc : adcs) adc = in_sum_units(adc, layer.sum_unit);
    layer.adc = adcs[0];
    for (const Adc& adc : adcs) layer.adc.top_code = std::max(layer.adc.top_code, adc.top_code);
    if (std::adjacent_find(adcs.begin(), adcs.end(), std::not_equal_to<>()) != adcs.end()) {
        layer.slice_adcs = std::move(adcs);
    }
    require_53_bits(layer);
    if (!layer.same_converters()) {
        set_slice_shortcuts(layer);
        return;
    }
    const std::int64_t highest = layer.highest_sum;
    const std::int64_t lowest = layer.lowest_sum;
    const std::int64_t most_rows = std::min<std::int64_t>(layer.geometry.active_rows, layer.geometry.rows);
    const std::int64_t most_digits = most_rows * ((1 << p.dac_bits) - 1);
    const bool fits = layer.adc.top_code * layer.most_weight() < float_exact;
    if (layer.floor_level == 0.0 && (layer.adc.ideal || !layer.fixed_point)) {
        layer.linear = find_linear_codes(layer.adc, lowest, highest);
    }
    if (!layer.adc.ideal) {
        if (fits && layer.floor_level == 0.0) layer.float_adc = find_float_adc(layer.adc, lowest, highest);
        if (fits && layer.floor_level > 0.0) {
            layer.float_adc =
                find_float_adc_with_floor(layer.adc, layer.floor_level, most_digits, (1 << p.cell_bits) - 1);
        }
        const double highest_seen = static_cast<double>(highest) + layer.floor_level * static_cast<double>(most_digits);
        layer.may_clip =
            layer.adc.convert(static_cast<double>(lowest)).clipped || layer.adc.convert(highest_seen).clipped;
        layer.accumulate_phases = code_bound(layer, 1) < float_exact;
    }
}

/// Are all codes of column n in this tile linear in their sums, whatever the inputs?
bool is_linear(const ProgrammedLayer& layer, const ProgrammedTile& tile, std::int64_t n) {
    if (layer.adc.ideal) return true;
    if (!layer.linear.valid) return false;
    const std::int64_t digit = (1 << layer.parameters.dac_bits) - 1;
    const std::int64_t end = tile.first_row + tile.rows;
    for (std::int64_t first = tile.first_row; first < end; first += layer.geometry.active_rows) {
        const std::int64_t last = std::min<std::int64_t>(first + layer.geometry.active_rows, end);
        for (int plane = 0; plane < layer.converted_planes; ++plane) {
            std::int64_t lowest = 0;
            std::int64_t highest = 0;
            for (std::int64_t k = first; k < last; ++k) {
                const std::int32_t g = layer.plane_conductance(k, n, plane);
                (g < 0 ? lowest : highest) += g;
            }
            if (!layer.linear.holds(lowest * digit, highest * digit)) return false;
        }
    }
    return true;
}

void fill_linear(const ProgrammedLayer& layer, ProgrammedTile& tile) {
    const std::int64_t n_columns = static_cast<std::int64_t>(tile.linear_columns.size());
    const auto value = [&](std::int64_t i, std::int64_t k) {
        const std::int64_t n = tile.linear_columns[static_cast<std::size_t>(i)];
        if (!layer.fixed_point && layer.flips.empty()) {
            return layer.weights[static_cast<std::size_t>((tile.first_row + k) * layer.geometry.columns + n)] +
                   layer.offset;
        }
        std::int64_t whole = 0;
        for (int plane = 0; plane < layer.converted_planes; ++plane) {
            whole += layer.code_weight(layer.geometry.row_group(tile.first_row + k), n, plane) *
                     layer.plane_conductance(tile.first_row + k, n, plane);
        }
        return whole;
    };
    const double largest_input = static_cast<double>(std::max(layer.input_max, -layer.input_min));
    double bound = 0.0;
    for (std::int64_t i = 0; i < n_columns; ++i) {
        double sum = 0.0;
        for (std::int64_t k = 0; k < tile.rows; ++k) sum += std::abs(static_cast<double>(value(i, k)));
        bound = std::max(bound, sum * largest_input);
    }
    const bool use_float = bound < float_exact;
    const auto size = static_cast<std::size_t>(n_columns * tile.rows);
    if (use_float) tile.linear_floats.resize(size);
    if (!use_float) tile.linear_doubles.resize(size);
    for (std::int64_t i = 0; i < n_columns; ++i) {
        for (std::int64_t k = 0; k < tile.rows; ++k) {
            const auto at = static_cast<std::size_t>(i * tile.rows + k);
            if (use_float) tile.linear_floats[at] = static_cast<float>(value(i, k));
            if (!use_float) tile.linear_doubles[at] = static_cast<double>(value(i, k));
        }
    }
}

void build_tiles(ProgrammedLayer& layer) {
    const CrossbarGeometry& g = layer.geometry;
    for (std::int64_t t = 0; t < g.row_tiles; ++t) {
        ProgrammedTile tile;
        tile.first_row = t * g.rows_per_tile;
        tile.rows = g.tile_rows(t);
        for (std::int64_t n = 0; n < g.columns; ++n) {
            (is_linear(layer, tile, n) ? tile.linear_columns : tile.converted_columns).push_back(n);
        }
        fill_linear(layer, tile);
        layer.tiles.push_back(std::move(tile));
    }
    layer.lookup = start_lookup_plan(layer);
    if (layer.lookup && plan_columns(layer, *layer.lookup)) return;
    layer.lookup.reset();
    if (!layer.same_converters()) return layer.tiles.clear();
    for (ProgrammedTile& tile : layer.tiles) {
        for (std::int64_t first = 0; first < tile.rows; first += g.active_rows) {
            tile.groups.push_back(pack_group(layer, tile.first_row + first,
                                             std::min<std::int64_t>(g.active_rows, tile.rows - first),
                                             tile.converted_columns));
        }
    }
}

}  // namespace

int ProgrammedLayer::level(std::int64_t k, std::int64_t n, int side, int slice) const {
    const std::int64_t w = weights[static_cast<std::size_t>(k * geometry.columns + n)];
    std::int64_t magnitude = w + offset;
    if (offset == 0) magnitude = side == 0 ? std::max<std::int64_t>(w, 0) : std::max<std::int64_t>(-w, 0);
    const int top = (1 << parameters.cell_bits) - 1;
    const int digit = static_cast<int>(magnitude >> (parameters.cell_bits * slice)) & top;
    if (flips.empty()) return digit;
    const std::uint32_t of_column = flips[static_cast<std::size_t>(geometry.row_group(k) * geometry.columns + n)];
    return (of_column >> (side * geometry.slices + slice) & 1U) != 0 ? top - digit : digit;
}

std::size_t ProgrammedLayer::adc_index(std::int64_t row_tile, std::int64_t n, int plane) const {
    const std::int64_t in_array = n % geometry.logical_columns_per_array;
    const std::int64_t physical = (in_array * geometry.slices + slice_of(plane)) * geometry.sides + side_of(plane);
    const std::int64_t served = (parameters.columns + adcs_per_array - 1) / adcs_per_array;
    const std::int64_t array = row_tile * geometry.column_tiles + n / geometry.logical_columns_per_array;
    return static_cast<std::size_t>(array * adcs_per_array + physical / served);
}

std::int64_t ProgrammedLayer::place(int phase) const {
    const bool sign_bit = input_signed && phase == geometry.phases - 1;
    const std::int64_t value = std::int64_t{1} << (parameters.dac_bits * phase);
    return sign_bit ? -value : value;
}

int ProgrammedLayer::plane_level(std::int64_t k, std::int64_t n, int plane) const {
    if (analog) return level(k, n, 0, plane) - level(k, n, 1, plane);
    if (offset != 0) return level(k, n, 0, plane);
    return level(k, n, plane % 2, plane / 2);
}

std::int64_t ProgrammedLayer::plane_weight(int plane) const {
    if (analog || offset != 0) return slice_place(plane);
    return plane % 2 == 0 ? slice_place(plane / 2) : -slice_place(plane / 2);
}

ProgrammedLayer program(const CrossbarParameters& parameters, std::int64_t rows, std::int64_t columns,
                        std::span<const std::int32_t> weights, int kernel_size, bool input_signed,
                        const std::vector<AdcWindow>& calibrated, const DeviceParameters& device,
                        const CellIdentity& identity) {
    ProgrammedLayer layer;
    layer.parameters = parameters;
    layer.parameters.input_signed = input_signed;
    layer.geometry = geometry_of(layer.parameters, rows, columns, kernel_size);
    layer.input_signed = input_signed;
    check_weights(parameters, rows, columns, weights);
    layer.weights.assign(weights.begin(), weights.end());
    set_encoding(layer);
    layer.flips = column_flips(layer.parameters, layer.geometry, layer.weights);
    set_conductances(layer, device, identity);
    apply_wires(layer, device.conductance_fraction_bits);
    set_drive(layer, device, identity);
    set_noise(layer, device, identity);
    set_floor(layer);
    set_sum_bounds(layer);
    set_adc_errors(layer, device, identity);
    set_converter(layer, calibrated);
    if (layer.calibrated && !layer.noise && !layer.drives_levels()) build_tiles(layer);
    return layer;
}

}  // namespace remask::detail
