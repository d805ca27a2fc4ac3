#include "models/network/engine_forward.h"

#include <algorithm>
#include <cmath>

#include "models/network/float_layout.h"
#include "models/network/quantized_inputs.h"

namespace remask {

namespace {

constexpr double follow = 0.1;
constexpr std::int64_t vectors_at_once = 1024;

struct Scratch {
    std::vector<float> planes;
    PaddedCodes codes;
    std::vector<double> products;
};

/// From [columns][vectors] to channels last; vectors are numbered image by image, position by position.
void write_outputs(const QuantizedLayer& layer, int group, std::int64_t channels, const std::vector<double>& products,
                   std::int64_t vectors, const float* bias, float* output) {
    for (std::int64_t n = 0; n < layer.columns; ++n) {
        const std::int64_t channel = group * layer.columns + n;
        const double scale = layer.input_scale * layer.weight_scale[static_cast<std::size_t>(channel)];
        const double shift = bias == nullptr ? 0.0 : static_cast<double>(bias[channel]);
        const double* from = products.data() + n * vectors;
        for (std::int64_t v = 0; v < vectors; ++v) {
            output[v * channels + channel] = static_cast<float>(from[v] * scale + shift);
        }
    }
}

}  // namespace

EngineForward::EngineForward(const Network& network, const std::vector<QuantizedLayer>& layers, int input_bits,
                             const MatrixProductEngine& engine)
    : network_(network),
      slot_of_(network.layers.size(), -1),
      input_bits_(input_bits),
      engine_(engine),
      largest_(layers.size()) {
    for (const QuantizedLayer& layer : layers) {
        slot_of_[static_cast<std::size_t>(layer.layer)] = static_cast<int>(layers_.size());
        layers_.push_back(layer.without_weights());
    }
}

void EngineForward::compute(int index, const float* input, int images, std::int64_t first_image, const float* bias,
                            float* output) const {
    thread_local Scratch scratch;
    const int slot = slot_of_[static_cast<std::size_t>(index)];
    const QuantizedLayer& layer = layers_[static_cast<std::size_t>(slot)];
    const Layer& graph = network_.layers[static_cast<std::size_t>(index)];
    const WindowGeometry geometry(graph, network_.layers[static_cast<std::size_t>(graph.inputs[0])].output);
    scratch.planes.resize(static_cast<std::size_t>(images * geometry.in.size()));
    channels_last_to_planes(geometry.in, input, images, scratch.planes.data());
    note_largest(static_cast<std::size_t>(slot), scratch.planes);
    quantize_inputs(scratch.planes, layer, geometry, input_bits_, scratch.codes);
    const int channels = geometry.in.channels / layer.groups;
    const std::int64_t all = images * geometry.positions();
    for (std::int64_t begin = 0; begin < all; begin += vectors_at_once) {
        const std::int64_t vectors = std::min(vectors_at_once, all - begin);
        scratch.products.resize(static_cast<std::size_t>(layer.columns * vectors));
        for (int group = 0; group < layer.groups; ++group) {
            const UnrolledInputs rows(geometry, scratch.codes, group * channels, channels, begin, begin + vectors,
                                      images_seen_ + first_image);
            engine_.multiply(slot, group, rows, scratch.products);
            write_outputs(layer, group, geometry.out.channels, scratch.products, vectors, bias,
                          output + begin * geometry.out.channels);
        }
    }
}

void EngineForward::note_largest(std::size_t slot, std::span<const float> inputs) const {
    float largest = 0.0f;
    for (const float value : inputs) largest = std::max(largest, std::abs(value));
    float known = largest_[slot].load();
    while (largest > known && !largest_[slot].compare_exchange_weak(known, largest)) {
    }
}

void EngineForward::end_step(int images) {
    images_seen_ += images;
    for (std::size_t slot = 0; slot < layers_.size(); ++slot) {
        const double largest = static_cast<double>(largest_[slot].exchange(0.0f));
        if (largest <= 0.0) continue;
        const double wanted = largest / largest_code(input_bits_, layers_[slot].input_signed);
        layers_[slot].input_scale += follow * (wanted - layers_[slot].input_scale);
    }
}

std::vector<double> EngineForward::input_scales() const {
    std::vector<double> scales;
    for (const QuantizedLayer& layer : layers_) scales.push_back(layer.input_scale);
    return scales;
}

}  // namespace remask
