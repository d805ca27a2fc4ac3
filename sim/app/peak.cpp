#include "sim/app/peak.h"

#include <algorithm>

#include "mapping/inference_cost.h"
#include "mapping/mapping.h"
#include "sim/hardware/config_fault.h"
#include "sim/schedule/closed_form.h"

namespace remask {

namespace {

Layer layer(const std::string& name, LayerKind kind, int input) {
    Layer made;
    made.name = name;
    made.kind = kind;
    if (input >= 0) made.inputs = {input};
    return made;
}

constexpr int most_tiles = 4096;
constexpr std::int64_t most_inputs = std::int64_t{1} << 20;

/// `groups` matrices of rows × columns a tile, then ReLU, pooling and zero channels up to the next tile's inputs.
Network filling_network(int tiles, int groups, int rows, int columns) {
    Network network;
    network.name = "full chip";
    network.input = {groups * rows, 1, 1};
    const auto channels = static_cast<std::size_t>(network.input.channels);
    network.normalisation = {255.0f, std::vector<float>(channels, 0.0f), std::vector<float>(channels, 1.0f)};
    const auto add = [&](Layer made) {
        network.layers.push_back(std::move(made));
        return static_cast<int>(network.layers.size()) - 1;
    };
    int last = add(layer("input", LayerKind::input, -1));
    for (int tile = 0; tile < tiles; ++tile) {
        const std::string number = std::to_string(tile);
        if (tile > 0) {
            Layer widen = layer("widen" + number, LayerKind::subsample_pad, last);
            widen.out_channels = groups * rows;
            last = add(std::move(widen));
        }
        Layer arrays = layer("arrays" + number, LayerKind::convolution, last);
        arrays.out_channels = groups * columns;
        arrays.groups = groups;
        last = add(std::move(arrays));
        last = add(layer("relu" + number, LayerKind::relu, last));
        last = add(layer("pool" + number, LayerKind::global_average_pool, last));
    }
    Layer classifier = layer("classifier", LayerKind::linear, last);
    classifier.out_channels = 1;
    add(std::move(classifier));
    finish(network);
    return network;
}

/// Fills in what an image takes; the classifier is left out.
void time_images(const Mapping& mapping, PeakReport& report) {
    Network arrays_only = report.network;
    arrays_only.layers.pop_back();
    const ImageTime times =
        closed_form(mapping, report.hardware, {}, plan_digital(mapping, arrays_only, report.hardware));
    report.interval = times.interval;
    for (const SlotTime& slot : times.slots) report.arrays_interval = std::max(report.arrays_interval, slot.busy);
    if (times.interval == report.arrays_interval) return;
    const auto& units = times.units.units;
    const auto slowest =
        std::find_if(units.begin(), units.end(), [&](const DigitalUnit& unit) { return unit.busy == times.interval; });
    report.pace = unit_name(*slowest);
}

}  // namespace

PeakReport peak(const Hardware& hardware) {
    PeakReport report;
    report.hardware = hardware;
    report.hardware.chip.mesh_width = hardware.chip.tiles;
    const CrossbarParameters& crossbar = hardware.crossbar;
    const int rows = crossbar.rows;
    const int columns = geometry_of(crossbar, rows, 1).logical_columns_per_array;
    if (columns > rows) {
        refuse_config("hardware.crossbar.rows",
                      "full utilisation is made of arrays with at least as many rows as logical "
                      "columns (" +
                          std::to_string(columns) + ")");
    }
    if (hardware.chip.tiles > most_tiles) {
        refuse_config("hardware.chip.tiles", "is " + std::to_string(hardware.chip.tiles) +
                                                 "; full utilisation is worked out for at most " +
                                                 std::to_string(most_tiles) +
                                                 " tiles: power, area and throughput of a "
                                                 "larger chip grow with its tiles");
    }
    const std::int64_t inputs = std::int64_t{hardware.chip.arrays_per_pe} * hardware.chip.pes_per_tile * rows;
    if (inputs > most_inputs) {
        refuse_config("hardware.chip.arrays_per_pe", "the arrays of a tile have " + std::to_string(inputs) +
                                                         " rows together; full utilisation is worked out for at most " +
                                                         std::to_string(most_inputs));
    }
    report.network =
        filling_network(hardware.chip.tiles, hardware.chip.arrays_per_pe * hardware.chip.pes_per_tile, rows, columns);
    const Mapping mapping = map_network(report.network, report.hardware);
    const std::vector<SlotActivity> active(mapping.slots.size());
    std::vector<ActionCounts> counts = inference_counts(mapping, report.network, report.hardware, {}, active);
    counts.pop_back();  // the classifier is not the arrays' work
    time_images(mapping, report);
    report.energy = price(total(counts), report.hardware, report.interval, mapping.tiles);
    for (const auto& [component, energy] : report.energy.by_component) {
        report.by_component[component] = energy / report.interval;
        report.power += energy / report.interval;
    }
    report.uncounted = uncounted_power(hardware);
    for (const auto& entry : report.uncounted) report.power += entry.second;
    report.area = chip_area(hardware);
    const auto weights = static_cast<double>(mapping.arrays) * rows * columns;
    report.operations_per_s = 2.0 * weights / report.interval.si();
    return report;
}

}  // namespace remask
