#include "models/network/lean_network.h"

#include <algorithm>
#include <cmath>

#include "models/network/float_layout.h"
#include "models/network/float_state.h"
#include "models/network/float_weight_sum.h"
#include "models/network/lean_state.h"
#include "sim/base/diagnostics.h"
#include "sim/base/random.h"

namespace remask {

namespace {

constexpr int most_groups = 16;

bool rests(const Layer& layer, const std::set<std::string>& wanted) {
    for (const char* parameter : {".weight", ".bias", ".gamma", ".beta"}) {
        if (wanted.count(layer.name + parameter) > 0) return false;
    }
    return true;
}

std::vector<NormalisedChannel> normalisation(const Layer& layer, const ParameterMap& parameters) {
    const int channels = layer.output.channels;
    const float* gamma = parameter(parameters, layer.name + ".gamma", channels);
    const float* beta = parameter(parameters, layer.name + ".beta", channels);
    const float* mean = parameter(parameters, layer.name + ".mean", channels);
    const float* variance = parameter(parameters, layer.name + ".variance", channels);
    std::vector<NormalisedChannel> result;
    for (int c = 0; c < channels; ++c) {
        result.push_back(normalised_channel(static_cast<double>(mean[c]), static_cast<double>(variance[c]),
                                            layer.epsilon, gamma[c], beta[c]));
    }
    return result;
}

/// Takes a batch-norm after the convolution into its weights and bias.
void fold(const std::vector<NormalisedChannel>& norm, std::vector<float>& weights, std::vector<float>& bias) {
    const std::size_t rows = weights.size() / norm.size();
    bias.resize(norm.size(), 0.0f);
    for (std::size_t c = 0; c < norm.size(); ++c) {
        for (std::size_t k = 0; k < rows; ++k) weights[c * rows + k] *= norm[c].scale;
        bias[c] = bias[c] * norm[c].scale + norm[c].shift;
    }
}

std::vector<int> count_readers(const Network& network) {
    std::vector<int> readers(network.layers.size(), 0);
    for (const Layer& layer : network.layers) {
        for (const int input : layer.inputs) ++readers[static_cast<std::size_t>(input)];
    }
    return readers;
}

}  // namespace

bool is_lean(const Network& network, const std::set<std::string>& wanted) {
    bool frozen = false;
    for (const Layer& layer : network.layers) {
        if (layer.kind == LayerKind::batch_norm && !rests(layer, wanted)) return false;
        frozen = frozen || (layer.kind == LayerKind::convolution && rests(layer, wanted));
    }
    return frozen;
}

struct LeanNetwork::State : LeanState {
    using LeanState::LeanState;
};

LeanBuffer LeanBuffers::take(std::int64_t size) {
    LeanBuffer buffer;
    if (!free_.empty()) {
        buffer = std::move(free_.back());
        free_.pop_back();
    }
    buffer.resize(static_cast<std::size_t>(size));
    in_use_ += size;
    most_ = std::max(most_, in_use_);
    return buffer;
}

void LeanBuffers::give_back(LeanBuffer& buffer) {
    in_use_ -= static_cast<std::int64_t>(buffer.size());
    free_.push_back(std::move(buffer));
    buffer = {};
}

LeanState::LeanState(const Network& network_, const ParameterMap& parameters, const std::set<std::string>& wanted_,
                     ThreadPool& pool_)
    : network(network_), wanted(wanted_), pool(pool_), layers(network.layers.size()) {
    if (!is_lean(network, wanted)) throw InternalError("lean network: batch-norms are learned, or all convolutions");
    const std::vector<bool> needs = needs_gradient(network, wanted);
    const std::vector<int> reads = count_readers(network);
    const HeldActivations by_layer = held_activations(network, wanted, false);
    held = {std::vector<bool>(layers.size()), by_layer.signs};
    readers.assign(layers.size(), 0);
    std::map<int, std::vector<float>> frozen_weights;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const Layer& layer = network.layers[i];
        LeanLayer& made = layers[i];
        made.value = static_cast<int>(i);
        made.needs_gradient = needs[i];
        made.computed =
            layer.kind != LayerKind::input && (layer.kind != LayerKind::flatten || has_layout(input_shape(made.value)));
        if (layer.kind == LayerKind::convolution) {
            made.convolution.emplace(convolution_size(layer, input_shape(made.value)));
            made.frozen = rests(layer, wanted);
            if (made.frozen) frozen_weights[made.value] = parameters.at(layer.name + ".weight").values;
            if (made.frozen && layer.bias) made.bias = parameters.at(layer.name + ".bias").values;
        } else if (layer.kind == LayerKind::batch_norm) {
            made.norm = normalisation(layer, parameters);
            LeanLayer& below = layers[static_cast<std::size_t>(layer.inputs[0])];
            if (below.frozen && reads[static_cast<std::size_t>(layer.inputs[0])] == 1) {
                fold(made.norm, frozen_weights.at(below.value), below.bias);
                made.computed = false;
            }
        }
        if (!made.computed && layer.kind != LayerKind::input) made.value = lean(layer.inputs[0]).value;
        if (by_layer.values[i]) held.values[static_cast<std::size_t>(made.value)] = true;
        if (!made.computed) continue;
        for (const int from : layer.inputs) ++readers[static_cast<std::size_t>(lean(from).value)];
    }
    for (const auto& [index, weights] : frozen_weights) {
        LeanLayer& made = layers[static_cast<std::size_t>(index)];
        made.convolution->pack_forward(weights.data(), made.forward);
        if (needs[static_cast<std::size_t>(input(index))])
            made.convolution->pack_backward(weights.data(), made.backward);
    }
    ++readers[static_cast<std::size_t>(layers.back().value)];  // the caller
    buffers.resize(static_cast<std::size_t>(pool.threads()));
    gradient.resize(buffers.size());
}

const float* LeanState::held_value(int value, const LeanChunk& chunk) const {
    const float* all = value == 0 ? images.data() : held_values[static_cast<std::size_t>(value)].data();
    return all + chunk.first * size(value);
}

std::vector<float> LeanState::gate_noise(int index, const LeanChunk& chunk) const {
    std::vector<float> result;
    if (!noise) return result;
    for (int image = chunk.first; image < chunk.first + chunk.count; ++image) {
        const std::uint64_t place = static_cast<std::uint64_t>(image) * network.layers.size();
        RandomStream random(noise->seed, "gate noise", noise->step, place + static_cast<std::uint64_t>(index));
        for (std::int64_t i = 0; i < size(index); ++i) {
            const double u = random.uniform() + 0x1p-54;
            result.push_back(static_cast<float>(std::log(u / (1.0 - u))));
        }
    }
    return result;
}

int LeanState::groups() const {
    const int each = std::max(4, (batch + most_groups - 1) / most_groups);
    return (batch + each - 1) / each;
}

LeanNetwork::LeanNetwork(const Network& network, const ParameterMap& parameters, const std::set<std::string>& wanted,
                         ThreadPool& pool)
    : state_(std::make_unique<State>(network, parameters, wanted, pool)) {}

LeanNetwork::~LeanNetwork() = default;

std::vector<float> LeanNetwork::forward(std::span<const float> images, int batch, const ParameterMap& parameters,
                                        std::optional<GateNoise> noise) {
    LeanState& state = *state_;
    if (batch < 1 || images.size() != static_cast<std::size_t>(batch * state.network.input.size())) {
        throw InternalError("lean network: the images do not fit the batch");
    }
    state.images.resize(images.size());
    planes_to_channels_last(state.network.input, images.data(), batch, state.images.data());
    for (std::size_t i = 1; i < state.layers.size(); ++i) {
        LeanLayer& layer = state.layers[i];
        if (!layer.convolution || layer.frozen) continue;
        const float* weights = parameters.at(state.network.layers[i].name + ".weight").values.data();
        layer.convolution->pack_forward(weights, layer.forward);
        if (state.lean(state.input(static_cast<int>(i))).needs_gradient) {
            layer.convolution->pack_backward(weights, layer.backward);
        }
    }
    state.batch = batch;
    state.noise = noise;
    state.held_values.resize(state.layers.size());
    state.held_signs.resize(state.layers.size());
    for (std::size_t i = 0; i < state.layers.size(); ++i) {
        const std::int64_t size = state.network.layers[i].output.size();
        if (i > 0 && state.held.values[i]) state.held_values[i].resize(static_cast<std::size_t>(batch * size));
        if (state.held.signs[i]) state.held_signs[i].resize(static_cast<std::size_t>(batch * ((size + 7) / 8)));
    }
    const std::int64_t classes = state.network.classes();
    std::vector<float> logits(static_cast<std::size_t>(batch * classes));
    state.for_each_chunk(
        [&](const LeanChunk& chunk) { lean_forward(state, chunk, parameters, logits.data() + chunk.first * classes); });
    return logits;
}

void LeanNetwork::backward(std::span<const float> logit_gradients, const ParameterMap& parameters,
                           ParameterMap& gradients) {
    LeanState& state = *state_;
    const std::int64_t classes = state.network.classes();
    if (state.batch == 0 || logit_gradients.size() != static_cast<std::size_t>(state.batch * classes)) {
        throw InternalError("lean network: the logits' gradients do not fit the batch");
    }
    for (const std::string& name : state.wanted) {
        const Tensor& like = parameters.at(name);
        gradients[name].shape = like.shape;
        gradients[name].values.resize(like.values.size());
        state.partial[name].assign(static_cast<std::size_t>(state.groups()) * like.values.size(), 0.0f);
    }
    for (std::size_t i = 1; i < state.layers.size(); ++i) {
        const std::string name = state.network.layers[i].name + ".weight";
        if (!state.layers[i].convolution || state.wanted.count(name) == 0) continue;
        const std::int64_t packed = state.layers[i].convolution->packed_gradient_size();
        state.partial[name].assign(static_cast<std::size_t>(state.groups() * packed), 0.0f);
    }
    state.for_each_chunk([&](const LeanChunk& chunk) {
        lean_backward(state, chunk, parameters, logit_gradients.data() + chunk.first * classes);
    });
    for (std::size_t i = 1; i < state.layers.size(); ++i) {
        for (const char* what : {".weight", ".bias"}) {
            const std::string name = state.network.layers[i].name + what;
            if (state.wanted.count(name) == 0) continue;
            std::vector<float>& sums = state.partial.at(name);
            const std::int64_t size = static_cast<std::int64_t>(sums.size()) / state.groups();
            sum_chunks(state.pool, state.groups(), size, sums.data());
            float* result = gradients.at(name).values.data();
            if (state.layers[i].convolution && what == std::string(".weight")) {
                state.layers[i].convolution->unpack_gradient(sums.data(), result);
            } else {
                std::copy_n(sums.data(), size, result);
            }
        }
    }
}

std::int64_t LeanNetwork::held_bytes() const {
    std::int64_t bytes = 0;
    for (const auto& values : state_->held_values) bytes += static_cast<std::int64_t>(values.size() * sizeof(float));
    for (const auto& signs : state_->held_signs) bytes += static_cast<std::int64_t>(signs.size());
    if (state_->held.values[0]) bytes += static_cast<std::int64_t>(state_->images.size() * sizeof(float));
    return bytes;
}

std::int64_t LeanNetwork::working_bytes() const {
    std::int64_t most = 0;
    for (const LeanBuffers& buffers : state_->buffers) most = std::max(most, buffers.most_floats());
    return most * static_cast<std::int64_t>(sizeof(float));
}

}  // namespace remask
