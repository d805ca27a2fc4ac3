// Throughput of the crossbar engine on ResNet-20's convolutions (CIFAR, 8-bit weights and inputs): images/s on one
// thread.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/base/random.h"
#include "sim/crossbar/crossbar_engine.h"

namespace {

using namespace remask;

struct Layer {
    std::int64_t rows, columns, positions;
    int times;
};

// ResNet-20: K = 9·channels in, N = channels out, output positions an image; 40.5 M products in all.
constexpr Layer layers[] = {{27, 16, 1024, 1}, {144, 16, 1024, 6}, {144, 32, 256, 1},
                            {288, 32, 256, 5}, {288, 64, 64, 1},   {576, 64, 64, 5}};

CrossbarParameters design() {
    CrossbarParameters p;
    p.weight_bits = 8;
    p.input_bits = 8;
    p.rows = 128;
    p.columns = 128;
    p.cell_bits = 2;
    p.dac_bits = 1;
    p.adc_bits = 8;
    return p;
}

void image(benchmark::State& state, const CrossbarParameters& parameters, const DeviceParameters& device = {}) {
    struct Work {
        CrossbarLayer layer;
        std::vector<std::int32_t> inputs;
        std::vector<double> outputs;
        std::int64_t positions;
        int times;
    };
    RandomStream random(1, "benchmark");
    std::vector<Work> work;
    for (const Layer& shape : layers) {
        std::vector<std::int32_t> weights(static_cast<std::size_t>(shape.rows * shape.columns));
        for (auto& w : weights) {
            w = static_cast<std::int32_t>(std::lround(std::clamp(random.normal() / 3.0, -1.0, 1.0) * 127.0));
        }
        std::vector<std::int32_t> inputs(static_cast<std::size_t>(shape.rows * shape.positions));
        // After ReLU: half the inputs are 0, the others small more often than large.
        for (auto& x : inputs) x = std::min(255, std::max(0, static_cast<int>(random.normal() * 60.0)));
        work.push_back({CrossbarLayer(parameters, shape.rows, shape.columns, weights, 9, false, {}, device),
                        std::move(inputs),
                        std::vector<double>(static_cast<std::size_t>(shape.columns * shape.positions)), shape.positions,
                        shape.times});
    }
    for (auto _ : state) {
        for (Work& w : work) {
            for (int i = 0; i < w.times; ++i) w.layer.multiply(w.inputs, w.positions, {}, w.outputs);
        }
    }
    state.counters["images/s"] =
        benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

void full_range(benchmark::State& state) {
    image(state, design());
}
void full_range_analog(benchmark::State& state) {
    CrossbarParameters p = design();
    p.subtract = Subtract::analog;
    image(state, p);
}
void full_range_offset(benchmark::State& state) {
    CrossbarParameters p = design();
    p.encoding = Encoding::offset;
    image(state, p);
}
void clipping(benchmark::State& state) {
    CrossbarParameters p = design();
    p.adc_bits = 6;
    p.adc_range = AdcRange::lsb;
    image(state, p);
}
void on_off_ratio(benchmark::State& state) {
    CrossbarParameters p = design();
    p.on_off_ratio = 100;
    image(state, p);
}
void programming_error_and_stuck_cells(benchmark::State& state) {
    DeviceParameters device;
    device.programming_error.emplace();
    device.programming_error->strength = 0.02;
    device.stuck_on = device.stuck_off = 0.001;
    image(state, design(), device);
}
void slices_with_fewer_bits(benchmark::State& state) {
    CrossbarParameters p = design();
    p.adc_slice_bits = {5, 6, 7, 8};
    image(state, p);
}
void flipped_columns(benchmark::State& state) {
    CrossbarParameters p = design();
    p.encoding = Encoding::offset;
    p.column_flip = true;
    image(state, p);
}
void adc_errors(benchmark::State& state) {
    DeviceParameters device;
    device.adc_errors = AdcErrors{0.5, 0.01, 0.5, 0.2, 1};
    image(state, design(), device);
}
void dac_errors(benchmark::State& state) {
    DeviceParameters device;
    device.dac_errors.emplace();
    device.dac_errors->gain = 0.02;
    image(state, design(), device);
}
void read_noise(benchmark::State& state) {
    DeviceParameters device;
    device.read_noise = ReadNoise{NoiseModel::proportional, 0.02};
    image(state, design(), device);
}
void ideal(benchmark::State& state) {
    CrossbarParameters p = design();
    p.adc_bits = 0;
    image(state, p);
}

BENCHMARK(full_range)->Unit(benchmark::kMillisecond);
BENCHMARK(full_range_analog)->Unit(benchmark::kMillisecond);
BENCHMARK(full_range_offset)->Unit(benchmark::kMillisecond);
BENCHMARK(clipping)->Unit(benchmark::kMillisecond);
BENCHMARK(on_off_ratio)->Unit(benchmark::kMillisecond);
BENCHMARK(programming_error_and_stuck_cells)->Unit(benchmark::kMillisecond);
BENCHMARK(slices_with_fewer_bits)->Unit(benchmark::kMillisecond);
BENCHMARK(flipped_columns)->Unit(benchmark::kMillisecond);
BENCHMARK(adc_errors)->Unit(benchmark::kMillisecond);
BENCHMARK(dac_errors)->Unit(benchmark::kMillisecond);
BENCHMARK(read_noise)->Unit(benchmark::kMillisecond);
BENCHMARK(ideal)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
