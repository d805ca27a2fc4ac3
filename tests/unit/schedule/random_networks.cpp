#include "random_networks.h"

#include "sim/base/random.h"
#include "tests/unit/mapping/examples.h"

namespace remask::test {
namespace {

int draw(RandomStream& random, int from, int to) {
    return from + static_cast<int>(random.uniform() * (to - from + 1));
}

class NetworkMaker {
public:
    explicit NetworkMaker(RandomStream& random) : random_(random) {
        network_.name = "random";
        network_.input = {draw(random_, 1, 4), draw(random_, 4, 12), draw(random_, 4, 12)};
        const auto channels = static_cast<std::size_t>(network_.input.channels);
        network_.normalisation = {255.0f, std::vector<float>(channels, 0.0f), std::vector<float>(channels, 1.0f)};
        last_ = add(LayerKind::input, {});
        channels_ = network_.input.channels;
    }

    Network make() {
        const int blocks = draw(random_, 1, 5);
        for (int block = 0; block < blocks; ++block) {
            const double kind = random_.uniform();
            if (kind < 0.4) {
                convolve(draw(random_, 2, 9), draw(random_, 1, 2));
            } else if (kind < 0.8) {
                residual();
            } else {
                pool();
            }
        }
        last_ = add(LayerKind::global_average_pool, {last_});
        Layer& classifier = layer(add(LayerKind::linear, {last_}));
        classifier.out_channels = 3;
        finish(network_);
        return network_;
    }

private:
    Layer& layer(int index) { return network_.layers[static_cast<std::size_t>(index)]; }

    int add(LayerKind kind, std::vector<int> inputs) {
        network_.layers.push_back(
            examples::layer("l" + std::to_string(network_.layers.size()), kind, std::move(inputs)));
        return static_cast<int>(network_.layers.size()) - 1;
    }

    int convolution(int input, int out, int kernel, int stride) {
        const int made = add(LayerKind::convolution, {input});
        Layer& conv = layer(made);
        conv.out_channels = out;
        conv.kernel_height = conv.kernel_width = kernel;
        conv.stride = stride;
        const int pad = kernel / 2;
        conv.padding = {pad, pad, pad, pad};
        return made;
    }

    void convolve(int out, int stride) {
        last_ = convolution(last_, out, 2 * draw(random_, 0, 1) + 1, stride);
        channels_ = out;
        if (random_.uniform() < 0.7) last_ = add(LayerKind::relu, {last_});
    }

    void residual() {
        const int first = last_;
        const int out = random_.uniform() < 0.5 ? channels_ : draw(random_, 2, 9);
        const int stride = out == channels_ ? 1 : draw(random_, 1, 2);
        int main = convolution(first, draw(random_, 2, 6), 3, stride);
        main = convolution(add(LayerKind::relu, {main}), out, 3, 1);
        int shortcut = first;
        if (out > channels_ && random_.uniform() < 0.5) {
            shortcut = add(LayerKind::subsample_pad, {first});
            layer(shortcut).out_channels = out;
            layer(shortcut).stride = stride;
        } else if (out != channels_) {
            shortcut = convolution(first, out, 1, stride);
        }
        last_ = add(LayerKind::relu, {add(LayerKind::add, {main, shortcut})});
        channels_ = out;
    }

    void pool() {
        last_ = add(LayerKind::max_pool, {last_});
        Layer& made = layer(last_);
        made.kernel_height = made.kernel_width = 2;
        made.stride = draw(random_, 1, 2);
        made.padding = {0, 0, 1, 1};  // so that images of one row can be pooled
    }

    RandomStream& random_;
    Network network_;
    int last_ = 0, channels_ = 0;
};

}  // namespace

ScheduleCase random_case(std::uint64_t seed) {
    RandomStream random(seed, "schedule case");
    ScheduleCase made;
    made.network = NetworkMaker(random).make();
    made.hardware = examples::small_chip();
    made.hardware.chip.tiles = 4096;
    made.hardware.chip.mesh_width = draw(random, 1, 9);
    made.hardware.chip.arrays_per_pe = draw(random, 1, 4);
    made.hardware.chip.pes_per_tile = draw(random, 1, 3);
    made.hardware.chip.window_reuse = random.uniform() < 0.5;
    made.hardware.timing.pipelined = random.uniform() < 0.5;
    made.hardware.timing.shift_add = Time::from_si(draw(random, 0, 9) * 1e-9);
    made.hardware.timing.buffer_write = Time::from_si(draw(random, 0, 9) * 1e-9);
    MappingOptions options;
    options.classifier_on_crossbar = random.uniform() < 0.5;
    const std::size_t layers = crossbar_layers(made.network, options.classifier_on_crossbar).size();
    for (std::size_t i = 0; i < layers; ++i) options.replicas.push_back(draw(random, 1, 3));
    made.mapping = map_network(made.network, made.hardware, options);
    return made;
}

Hardware limited(const ScheduleCase& of, std::uint64_t seed, bool buffers) {
    RandomStream random(seed, "limits");
    Hardware hardware = of.hardware;
    const auto bandwidth = [&] { return Bandwidth::from_si(1e8 * (1 << draw(random, 0, 6))); };
    if (random.uniform() < 0.8) hardware.chip.bus_bandwidth = bandwidth();
    if (random.uniform() < 0.8) hardware.chip.link_bandwidth = bandwidth();
    if (random.uniform() < 0.5) hardware.chip.input_bandwidth = bandwidth();
    if (buffers) hardware.chip.buffer_capacity = DataSize::from_si(2500.0 * draw(random, 1, 6));
    return hardware;
}

Hardware with_rates(Hardware hardware, std::uint64_t seed) {
    RandomStream random(seed, "rates");
    Timing& timing = hardware.timing;
    timing.digital_unit = random.uniform() < 0.5 ? DigitalUnitKind::parts : DigitalUnitKind::shared;
    for (auto* rate : {&timing.activation_rate, &timing.pool_rate, &timing.add_rate, &timing.digital_mac_rate}) {
        if (random.uniform() < 0.8) *rate = Frequency::from_si(1e6 * (1 << draw(random, 0, 8)));
    }
    return hardware;
}

}  // namespace remask::test
