// How long mapping, costing and scheduling one network take: plain chains of 3 × 3 convolutions on ISAAC's chip, made
// large enough, with and without limits on moving data; processor time by number of layers.
#include <benchmark/benchmark.h>

#include "mapping/inference_cost.h"
#include "sim/config/config.h"
#include "sim/energy/energy_report.h"
#include "sim/schedule/event_schedule.h"

namespace remask {
namespace {

Network chain(int layers) {
    Network network;
    network.name = "chain";
    network.input = {16, 32, 32};
    network.normalisation = {255.0f, std::vector<float>(16, 0.0f), std::vector<float>(16, 1.0f)};
    const auto add = [&](const std::string& name, LayerKind kind) -> Layer& {
        Layer layer;
        layer.name = name;
        layer.kind = kind;
        if (kind != LayerKind::input) layer.inputs = {static_cast<int>(network.layers.size()) - 1};
        network.layers.push_back(layer);
        return network.layers.back();
    };
    add("input", LayerKind::input);
    for (int i = 0; i < layers; ++i) {
        Layer& conv = add("conv" + std::to_string(i), LayerKind::convolution);
        conv.out_channels = 16;
        conv.kernel_height = conv.kernel_width = 3;
        conv.padding = {1, 1, 1, 1};
        add("relu" + std::to_string(i), LayerKind::relu);
    }
    add("pool", LayerKind::global_average_pool);
    add("fc", LayerKind::linear).out_channels = 10;
    finish(network);
    return network;
}

void cost_and_schedule(benchmark::State& state) {
    Hardware hardware =
        read_config<Hardware>(Document::load(std::filesystem::path(REMASK_SOURCE_DIR) / "hw_configs" / "isaac.yaml"));
    hardware.chip.tiles = 4096;
    if (state.range(1) == 0) {
        hardware.chip.bus_bandwidth.reset();
        hardware.chip.link_bandwidth.reset();
        hardware.chip.input_bandwidth.reset();
    }
    const Network network = chain(static_cast<int>(state.range(0)));
    for (auto _ : state) {
        const Mapping mapping = map_network(network, hardware);
        const ImageTime times = closed_form(mapping, hardware);
        benchmark::DoNotOptimize(price(total(inference_counts(mapping, network, hardware)), hardware));
        benchmark::DoNotOptimize(schedule_events(mapping, network, hardware, times));
    }
    state.SetComplexityN(state.range(0));
}

BENCHMARK(cost_and_schedule)
    ->ArgNames({"layers", "limits"})
    ->ArgsProduct({{125, 250, 500, 1000}, {0, 1}})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace remask

BENCHMARK_MAIN();
