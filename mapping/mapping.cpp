#include "mapping/mapping.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "sim/base/diagnostics.h"
#include "sim/hardware/config_fault.h"

namespace remask {

namespace {

CrossbarGeometry geometry_for(const Layer& layer, const Layer& producer, const CrossbarParameters& crossbar,
                              int active_rows) {
    CrossbarParameters parameters = crossbar;
    if (active_rows > 0) parameters.active_rows = active_rows;
    try {
        if (layer.kind == LayerKind::linear) return geometry_of(parameters, producer.output.size(), layer.out_channels);
        const int kernel_size = layer.kernel_height * layer.kernel_width;
        const std::int64_t rows = static_cast<std::int64_t>(producer.output.channels / layer.groups) * kernel_size;
        return geometry_of(parameters, rows, layer.out_channels / layer.groups, kernel_size);
    } catch (const ConfigError& error) {
        std::vector<Diagnostic> diagnostics = error.diagnostics();
        for (Diagnostic& diagnostic : diagnostics)
            diagnostic.message = "layer '" + layer.name + "': " + diagnostic.message;
        throw ConfigError(diagnostics);
    }
}

/// The arrays of one replica, without their places: group by group, row tile by row tile.
std::vector<MappedArray> cut(const CrossbarGeometry& geometry, int groups) {
    std::vector<MappedArray> arrays;
    for (int group = 0; group < groups; ++group) {
        for (std::int64_t row_tile = 0; row_tile < geometry.row_tiles; ++row_tile) {
            for (std::int64_t column_tile = 0; column_tile < geometry.column_tiles; ++column_tile) {
                MappedArray array;
                array.group = group;
                array.row_tile = row_tile;
                array.column_tile = column_tile;
                array.rows = geometry.tile_rows(row_tile);
                array.row_groups = geometry.tile_groups(row_tile);
                array.first_column = column_tile * geometry.logical_columns_per_array;
                array.logical_columns =
                    std::min<std::int64_t>(geometry.logical_columns_per_array, geometry.columns - array.first_column);
                arrays.push_back(array);
            }
        }
    }
    return arrays;
}

MappedSlot map_layer(const Network& network, int index, const Hardware& hardware, int active_rows, int replicas) {
    const Layer& layer = network.layers[static_cast<std::size_t>(index)];
    const Layer& producer = network.layers[static_cast<std::size_t>(layer.inputs.at(0))];
    const bool linear = layer.kind == LayerKind::linear;
    MappedSlot slot;
    slot.layer = index;
    slot.name = layer.name;
    slot.groups = linear ? 1 : layer.groups;
    slot.kernel_size = linear ? 1 : layer.kernel_height * layer.kernel_width;
    slot.geometry = geometry_for(layer, producer, hardware.crossbar, active_rows);
    slot.vectors = linear ? 1 : static_cast<std::int64_t>(layer.output.height) * layer.output.width;
    slot.replicas = replicas;
    slot.arrays = cut(slot.geometry, slot.groups);
    return slot;
}

void place(MappedSlot& slot, std::int64_t first_pe, const Placement& placement) {
    for (std::size_t i = 0; i < slot.arrays.size(); ++i) {
        const ArrayPlace place = placement.place(first_pe, static_cast<std::int64_t>(i));
        slot.arrays[i].pe = place.pe;
        slot.arrays[i].tile = place.tile;
    }
    slot.first_pe = first_pe;
    slot.pes = placement.pes_for(slot.total_arrays());
    slot.first_tile = placement.tile_of_pe(first_pe);
    slot.last_tile = placement.tile_of_pe(first_pe + slot.pes - 1);
}

std::int64_t used_cells(const MappedSlot& slot) {
    return slot.weights() * slot.geometry.slices * slot.geometry.sides * slot.replicas;
}

void check_fit(const Mapping& mapping, const ChipStructure& chip) {
    if (mapping.tiles <= chip.tiles) return;
    const MappedSlot* largest = &mapping.slots.front();
    for (const MappedSlot& slot : mapping.slots) {
        if (slot.total_arrays() > largest->total_arrays()) largest = &slot;
    }
    refuse_config("hardware.chip.tiles",
                  "the network needs " + std::to_string(mapping.tiles) + " tiles (" + std::to_string(mapping.arrays) +
                      " arrays, most of them for layer '" + largest->name + "': " +
                      std::to_string(largest->total_arrays()) + "), the chip has " + std::to_string(chip.tiles) +
                      ": use more tiles, more cell_bits or a smaller network, or let it take the chip in rounds "
                      "(mapping.images_per_round)");
}

/// Places one slot after the other, in a new round where the chip has no room left.
class Placer {
public:
    Placer(Mapping& mapping, const ChipStructure& chip, bool in_rounds)
        : mapping_(mapping), pes_of_chip_(std::int64_t{chip.tiles} * chip.pes_per_tile), in_rounds_(in_rounds) {}

    void add(MappedSlot& slot) {
        const std::int64_t pes = mapping_.placement.pes_for(slot.total_arrays());
        if (in_rounds_ && pes > pes_of_chip_) {
            refuse_config("hardware.chip.tiles",
                          "layer '" + slot.name + "' alone needs " + std::to_string(mapping_.placement.tiles_for(pes)) +
                              " tiles, and a round takes whole layers: use more tiles or more cell_bits");
        }
        if (in_rounds_ && next_pe_ + pes > pes_of_chip_) {
            ++mapping_.rounds;
            next_pe_ = 0;
        }
        slot.round = mapping_.rounds - 1;
        place(slot, next_pe_, mapping_.placement);
        next_pe_ += slot.pes;
        mapping_.tiles = std::max(mapping_.tiles, mapping_.placement.tiles_for(next_pe_));
    }

private:
    Mapping& mapping_;
    std::int64_t pes_of_chip_;
    bool in_rounds_;
    std::int64_t next_pe_ = 0;
};

template <class T>
T value_for(const std::vector<T>& values, std::size_t slot, std::size_t slots, T otherwise, const char* what) {
    if (values.empty()) return otherwise;
    if (values.size() != slots) {
        throw ConfigError(std::string(what) + ": " + std::to_string(values.size()) + " values are given for " +
                          std::to_string(slots) + " layers on arrays");
    }
    return values[slot];
}

}  // namespace

std::int64_t physical_columns(const CrossbarGeometry& geometry, std::int64_t logical_columns) {
    return logical_columns * geometry.slices * geometry.sides;
}

std::int64_t converted_columns(const CrossbarParameters& parameters, const CrossbarGeometry& geometry,
                               std::int64_t logical_columns) {
    const bool pairs_as_one = geometry.sides == 2 && parameters.subtract == Subtract::analog;
    return physical_columns(geometry, logical_columns) / (pairs_as_one ? 2 : 1);
}

std::int64_t Mapping::hops(std::int64_t tile_a, std::int64_t tile_b) const {
    const std::int64_t width = placement.mesh_width;
    return std::abs(tile_a / width - tile_b / width) + std::abs(tile_a % width - tile_b % width);
}

ArrayPlace Mapping::place_of(const MappedSlot& slot, int replica, std::size_t array) const {
    return placement.place(slot.first_pe, static_cast<std::int64_t>(replica * slot.arrays.size() + array));
}

Mapping map_network(const Network& network, const Hardware& hardware, const MappingOptions& options) {
    Mapping mapping;
    mapping.classifier_on_crossbar = options.classifier_on_crossbar;
    mapping.placement = placement_of(hardware.chip, options.order);
    const std::vector<int> layers = crossbar_layers(network, options.classifier_on_crossbar);
    const std::int64_t cells_per_array = static_cast<std::int64_t>(hardware.crossbar.rows) * hardware.crossbar.columns;
    std::int64_t cells = 0;
    Placer placer(mapping, hardware.chip, options.in_rounds);
    for (std::size_t s = 0; s < layers.size(); ++s) {
        const int replicas = value_for(options.replicas, s, layers.size(), 1, "replicas");
        if (replicas < 1)
            throw ConfigError("replicas: a layer needs at least 1, " + std::to_string(replicas) + " given");
        const int active_rows = value_for(options.active_rows, s, layers.size(), 0, "active_rows");
        MappedSlot slot = map_layer(network, layers[s], hardware, active_rows, replicas);
        placer.add(slot);
        slot.utilisation =
            static_cast<double>(used_cells(slot)) / static_cast<double>(slot.total_arrays() * cells_per_array);
        mapping.arrays += slot.total_arrays();
        mapping.pes += slot.pes;
        cells += used_cells(slot);
        mapping.slots.push_back(std::move(slot));
    }
    if (mapping.arrays > 0) {
        mapping.utilisation = static_cast<double>(cells) / static_cast<double>(mapping.arrays * cells_per_array);
    }
    check_fit(mapping, hardware.chip);
    return mapping;
}

}  // namespace remask
